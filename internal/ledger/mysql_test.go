package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jetpack-start/internal/ledger/ledgertest"
)

// commit is the packet of a COMMIT; the word is also in READ COMMITTED.
const commit = "\x03COMMIT"

func TestMySQLLostCommit(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	c, through := ledgertest.NewCutter(t, dsn)
	l := openWith(t, through, Options{BusyFor: time.Second})
	direct := open(t, dsn)

	// The answer to the COMMIT is lost: the entry is found.
	c.Once("after", commit)
	e := begin(t, l, license("after"))
	if got := entry(t, direct, e.ID); got != e {
		t.Errorf("found %+v, stored %+v", e, got)
	}

	// The COMMIT itself is lost: nothing is there, and it isn't tried again.
	c.Once("before", commit)
	_, err := l.Begin(t.Context(), license("before"))
	want(t, err, ErrUnsure)
	if got := ids(t, direct, Filter{Reference: "before"}); len(got) != 0 {
		t.Errorf("entries %v", got)
	}

	// What isn't committed is gone for certain, and there is nothing to be unsure of.
	for _, when := range []string{"before", "after"} {
		c.Once(when, "INSERT")
		_, err = l.Begin(t.Context(), license("insert"))
		if err == nil || errors.Is(err, ErrUnsure) {
			t.Errorf("cut %s the INSERT: %v", when, err)
		}
		if got := ids(t, direct, Filter{Reference: "insert"}); len(got) != 0 {
			t.Errorf("entries %v", got)
		}
	}

	// The server stays away: the entry is there, but nobody can know.
	var gone atomic.Bool
	c.Let(func(packet []byte) string {
		switch {
		case gone.Load():
			return "before"
		case bytes.Contains(packet, []byte(commit)):
			gone.Store(true)
			return "after"
		}
		return ""
	})
	_, err = l.Begin(t.Context(), license("gone"))
	want(t, err, ErrUnsure)
	if got := ids(t, direct, Filter{Reference: "gone"}); len(got) != 1 {
		t.Errorf("entries %v", got)
	}
	c.Let(nil)

	// An outcome is written through a broken connection, wherever it breaks.
	for _, text := range []string{"START TRANSACTION", "FOR UPDATE", "UPDATE jetpack_start_entries", commit} {
		for _, when := range []string{"before", "after"} {
			e := begin(t, l, license(""))
			c.Once(when, text)
			if err := l.Done(t.Context(), e.ID, Outcome{LicenseKey: fmt.Sprint("p_", e.ID)}); err != nil {
				t.Errorf("cut %s %s: %v", when, text, err)
			}
			if got := entry(t, direct, e.ID); got.State != Done {
				t.Errorf("cut %s %s: %+v", when, text, got)
			}
		}
	}

	// The operator's word isn't repeated: he is asked again.
	e = begin(t, l, license(""))
	c.Once("after", commit)
	want(t, l.Settle(t.Context(), e.ID, Void, Outcome{}, "jane"), ErrUnsure)
	c.Let(nil)
	must(t, l.Settle(t.Context(), e.ID, Void, Outcome{}, "jane"))
}

// A connection that the server has closed in the meantime is no error.
func TestMySQLIdle(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	l, admin := open(t, dsn), open(t, dsn)
	e := begin(t, l, license("1"))
	rows, err := admin.store.reader().
		QueryContext(t.Context(), "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()")
	must(t, err)
	var all []int64
	for rows.Next() {
		var id int64
		must(t, rows.Scan(&id))
		all = append(all, id)
	}
	rows.Close()
	if len(all) == 0 {
		t.Fatal("no connection to kill")
	}
	for _, id := range all {
		_, err := admin.store.reader().ExecContext(t.Context(), fmt.Sprint("KILL ", id))
		must(t, err)
	}
	time.Sleep(50 * time.Millisecond)
	must(t, l.Done(t.Context(), e.ID, Outcome{LicenseKey: "p_1"}))
}

