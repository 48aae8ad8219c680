package licensing_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

var errDisk = errors.New("disk full")

// codeOf returns the code of an error: this package's or the API's.
func codeOf(err error) string {
	var own *failure.Error
	var api *jetpack.Error
	switch {
	case errors.As(err, &own):
		return own.Code
	case errors.As(err, &api):
		return api.Code
	case err != nil:
		return err.Error()
	}
	return ""
}

func TestIssue(t *testing.T) {
	made := jetpack.License{ID: 7, Key: keyOf(scan), RequestID: "r0"}
	for name, c := range map[string]struct {
		api     fakeAPI
		errs    map[string]error // of the ledger's methods
		code    string           // of the error
		state   ledger.State     // of the entry
		key     string           // of the license returned
		warning string
	}{
		"issued": {api: fakeAPI{license: made}, state: ledger.Done, key: made.Key},
		"refused": {
			api: fakeAPI{err: refusal("license-issue")}, code: "refused", state: ledger.Failed,
		},
		"lost": {
			api: fakeAPI{err: lost("license-issue")}, code: failure.OutcomeUnknown,
			state: ledger.Unknown,
		},
		"another error than the API's": {
			api: fakeAPI{err: errDisk}, code: "disk full", state: ledger.Failed,
		},
		"bad answer that names the license": {
			api:   fakeAPI{license: made, err: lost("license-issue")},
			state: ledger.Done, key: made.Key,
		},
		"another product": {
			api:   fakeAPI{license: jetpack.License{Key: keyOf("jetpack-complete")}},
			state: ledger.Done, key: keyOf("jetpack-complete"),
			warning: "got one for jetpack-complete",
		},
		"issued, not recorded": {
			api: fakeAPI{license: made}, errs: map[string]error{"Done": errDisk},
			code: licensing.CodeUnsaved, state: ledger.Intended, key: made.Key,
		},
		"refused, not recorded": {
			api: fakeAPI{err: refusal("license-issue")}, errs: map[string]error{"Fail": errDisk},
			code: "refused", state: ledger.Intended, warning: "entry 1 stays open",
		},
		"lost, not recorded": {
			api: fakeAPI{err: lost("license-issue")}, errs: map[string]error{"Lose": errDisk},
			code: failure.OutcomeUnknown, state: ledger.Intended, warning: "entry 1 stays intended",
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger()
			l.errs = c.errs
			s, warnings := newService(&c.api, l)
			issued, err := s.Issue(t.Context(), scan, "order-1", "https://example.com")
			if codeOf(err) != c.code || issued.License.Key != c.key || issued.Unchanged {
				t.Errorf("%+v, %v; want the key %q, the code %q", issued, err, c.key, c.code)
			}
			e := l.entries[1]
			want := ledger.Intent{
				Kind: ledger.License, Product: scan,
				Reference: "order-1", Site: "https://example.com",
			}
			if e.Intent != want || e.State != c.state {
				t.Errorf("entry: %+v, want %s", e, c.state)
			}
			if c.state == ledger.Done && (e.LicenseKey != c.key ||
				e.LicenseID != issued.License.ID || e.RequestID != issued.License.RequestID ||
				issued.Entry.State != ledger.Done) {
				t.Errorf("entry: %+v, issued: %+v", e, issued)
			}
			checkWarning(t, *warnings, c.warning)
		})
	}
}

