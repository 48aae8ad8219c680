package licensing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

const minAge = 2 * time.Minute

// fakeStatus returns the same products for all sites.
type fakeStatus struct {
	products []jetpack.ProductStatus
	err      error
	asked    []string
}

func (f *fakeStatus) Status(_ context.Context, site string) (jetpack.Status, error) {
	f.asked = append(f.asked, site)
	return jetpack.Status{Products: f.products, RequestID: "r9"}, f.err
}

// openEntry returns an entry that is old enough to be settled.
func openEntry(kind ledger.Kind, product string) ledger.Entry {
	return ledger.Entry{
		ID: 1, State: ledger.Unknown, CreatedAt: now.Add(-minAge),
		Intent: ledger.Intent{Kind: kind, Product: product, Site: "https://example.com/blog"},
	}
}

func TestReconcileProvision(t *testing.T) {
	ours := func(slug string) jetpack.ProductStatus {
		return jetpack.ProductStatus{Slug: slug, ByPartner: true, ByCallingPartner: true}
	}
	theirs := func(slug string) jetpack.ProductStatus {
		return jetpack.ProductStatus{Slug: slug, ByPartner: true}
	}
	for name, c := range map[string]struct {
		products []jetpack.ProductStatus
		want     ledger.State
	}{
		"none": {want: ledger.Failed},
		"ours": {[]jetpack.ProductStatus{ours("premium")}, ledger.Done},
		"ours with an underscore": {
			[]jetpack.ProductStatus{ours("jetpack_premium")}, ledger.Done,
		},
		"ours with a hyphen": {
			[]jetpack.ProductStatus{ours("jetpack-premium")}, ledger.Done,
		},
		"another plan":      {[]jetpack.ProductStatus{ours("personal")}, ledger.Failed},
		"another partner's": {[]jetpack.ProductStatus{theirs("premium")}, ledger.Failed},
		"another partner's, respelled": {
			[]jetpack.ProductStatus{theirs("jetpack_premium")}, ledger.Failed,
		},
		"ours after another partner's": {
			[]jetpack.ProductStatus{theirs("premium"), ours("jetpack_premium")}, ledger.Done,
		},
		"ours pending": {
			[]jetpack.ProductStatus{
				theirs("premium"), {Slug: "premium", ByCallingPartner: true, Pending: true},
			}, ledger.Done,
		},
	} {
		l := newLedger(openEntry(ledger.Provision, "premium"))
		status := &fakeStatus{products: c.products}
		s, _ := newService(&fakeAPI{}, l)
		all, err := s.Reconcile(t.Context(), status, minAge)
		if err != nil || len(all) != 1 || !all[0].Settled || all[0].Entry.State != c.want {
			t.Errorf("%s: %+v, %v", name, all, err)
			continue
		}
		e := l.entries[1]
		if e.State != c.want || e.RequestID != "r9" || e.SettledBy != all[0].Note {
			t.Errorf("%s: %+v", name, e)
		}
		if len(status.asked) != 1 || status.asked[0] != "example.com::blog" {
			t.Errorf("%s: asked for %q", name, status.asked)
		}
	}
}