func TestMySQLBusy(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	l := openWith(t, dsn, Options{BusyFor: 100 * time.Millisecond})
	other := open(t, dsn)
	release, locked := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() {
		other.write(context.Background(), func(ctx context.Context, tx queryer) error {
			_, _, err := other.insert(ctx, tx, license("1"), "")
			close(locked)
			<-release
			return err
		})
	})
	<-locked
	_, err := l.Begin(t.Context(), license("1"))
	want(t, err, ErrBusy)
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err = l.Begin(ctx, license("1"))
	want(t, err, context.DeadlineExceeded)
	close(release)
}

func TestMySQLRefuses(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	u, err := url.Parse(dsn)
	must(t, err)
	nobody := *u
	nobody.User = url.UserPassword("nobody", "correct-horse")
	nowhere := *u
	nowhere.Path = "/nowhere"
	closed := *u
	closed.Host = "127.0.0.1:1"
	for text, u := range map[string]*url.URL{"Access denied": &nobody, "Unknown database": &nowhere, "connection refused": &closed} {
		_, err := Open(t.Context(), u.String(), Options{})
		want(t, err, err)
		if err == nil || !strings.Contains(err.Error(), text) ||
			strings.Contains(err.Error(), "correct-horse") ||
			strings.Contains(err.Error(), "p@ss") {
			t.Errorf("error %v, want %q", err, text)
		}
	}
	l := open(t, dsn)
	_, err = l.store.reader().
		ExecContext(t.Context(), "UPDATE jetpack_start_schema SET version = 99")
	must(t, err)
	if _, err = Open(t.Context(), dsn, Options{}); err == nil ||
		!strings.Contains(
			err.Error(), "was written by a newer jetpack-start (schema 99, this one has 1)",
		) {
		t.Errorf("error %v", err)
	}
}

func TestMySQLSession(t *testing.T) {
	l := open(t, ledgertest.MariaDB(t))
	must(t, l.write(t.Context(), func(ctx context.Context, tx queryer) error {
		var mode, charset, collation string
		err := tx.QueryRowContext(ctx, "SELECT @@SESSION.sql_mode, @@SESSION.character_set_client").
			Scan(&mode, &charset)
		if err != nil || !strings.Contains(mode, "STRICT_ALL_TABLES") || charset != "utf8mb4" {
			t.Errorf("sql_mode %s, character set %s, %v", mode, charset, err)
		}
		err = tx.QueryRowContext(ctx, `SELECT collation_name FROM information_schema.columns
			WHERE table_schema = DATABASE() AND table_name = 'jetpack_start_entries' AND column_name = 'reference'`).Scan(&collation)
		if err != nil || collation != "utf8mb4_nopad_bin" && collation != "utf8mb4_0900_bin" {
			t.Errorf("collation %s, %v", collation, err)
		}
		return nil
	}))
	// Both servers know one of the two names.
	var isolation string
	row := l.store.reader().QueryRowContext(t.Context(), "SELECT @@SESSION.tx_isolation")
	if row.Scan(&isolation) != nil {
		must(
			t,
			l.store.reader().
				QueryRowContext(t.Context(), "SELECT @@SESSION.transaction_isolation").
				Scan(&isolation),
		)
	}
	if isolation != "READ-COMMITTED" {
		t.Errorf("isolation %s", isolation)
	}
}

// A schema that was left half made is completed, and many may make it at once.
func TestMySQLMigration(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	l := open(t, dsn)
	for _, statement := range []string{"DROP TABLE jetpack_start_schema", "DROP TABLE jetpack_start_sites"} {
		_, err := l.store.reader().ExecContext(t.Context(), statement)
		must(t, err)
	}
	begin(t, l, license("1"))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			l, err := Open(t.Context(), dsn, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer l.Close()
			if err := l.RememberIdentity(t.Context(), fmt.Sprint("https://", i, ".example"), int64(i+1)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	entry(t, l, 1)
	var version sql.NullInt64
	must(
		t,
		l.store.reader().
			QueryRowContext(t.Context(), "SELECT version FROM jetpack_start_schema").
			Scan(&version),
	)
	if version.Int64 != 1 {
		t.Errorf("version %v", version)
	}
}
