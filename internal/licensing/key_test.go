package licensing_test

import (
	"context"
	"testing"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

// fakeKeyAPI returns one key and error, and counts the calls.
type fakeKeyAPI struct {
	key   jetpack.PartnerKey
	err   error
	calls int
}

func (f *fakeKeyAPI) CreatePartnerKey(
	context.Context, jetpack.PartnerKeyRequest,
) (jetpack.PartnerKey, error) {
	f.calls++
	return f.key, f.err
}

func TestCreateKey(t *testing.T) {
	made := jetpack.PartnerKey{ID: 9, ClientSecret: "s3cret", RequestID: "r0"}
	intent := ledger.Intent{Kind: ledger.PartnerKey, Product: "Shop", Reference: "order-1"}
	held := func(state ledger.State) []ledger.Entry {
		return []ledger.Entry{{ID: 1, Intent: intent, State: state, KeyID: 9}}
	}
	for name, c := range map[string]struct {
		api     fakeKeyAPI
		held    []ledger.Entry
		errs    map[string]error
		code    string
		state   ledger.State // of the entry; "" if there is none
		secret  bool         // the key is returned
		unsent  bool
		warning string
	}{
		"created": {api: fakeKeyAPI{key: made}, state: ledger.Done, secret: true},
		"refused": {
			api: fakeKeyAPI{err: refusal("partner-keys-new")}, code: "refused",
			state: ledger.Failed,
		},
		"lost": {
			api: fakeKeyAPI{err: lost("partner-keys-new")}, code: failure.OutcomeUnknown,
			state: ledger.Unknown,
		},
		"bad answer with the secret": {
			api:   fakeKeyAPI{key: made, err: lost("partner-keys-new")},
			state: ledger.Done, secret: true,
		},
		"bad answer without the secret": {
			api:  fakeKeyAPI{key: jetpack.PartnerKey{ID: 9}, err: lost("partner-keys-new")},
			code: failure.OutcomeUnknown, state: ledger.Unknown,
		},
		"created, not recorded": {
			api: fakeKeyAPI{key: made}, errs: map[string]error{"Done": errDisk},
			state: ledger.Intended, secret: true, warning: "entry 1 could not be written",
		},
		"no ledger": {
			errs: map[string]error{"Begin": errDisk}, code: licensing.CodeLedger, unsent: true,
		},
		"created before": {
			held: held(ledger.Done), code: licensing.CodeKeyExists, state: ledger.Done,
			unsent: true,
		},
		"lost before": {
			held: held(ledger.Unknown), code: failure.OutcomeUnknown, state: ledger.Unknown,
			unsent: true,
		},
		"being created": {
			held: held(ledger.Intended), code: failure.OutcomeUnknown, state: ledger.Intended,
			unsent: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(c.held...)
			l.errs = c.errs
			s, warnings := newService(&fakeAPI{}, l)
			request := jetpack.PartnerKeyRequest{Name: "Shop"}
			key, err := s.CreateKey(t.Context(), &c.api, request, "order-1")
			if codeOf(err) != c.code || (key.ClientSecret != "") != c.secret {
				t.Errorf("%v, %v", key, err)
			}
			if (c.api.calls == 0) != c.unsent {
				t.Errorf("%d calls", c.api.calls)
			}
			e := l.entries[1]
			if e.State != c.state || c.state != "" && e.Intent != intent {
				t.Errorf("entry: %+v", e)
			}
			if c.state == ledger.Done && e.KeyID != 9 {
				t.Errorf("entry: %+v", e)
			}
			checkWarning(t, *warnings, c.warning)
		})
	}
}
