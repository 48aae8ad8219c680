package licensing_test

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

const scan = "jetpack-scan"

// now is the time in all tests.
var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// keyOf returns a license key for a product.
func keyOf(product string) string { return product + "_abcdefghijklmnopqrstuvwxy" }

// refusal and lost are errors of the API: nothing was made, and nobody knows.
func refusal(call string) *jetpack.Error {
	return &jetpack.Error{Call: call, Code: "refused", Status: 403, Message: "no", RequestID: "r1"}
}

func lost(call string) *jetpack.Error {
	return &jetpack.Error{Call: call, Code: jetpack.CodeTimeout, Message: "late", RequestID: "r2"}
}

// fakeAPI returns the same license and error for all calls, and remembers the calls.
type fakeAPI struct {
	license jetpack.License
	err     error
	calls   []string
}

func (f *fakeAPI) called(call string) (jetpack.License, error) {
	f.calls = append(f.calls, call)
	return f.license, f.err
}

func (f *fakeAPI) Issue(_ context.Context, product string) (jetpack.License, error) {
	return f.called("issue " + product)
}

func (f *fakeAPI) License(_ context.Context, key string) (jetpack.License, error) {
	return f.called("show " + key)
}

func (f *fakeAPI) Revoke(_ context.Context, key string) (jetpack.License, error) {
	return f.called("revoke " + key)
}

func (f *fakeAPI) Attach(_ context.Context, key, site string) (jetpack.License, error) {
	return f.called("attach " + key + " " + site)
}

func (f *fakeAPI) Detach(_ context.Context, key string, mail bool) (jetpack.License, error) {
	if mail {
		return f.called("detach " + key + " with mail")
	}
	return f.called("detach " + key)
}

// fakeLedger is a ledger in memory. A method whose name is in errs fails and changes nothing.
type fakeLedger struct {
	entries map[int64]ledger.Entry
	errs    map[string]error
}

func newLedger(entries ...ledger.Entry) *fakeLedger {
	f := &fakeLedger{entries: map[int64]ledger.Entry{}, errs: map[string]error{}}
	for _, e := range entries {
		f.entries[e.ID] = e
	}
	return f
}

func (f *fakeLedger) Begin(_ context.Context, i ledger.Intent) (ledger.Entry, error) {
	if err := f.errs["Begin"]; err != nil {
		return ledger.Entry{}, err
	}
	for _, e := range f.entries {
		claims := e.State != ledger.Failed && e.State != ledger.Void
		if i.Reference != "" && e.Intent.Reference == i.Reference && claims {
			return e, ledger.ErrClaimed
		}
	}
	id := int64(len(f.entries) + 1)
	e := ledger.Entry{ID: id, Intent: i, State: ledger.Intended, CreatedAt: now}
	f.entries[e.ID] = e
	return e, nil
}

// change changes an entry unless the method fails.
func (f *fakeLedger) change(method string, id int64, change func(*ledger.Entry)) error {
	if err := f.errs[method]; err != nil {
		return err
	}
	e, ok := f.entries[id]
	if !ok {
		return ledger.ErrNotFound
	}
	change(&e)
	f.entries[id] = e
	return nil
}

func (f *fakeLedger) Done(_ context.Context, id int64, o ledger.Outcome) error {
	return f.change("Done", id, func(e *ledger.Entry) { e.State = ledger.Done; apply(e, o) })
}

func (f *fakeLedger) Fail(_ context.Context, id int64, code, message, requestID string) error {
	return f.change("Fail", id, func(e *ledger.Entry) {
		e.State, e.ErrorCode, e.ErrorMessage, e.RequestID = ledger.Failed, code, message, requestID
	})
}

func (f *fakeLedger) Lose(_ context.Context, id int64, code, message, requestID string) error {
	return f.change("Lose", id, func(e *ledger.Entry) {
		e.State, e.ErrorCode, e.ErrorMessage, e.RequestID = ledger.Unknown, code, message, requestID
	})
}

func (f *fakeLedger) Settle(
	_ context.Context, id int64, state ledger.State, o ledger.Outcome, by string,
) error {
	return f.change("Settle", id, func(e *ledger.Entry) {
		e.State, e.SettledBy = state, by
		apply(e, o)
	})
}

func apply(e *ledger.Entry, o ledger.Outcome) {
	e.LicenseKey, e.LicenseID = o.LicenseKey, o.LicenseID
	e.KeyID, e.RequestID = o.KeyID, o.RequestID
}

// changeByKey changes the entry with a license key.
func (f *fakeLedger) changeByKey(method, key string, change func(*ledger.Entry)) error {
	for id, e := range f.entries {
		if e.LicenseKey == key {
			return f.change(method, id, change)
		}
	}
	return f.change(method, 0, change)
}

func (f *fakeLedger) Attached(_ context.Context, key, site string) error {
	return f.changeByKey("Attached", key, func(e *ledger.Entry) { e.Site = site })
}

func (f *fakeLedger) Revoked(_ context.Context, key string, at time.Time) error {
	return f.changeByKey("Revoked", key, func(e *ledger.Entry) { e.RevokedAt = at })
}

func (f *fakeLedger) Get(_ context.Context, id int64) (e ledger.Entry, err error) {
	err = f.change("Get", id, func(found *ledger.Entry) { e = *found })
	return e, err
}

func (f *fakeLedger) List(_ context.Context, _ ledger.Filter) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, id := range slices.Sorted(maps.Keys(f.entries)) {
			if e := f.entries[id]; e.State.Open() && !yield(e, nil) {
				return
			}
		}
		if err := f.errs["List"]; err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

// newService returns a Service for the fakes, and the warnings that it makes.
func newService(api *fakeAPI, l *fakeLedger) (*licensing.Service, *[]string) {
	warnings := &[]string{}
	return &licensing.Service{
		API: api, Ledger: l, Now: func() time.Time { return now },
		Warn: func(text, _ string) { *warnings = append(*warnings, text) },
	}, warnings
}