// Without a reference, an open entry for the product that has none either stops a call for a day.
func TestIssueBesideAnOpenEntry(t *testing.T) {
	open := func(state ledger.State, product, reference string, age time.Duration) ledger.Entry {
		return ledger.Entry{
			ID: 1, State: state, CreatedAt: now.Add(-age),
			Intent: ledger.Intent{Kind: ledger.License, Product: product, Reference: reference},
		}
	}
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		entry     ledger.Entry
		reference string
		ignore    bool
		stops     bool
	}{
		"unknown":          {entry: open(ledger.Unknown, scan, "", day-1), stops: true},
		"intended":         {entry: open(ledger.Intended, scan, "", 0), stops: true},
		"of the future":    {entry: open(ledger.Unknown, scan, "", -time.Hour), stops: true},
		"a day old":        {entry: open(ledger.Unknown, scan, "", day)},
		"with a reference": {entry: open(ledger.Unknown, scan, "order-2", 0)},
		"for a reference":  {entry: open(ledger.Unknown, scan, "", 0), reference: "order-1"},
		"done":             {entry: open(ledger.Done, scan, "", 0)},
		"ignored":          {entry: open(ledger.Unknown, scan, "", 0), ignore: true},
	} {
		t.Run(name, func(t *testing.T) {
			api := &fakeAPI{license: jetpack.License{ID: 7, Key: keyOf(scan)}}
			s, _ := newService(api, newLedger(c.entry))
			s.IgnoreOpen = c.ignore
			issued, err := s.Issue(t.Context(), scan, c.reference, "")
			stopped := codeOf(err) == failure.OutcomeUnknown && issued.Entry.ID == 1 &&
				len(api.calls) == 0
			if stopped != c.stops || (err != nil) != c.stops {
				t.Errorf("%+v, %v, calls %q", issued, err, api.calls)
			}
		})
	}
	l := newLedger()
	l.errs["List"] = errDisk
	api := &fakeAPI{}
	s, _ := newService(api, l)
	_, err := s.Issue(t.Context(), scan, "", "")
	if codeOf(err) != licensing.CodeLedger || len(api.calls) != 0 {
		t.Errorf("%v, calls %q", err, api.calls)
	}
}

// checkWarning checks that there is one warning with the text, or none if it is empty.
func checkWarning(t *testing.T, warnings []string, want string) {
	t.Helper()
	if want == "" && len(warnings) > 0 ||
		want != "" && (len(warnings) != 1 || !strings.Contains(warnings[0], want)) {
		t.Errorf("warnings %q, want %q", warnings, want)
	}
}

// What the API said is recorded.
func TestIssueRecordsTheError(t *testing.T) {
	for _, cause := range []*jetpack.Error{refusal("license-issue"), lost("license-issue")} {
		l := newLedger()
		s, _ := newService(&fakeAPI{err: cause}, l)
		_, err := s.Issue(t.Context(), scan, "order-1", "")
		e := l.entries[1]
		if e.ErrorCode != cause.Code || e.ErrorMessage != cause.Message ||
			e.RequestID != cause.RequestID {
			t.Errorf("%+v", e)
		}
		if !errors.Is(err, cause) {
			t.Errorf("%v doesn't wrap %v", err, cause)
		}
	}
}

// Nothing is sent if the intent can't be written.
func TestIssueWithoutALedger(t *testing.T) {
	for cause, retryable := range map[error]bool{errDisk: false, ledger.ErrBusy: true} {
		api, l := &fakeAPI{}, newLedger()
		l.errs["Begin"] = cause
		s, _ := newService(api, l)
		_, err := s.Issue(t.Context(), scan, "order-1", "")
		var own *failure.Error
		if !errors.As(err, &own) || own.Code != licensing.CodeLedger ||
			own.Retryable != retryable || !errors.Is(err, cause) {
			t.Errorf("%v: %+v", cause, err)
		}
		if len(api.calls) > 0 {
			t.Errorf("%v: sent %q", cause, api.calls)
		}
	}
}

// A reference that has an entry is never issued a second license, unless the first call is known
// to have made none.
func TestIssueAgain(t *testing.T) {
	for name, c := range map[string]struct {
		state   ledger.State
		revoked time.Time
		code    string
		sent    bool
	}{
		"done":     {state: ledger.Done},
		"revoked":  {state: ledger.Done, revoked: now, code: licensing.CodeRevoked},
		"intended": {state: ledger.Intended, code: failure.OutcomeUnknown},
		"unknown":  {state: ledger.Unknown, code: failure.OutcomeUnknown},
		"failed":   {state: ledger.Failed, sent: true},
		"void":     {state: ledger.Void, sent: true},
	} {
		api := &fakeAPI{license: jetpack.License{Key: keyOf(scan) + "z"}}
		intent := ledger.Intent{Kind: ledger.License, Product: scan, Reference: "order-1"}
		s, _ := newService(api, newLedger(ledger.Entry{
			ID: 1, Intent: intent, State: c.state, RevokedAt: c.revoked,
			LicenseKey: keyOf(scan), LicenseID: 7, RequestID: "r0",
		}))
		issued, err := s.Issue(t.Context(), scan, "order-1", "")
		if codeOf(err) != c.code || issued.Unchanged == c.sent || len(api.calls) > 0 != c.sent {
			t.Errorf("%s: %+v, %v, sent %q", name, issued, err, api.calls)
		}
		want := jetpack.License{Key: keyOf(scan), ID: 7, RequestID: "r0"}
		if !c.sent && (issued.License.Key != want.Key || issued.License.ID != want.ID ||
			issued.License.RequestID != want.RequestID) {
			t.Errorf("%s: %#v", name, issued.License)
		}
		var own *failure.Error
		if errors.As(err, &own) && own.EntryID != 1 {
			t.Errorf("%s: entry %d", name, own.EntryID)
		}
	}
}

