package whmcs

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/ledger/ledgertest"
	"jetpack-start/jetpack"
)

// newStore returns a store for service 12 of order 77, with tables. The Cutter can end its
// connections.
func newStore(t *testing.T, dsn string) (*store, *ledgertest.Cutter) {
	t.Helper()
	cutter, through := ledgertest.NewCutter(t, dsn)
	u, err := url.Parse(through)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	d := Database{
		Host:     u.Hostname(),
		Port:     u.Port(),
		User:     u.User.Username(),
		Password: jetpack.Secret(password),
		Name:     strings.TrimPrefix(u.Path, "/"),
	}
	j := &job{
		cfg:     Config{Now: time.Now, Patience: 5 * time.Second},
		service: Service{Related: "service:12", ServiceID: 12, OrderID: 77, ProductID: 5},
	}
	opened := make(chan struct{})
	done := make(chan error, 1)
	closed := make(chan struct{})
	go func() { done <- j.withStore(d, func() error { close(opened); <-closed; return nil }) }()
	select {
	case <-opened:
	case err := <-done:
		t.Fatal(err)
	}
	t.Cleanup(func() { close(closed); <-done })
	if err := j.store.createTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j.store, cutter
}

// count counts the rows of a table for which a condition is true.
func count(t *testing.T, s *store, table, where string, args ...any) (n int) {
	t.Helper()
	statement := `SELECT COUNT(*) FROM ` + table + ` WHERE ` + where
	q, err := s.connection(t.Context())
	if err == nil {
		err = q.QueryRowContext(t.Context(), statement, args...).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// All databases of a server share the names of locks, but commands for another service or another
// WHMCS don't wait for this one's.
func TestLockIsPerServiceAndDatabase(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	first, _ := newStore(t, dsn)
	if err := first.lock(t.Context(), "service:12", 0); err != nil {
		t.Fatal(err)
	}
	second, _ := newStore(t, dsn)
	if err := second.lock(t.Context(), "service:12", 0); !errors.Is(err, errLocked) {
		t.Errorf("the same service: %v", err)
	}
	for _, r := range []Related{"addon:12", "service:13"} {
		if err := second.lock(t.Context(), r, 0); err != nil {
			t.Errorf("%s: %v", r, err)
		}
	}
	other, _ := newStore(t, ledgertest.MariaDB(t))
	if err := other.lock(t.Context(), "service:12", 0); err != nil {
		t.Errorf("the same service of another database: %v", err)
	}
	first.close()
	if err := second.lock(t.Context(), "service:12", time.Second); err != nil {
		t.Errorf("after the connection's end: %v", err)
	}
}

// The lock is lost with the connection, so a query before anything was sent isn't repeated on
// another one.
func TestLostConnectionIsNotReplacedBeforeTheIntent(t *testing.T) {
	for _, when := range []string{"before", "after"} {
		s, cutter := newStore(t, ledgertest.MariaDB(t))
		if err := s.lock(t.Context(), "service:12", 0); err != nil {
			t.Fatal(err)
		}
		cutter.CutOnce(when, "UNION ALL")
		if _, err := s.load(t.Context(), "service:12", 77); !connectionLost(err) {
			t.Errorf("%s: %v", when, err)
		}
	}
}

// Begin returns an entry only if its row is there.
func TestBeginWhoseConnectionEnds(t *testing.T) {
	for _, when := range []string{"before", "after"} {
		s, cutter := newStore(t, ledgertest.MariaDB(t))
		cutter.CutOnce(when, "INSERT INTO jetpack_start_licenses")
		e, err := s.Begin(
			t.Context(),
			ledger.Intent{Kind: ledger.License, Product: scan, Reference: "service:12"},
		)
		n := 0
		if when == "after" {
			n = 1
		}
		if n == 0 && !errors.Is(err, ledger.ErrUnsure) ||
			n == 1 && (err != nil || e.ID == 0 || e.State != ledger.Intended || e.Product != scan) {
			t.Errorf("%s: %+v, %v", when, e, err)
		}
		if got := count(t, s, "jetpack_start_licenses", `state = 'intended'`); got != n {
			t.Errorf("%s: %d rows", when, got)
		}
	}
}

// The lock is lost with the connection, so another command may add the missing row to Jetpack's
// table. This one doesn't add it again.
func TestInsertMirrorAfterTheLockWasLost(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	s, cutter := newStore(t, dsn)
	other, _ := newStore(t, dsn)
	ctx := t.Context()
	e, err := s.Begin(
		ctx, ledger.Intent{Kind: ledger.License, Product: scan, Reference: "service:12"},
	)
	if err != nil {
		t.Fatal(err)
	}
	license := entry{Entry: e, orderID: 77, productID: 5}
	license.LicenseKey = jetpackKey(scan, "a")
	cutter.CutOnce("after", "UPDATE jetpack_start_licenses")
	if err := s.Done(ctx, e.ID, ledger.Outcome{LicenseKey: license.LicenseKey}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return other.insertMirror(ctx, license, time.Now(), false) },
		func() error { return s.insertMirror(ctx, license, time.Now(), true) },
		func() error { return other.insertMirror(ctx, license, time.Now(), false) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		if got := count(t, s, "jetpack_product_licenses", `TRUE`); got != 1 {
			t.Errorf("%d rows", got)
		}
	}
}

// An outcome is written once, although the connection ends before or after the statement and the
// command's time has run out.
func TestOutcomeSurvivesTheConnection(t *testing.T) {
	key := jetpackKey(scan, "a")
	for _, when := range []string{"before", "after"} {
		s, cutter := newStore(t, ledgertest.MariaDB(t))
		ctx, stop := context.WithCancel(t.Context())
		e, err := s.Begin(
			ctx, ledger.Intent{Kind: ledger.License, Product: scan, Reference: "service:12"},
		)
		if err != nil {
			t.Fatal(err)
		}
		stop()
		license := entry{Entry: e, orderID: 77, productID: 5}
		license.LicenseKey = key
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		for _, step := range []struct {
			name, verb, table, want string
			run                     func() error
		}{
			{
				"Done", "UPDATE", "jetpack_start_licenses",
				`state = 'done'`,
				func() error { return s.Done(ctx, e.ID, ledger.Outcome{LicenseKey: key}) },
			},
			{
				"insertMirror", "INSERT INTO", "jetpack_product_licenses",
				`revoked_at IS NULL`,
				func() error { return s.insertMirror(ctx, license, at, true) },
			},
			{
				"Attached", "UPDATE", "jetpack_start_licenses",
				`site <> '' AND suspended_at IS NULL`,
				func() error { return s.Attached(ctx, key, "https://example.com") },
			},
			{
				"Revoked", "UPDATE", "jetpack_start_licenses",
				`claim IS NULL AND revoked_at = '2026-01-02 03:04:05'`,
				func() error { return s.Revoked(ctx, key, at) },
			},
			{
				"revokeMirror", "UPDATE", "jetpack_product_licenses",
				`revoked_at IS NOT NULL`,
				func() error { return s.revokeMirror(ctx, jetpackRow{id: 1}, at) },
			},
		} {
			cutter.CutOnce(when, step.verb+" "+step.table)
			if err := step.run(); err != nil {
				t.Errorf("%s %s: %v", when, step.name, err)
			}
			if got := count(t, s, step.table, step.want+` AND license_key = ?`, key); got != 1 {
				t.Errorf("%s %s: %d rows", when, step.name, got)
			}
		}
	}
}

// A license that another service or addon took over at the same time can't be taken over.
func TestAdoptOfAnothersLicense(t *testing.T) {
	s, cutter := newStore(t, ledgertest.MariaDB(t))
	key := jetpackKey(scan, "a")
	row := jetpackRow{id: 1, orderID: 77, productID: 5, key: key, issued: time.Now()}
	cutter.CutOnce("after", "INSERT INTO jetpack_start_licenses")
	for range 2 {
		if e, err := s.adopt(t.Context(), Service{Related: "service:12"}, row, scan); err != nil ||
			e.Reference != "service:12" {
			t.Errorf("%+v, %v", e, err)
		}
	}
	e, err := s.adopt(t.Context(), Service{Related: "service:13"}, row, scan)
	if !errors.Is(err, ledger.ErrState) {
		t.Errorf("%+v, %v", e, err)
	}
	if got := count(t, s, "jetpack_start_licenses", `related = 'service:12'`); got != 1 {
		t.Errorf("%d rows", got)
	}
}

// Peers that have a license of ours, may have one, or are declared to have none are taken. Those
// whose calls failed or were void, or whose license was revoked, may own one of Jetpack's module.
func TestMarkTaken(t *testing.T) {
	s, _ := newStore(t, ledgertest.MariaDB(t))
	ctx := t.Context()
	for r, end := range map[string]func(id int64) error{
		"service:1": func(id int64) error { return s.Done(ctx, id, ledger.Outcome{LicenseKey: jetpackKey(scan, "a")}) },
		"service:2": func(int64) error { return nil },
		"service:3": func(id int64) error { return s.Lose(ctx, id, "x", "x", "") },
		"service:4": func(id int64) error { return s.Fail(ctx, id, "x", "x", "") },
		"service:5": func(id int64) error { return s.Settle(ctx, id, ledger.Void, ledger.Outcome{}, "x") },
		"service:6": func(id int64) error {
			o := ledger.Outcome{LicenseKey: jetpackKey(scan, "b")}
			if err := s.Done(ctx, id, o); err != nil {
				return err
			}
			return s.Revoked(ctx, jetpackKey(scan, "b"), time.Now())
		},
		"service:7": func(id int64) error {
			if err := s.Fail(ctx, id, "x", "x", ""); err != nil {
				return err
			}
			return s.insertNone(ctx, Service{Related: "service:7", OrderID: 77, Product: scan}, 8)
		},
	} {
		e, err := s.Begin(ctx, ledger.Intent{Kind: ledger.License, Product: scan, Reference: r})
		if err == nil {
			err = end(e.ID)
		}
		if err != nil {
			t.Fatal(r, err)
		}
	}
	for _, c := range []struct {
		rows []jetpackRow
		want []Related
	}{
		{
			[]jetpackRow{{id: 8, key: jetpackKey(scan, "x")}},
			[]Related{"service:1", "service:2", "service:3", "service:7"},
		},
		// Jetpack's module issued one since
		{
			[]jetpackRow{{id: 9, key: jetpackKey(scan, "x")}},
			[]Related{"service:1", "service:2", "service:3"},
		},
		{
			[]jetpackRow{{
				id: 5, key: jetpackKey(scan, "a"), owner: "service:1", revoked: time.Now(),
			}},
			[]Related{"service:2", "service:3", "service:7"},
		},
	} {
		var peers []peer
		for id := range int64(8) {
			peers = append(peers, peer{related: relatedTo(id+1, 0)})
		}
		keys, err := s.markTaken(ctx, peers, records{jetpack: c.rows})
		var taken []Related
		for _, p := range peers {
			if p.taken {
				taken = append(taken, p.related)
			}
		}
		if err != nil || !slices.Equal(taken, c.want) || len(keys) != 2 ||
			!keys[jetpackKey(scan, "a")] ||
			!keys[jetpackKey(scan, "b")] {
			t.Errorf("%v, %v, %v", taken, keys, err)
		}
	}
	if keys, err := s.markTaken(ctx, nil, records{}); err != nil || len(keys) > 0 {
		t.Errorf("nobody: %v, %v", keys, err)
	}
}
