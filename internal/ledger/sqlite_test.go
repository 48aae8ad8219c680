package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"jetpack-start/internal/ledger/ledgertest"
)

// rawSQLite opens the file as a database, without the ledger's checks.
func rawSQLite(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := openPool(path, "", 1)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestSQLiteReaderCannotWrite(t *testing.T) {
	l := open(t, ledgertest.SQLite(t))
	_, err := l.store.reader().ExecContext(t.Context(), "DELETE FROM jetpack_start_entries")
	if err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("error %v", err)
	}
}

func TestSQLiteOpenedAtOnce(t *testing.T) {
	for range 5 {
		path := ledgertest.SQLite(t)
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				l, err := Open(t.Context(), path, Options{})
				if err == nil {
					_, err = l.Begin(t.Context(), license(fmt.Sprint(i)))
					l.Close()
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n, err := open(t, path).Count(t.Context(), Filter{}); n != 8 || err != nil {
			t.Errorf("%d entries, %v; want 8", n, err)
		}
	}
}

func TestSQLiteBusy(t *testing.T) {
	path := ledgertest.SQLite(t)
	l := openWith(t, path, Options{BusyFor: 300 * time.Millisecond})
	e := begin(t, l, license("0"))
	other := rawSQLite(t, path)
	_, err := other.Exec("BEGIN IMMEDIATE")
	must(t, err)

	start := time.Now()
	_, err = l.Begin(t.Context(), license("1"))
	want(t, err, ErrBusy)
	if took := time.Since(start); took < 300*time.Millisecond || took > 3*time.Second {
		t.Errorf("gave up after %s", took)
	}
	if !strings.Contains(err.Error(), "others kept it busy for 300ms") ||
		strings.Contains(err.Error(), "database") {
		t.Errorf("error %q", err)
	}
	want(t, l.Done(t.Context(), e.ID, Outcome{LicenseKey: "p_1"}), ErrBusy)
	if got := entry(t, l, e.ID); got != e { // reads aren't blocked
		t.Errorf("got %+v", got)
	}

	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	_, err = l.Begin(ctx, license("1"))
	want(t, err, context.DeadlineExceeded)

	time.AfterFunc(100*time.Millisecond, func() { other.Exec("ROLLBACK") })
	begin(t, l, license("1"))
}

// Once a transaction has the lock, it is completed although the context ends.
func TestSQLiteIsNotInterrupted(t *testing.T) {
	l := open(t, ledgertest.SQLite(t))
	ctx, cancel := context.WithCancel(t.Context())
	l.store = hookStore{l.store, func(_ queryer, query string) string {
		cancel()
		return query
	}}
	e, err := l.Begin(ctx, license("1"))
	must(t, err)
	if got := entry(t, l, e.ID); got != e {
		t.Errorf("begun %+v, stored %+v", e, got)
	}
}

// On a full disk writing fails and leaves no partial entry. Afterwards the ledger works without
// being opened again.
func TestSQLiteFull(t *testing.T) {
	l := open(t, ledgertest.SQLite(t))
	writer := l.store.(*sqliteStore).writer
	var pages int
	must(t, writer.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages))
	_, err := writer.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count=%d", pages+3))
	must(t, err)
	var n int64
	for err == nil {
		reference := strings.Repeat("x", 200) + fmt.Sprint(n)
		if _, err = l.Begin(t.Context(), license(reference)); err == nil {
			n++
		}
	}
	if !strings.Contains(err.Error(), "full") {
		t.Errorf("error %v", err)
	}
	_, err = writer.ExecContext(t.Context(), "PRAGMA max_page_count=1000000")
	must(t, err)
	begin(t, l, license("more"))
	if got, err := l.Count(t.Context(), Filter{}); got != n+1 || err != nil {
		t.Errorf("%d entries, %v; want %d", got, err, n+1)
	}
}

// A step of a migration that fails leaves the file as it was.
func TestSQLiteMigrationIsRolledBack(t *testing.T) {
	path := ledgertest.SQLite(t)
	l := open(t, path)
	s := l.store.(*sqliteStore)
	err := s.write(t.Context(), func(ctx context.Context, tx queryer) error {
		if _, err := tx.ExecContext(ctx, "CREATE TABLE x (y); PRAGMA user_version=2"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "nonsense")
		return err
	})
	if err == nil {
		t.Fatal("no error")
	}
	if version, err := s.version(t.Context(), s.writer); version != 1 || err != nil {
		t.Errorf("version %d, %v", version, err)
	}
}