// changes are the three calls that change a license, with what they send.
var changes = map[string]struct {
	run    func(t *testing.T, s *licensing.Service, key string) error
	method string // of the ledger
	sent   string
}{
	"revoke": {
		func(t *testing.T, s *licensing.Service, key string) error {
			_, _, err := s.Revoke(t.Context(), key)
			return err
		}, "Revoked", "revoke KEY",
	},
	"attach": {
		func(t *testing.T, s *licensing.Service, key string) error {
			_, err := s.Attach(t.Context(), key, "https://new.example")
			return err
		}, "Attached", "attach KEY https://new.example",
	},
	"detach with mail": {
		func(t *testing.T, s *licensing.Service, key string) error {
			_, _, err := s.Detach(t.Context(), key, true)
			return err
		}, "Attached", "detach KEY with mail",
	},
	"detach": {
		func(t *testing.T, s *licensing.Service, key string) error {
			_, _, err := s.Detach(t.Context(), key, false)
			return err
		}, "Attached", "detach KEY",
	},
}

func TestChange(t *testing.T) {
	key := keyOf(scan)
	entry := ledger.Entry{
		ID: 1, State: ledger.Done, LicenseKey: key,
		Intent: ledger.Intent{Site: "https://old.example"},
	}
	for name, c := range changes {
		for _, test := range []struct {
			name     string
			api, db  error
			known    bool // to the ledger
			recorded bool
			warning  string
		}{
			{name: "made", known: true, recorded: true},
			{name: "not in the ledger"},
			{name: "refused", known: true, api: refusal("license-" + name)},
			{name: "lost", known: true, api: lost("license-" + name)},
			{name: "not recorded", known: true, db: errDisk, warning: "disk full"},
		} {
			l := newLedger()
			if test.known {
				l.entries[1] = entry
			}
			l.errs[c.method] = test.db
			api := &fakeAPI{err: test.api}
			s, warnings := newService(api, l)
			if err := c.run(t, s, key); !errors.Is(err, test.api) {
				t.Errorf("%s, %s: %v", name, test.name, err)
			}
			want := []string{strings.Replace(c.sent, "KEY", key, 1)}
			if name == "revoke" && test.name == "refused" {
				want = append(want, "show "+key) // it may be revoked already
			}
			if !slices.Equal(api.calls, want) {
				t.Errorf("%s, %s: sent %q, want %q", name, test.name, api.calls, want)
			}
			if test.known && (l.entries[1] != entry) != test.recorded {
				t.Errorf("%s, %s: %+v", name, test.name, l.entries[1])
			}
			checkWarning(t, *warnings, test.warning)
		}
	}
}

func TestChangeRecords(t *testing.T) {
	key, at := keyOf(scan), now.Add(-time.Hour)
	for name, want := range map[string]string{
		"revoke":           "https://old.example " + at.String(),
		"attach":           "https://new.example " + time.Time{}.String(),
		"detach":           " " + time.Time{}.String(),
		"detach with mail": " " + time.Time{}.String(),
	} {
		l := newLedger(ledger.Entry{
			ID: 1, LicenseKey: key, Intent: ledger.Intent{Site: "https://old.example"},
		})
		s, _ := newService(&fakeAPI{license: jetpack.License{RevokedAt: at}}, l)
		err := changes[name].run(t, s, key)
		got := fmt.Sprint(l.entries[1].Site, " ", l.entries[1].RevokedAt)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
}

// If the answer has no time of the revocation, it is now.
func TestRevokeWithoutATime(t *testing.T) {
	l := newLedger(ledger.Entry{ID: 1, LicenseKey: keyOf(scan)})
	s, _ := newService(&fakeAPI{}, l)
	_, _, err := s.Revoke(t.Context(), keyOf(scan))
	if err != nil || l.entries[1].RevokedAt != now {
		t.Errorf("%v, %v", l.entries[1].RevokedAt, err)
	}
}