// Entries that Reconcile can't settle stay open, with a note.
func TestReconcileLeavesOpen(t *testing.T) {
	young := openEntry(ledger.Provision, "premium")
	young.CreatedAt = young.CreatedAt.Add(time.Second)
	noSite := openEntry(ledger.Provision, "premium")
	noSite.Site = "ftp://example.com"
	for name, c := range map[string]struct {
		entry ledger.Entry
		api   licensing.StatusAPI
		note  string
	}{
		"young": {
			young, &fakeStatus{}, "created less than 2m0s ago; its process may still be running",
		},
		"license": {
			openEntry(ledger.License, scan), &fakeStatus{},
			"look in the partner portal, then pass --license-key=KEY or --void",
		},
		"partner key": {
			openEntry(ledger.PartnerKey, "Shop"), &fakeStatus{},
			"look in the partner portal, then pass --key-id=ID or --void",
		},
		"no credentials": {
			openEntry(ledger.Provision, "premium"), nil,
			"can't read the site's status without the partner's credentials",
		},
		"no status": {
			openEntry(ledger.Provision, "premium"), &fakeStatus{err: errDisk},
			"can't read the status: disk full",
		},
		"no site": {noSite, &fakeStatus{}, ""},
	} {
		l := newLedger(c.entry)
		s, _ := newService(&fakeAPI{}, l)
		all, err := s.Reconcile(t.Context(), c.api, minAge)
		if err != nil || len(all) != 1 || all[0].Settled || all[0].Note == "" ||
			c.note != "" && all[0].Note != c.note {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
		if l.entries[1] != c.entry {
			t.Errorf("%s: %+v", name, l.entries[1])
		}
	}
}

// If the ledger fails, what was found until then is returned.
func TestReconcileLedgerFails(t *testing.T) {
	for _, method := range []string{"List", "Settle"} {
		l := newLedger(openEntry(ledger.Provision, "premium"))
		l.errs[method] = errDisk
		s, _ := newService(&fakeAPI{}, l)
		all, err := s.Reconcile(t.Context(), &fakeStatus{}, minAge)
		if !errors.Is(err, errDisk) || len(all) != 1 || all[0].Settled != (method == "List") {
			t.Errorf("%s: %+v, %v", method, all, err)
		}
	}
}

// settlements are the ways in which the operator settles an entry of each kind.
var settlements = map[ledger.Kind]func(*licensing.Service, context.Context) (ledger.Entry, error){
	ledger.License: func(s *licensing.Service, ctx context.Context) (ledger.Entry, error) {
		return s.SettleLicense(ctx, 1, keyOf(scan), "alice", minAge)
	},
	ledger.PartnerKey: func(s *licensing.Service, ctx context.Context) (ledger.Entry, error) {
		return s.SettleKey(ctx, 1, 9, "alice", minAge)
	},
	"any": func(s *licensing.Service, ctx context.Context) (ledger.Entry, error) {
		return s.SettleVoid(ctx, 1, "alice", minAge)
	},
}

func TestSettle(t *testing.T) {
	license := jetpack.License{Key: keyOf(scan), ID: 7, RequestID: "r0"}
	for name, c := range map[string]struct {
		kind ledger.Kind
		by   ledger.Kind // key of settlements
		want ledger.Entry
	}{
		"license": {
			ledger.License, ledger.License,
			ledger.Entry{
				State: ledger.Done, LicenseKey: license.Key, LicenseID: 7, RequestID: "r0",
			},
		},
		"partner key": {
			ledger.PartnerKey, ledger.PartnerKey, ledger.Entry{State: ledger.Done, KeyID: 9},
		},
		"void license":     {ledger.License, "any", ledger.Entry{State: ledger.Void}},
		"void partner key": {ledger.PartnerKey, "any", ledger.Entry{State: ledger.Void}},
		"void provision":   {ledger.Provision, "any", ledger.Entry{State: ledger.Void}},
	} {
		before := openEntry(c.kind, scan)
		c.want.ID, c.want.Intent, c.want.CreatedAt = before.ID, before.Intent, before.CreatedAt
		c.want.SettledBy = "alice"
		l := newLedger(before)
		s, _ := newService(&fakeAPI{license: license}, l)
		got, err := settlements[c.by](s, t.Context())
		if err != nil || got != c.want || l.entries[1] != c.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

func TestSettleRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ledger.Entry)
		code   string
	}{
		"too young": {
			func(e *ledger.Entry) { e.CreatedAt = e.CreatedAt.Add(time.Second) },
			licensing.CodeTooYoung,
		},
		"done already": {func(e *ledger.Entry) { e.State = ledger.Done }, licensing.CodeSettled},
		"failed already": {
			func(e *ledger.Entry) { e.State = ledger.Failed }, licensing.CodeSettled,
		},
		"void already":  {func(e *ledger.Entry) { e.State = ledger.Void }, licensing.CodeSettled},
		"no such entry": {func(e *ledger.Entry) { e.ID = 2 }, licensing.CodeUnknownEntry},
		"of another kind": {
			func(e *ledger.Entry) { e.Kind = ledger.Provision }, licensing.CodeMismatch,
		},
	} {
		for by, settle := range settlements {
			if by == "any" && c.code == licensing.CodeMismatch {
				continue
			}
			e := openEntry(by, scan)
			c.change(&e)
			api, l := &fakeAPI{license: jetpack.License{Key: keyOf(scan)}}, newLedger(e)
			s, _ := newService(api, l)
			if _, err := settle(s, t.Context()); codeOf(err) != c.code {
				t.Errorf("%s, by %s: %v", name, by, err)
			}
			if l.entries[e.ID] != e || len(api.calls) > 0 {
				t.Errorf("%s, by %s: %+v, sent %q", name, by, l.entries[e.ID], api.calls)
			}
		}
	}
}

// A license of another product, or one that the API doesn't know, settles nothing.
func TestSettleLicenseRefuses(t *testing.T) {
	for product, c := range map[string]struct {
		api  fakeAPI
		code string
		sent int
	}{
		"jetpack-complete": {code: licensing.CodeMismatch},
		scan: {
			api: fakeAPI{err: refusal("license-show")}, code: "refused", sent: 1,
		},
	} {
		e := openEntry(ledger.License, product)
		l := newLedger(e)
		s, _ := newService(&c.api, l)
		_, err := s.SettleLicense(t.Context(), 1, keyOf(scan), "alice", minAge)
		if codeOf(err) != c.code || l.entries[1] != e || len(c.api.calls) != c.sent {
			t.Errorf("%s: %v, %+v, sent %q", product, err, l.entries[1], c.api.calls)
		}
	}
}

func TestSettleLedgerFails(t *testing.T) {
	for _, method := range []string{"Get", "Settle"} {
		for by, settle := range settlements {
			l := newLedger(openEntry(by, scan))
			l.errs[method] = errDisk
			s, _ := newService(&fakeAPI{}, l)
			if _, err := settle(s, t.Context()); !errors.Is(err, errDisk) {
				t.Errorf("%s, by %s: %v", method, by, err)
			}
		}
	}
}
