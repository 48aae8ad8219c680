package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"jetpack-start/internal/ledger/ledgertest"
)

func TestMySQLBusy(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	l := openWith(t, dsn, Options{BusyFor: 100 * time.Millisecond})
	other := open(t, dsn)
	release, locked := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	defer group.Wait()
	defer close(release) // also if the test fails
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
	for text, u := range map[string]*url.URL{
		"Access denied": &nobody, "Unknown database": &nowhere, "connection refused": &closed,
	} {
		_, err := Open(t.Context(), u.String(), Options{})
		want(t, err, err)
		if err == nil || !strings.Contains(err.Error(), text) ||
			strings.Contains(err.Error(), "correct-horse") ||
			strings.Contains(err.Error(), "p@ss") {
			t.Errorf("error %v, want %q", err, text)
		}
	}
	l := open(t, dsn)
	_, err = l.store.reader().ExecContext(t.Context(),
		"UPDATE jetpack_start_schema SET version = 99")
	must(t, err)
	_, err = Open(t.Context(), dsn, Options{})
	const text = "was written by a newer jetpack-start (schema 99, this one has 1)"
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want %q", err, text)
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
			WHERE table_schema = DATABASE() AND table_name = 'jetpack_start_entries'
				AND column_name = 'reference'`).Scan(&collation)
		if err != nil || collation != "utf8mb4_nopad_bin" && collation != "utf8mb4_0900_bin" {
			t.Errorf("collation %s, %v", collation, err)
		}
		return nil
	}))
	// MariaDB before 11.1 has only the first name, MySQL 8 only the second.
	var isolation string
	reader := l.store.reader()
	row := reader.QueryRowContext(t.Context(), "SELECT @@SESSION.tx_isolation")
	if row.Scan(&isolation) != nil {
		row = reader.QueryRowContext(t.Context(), "SELECT @@SESSION.transaction_isolation")
		must(t, row.Scan(&isolation))
	}
	if isolation != "READ-COMMITTED" {
		t.Errorf("isolation %s", isolation)
	}
}

// A migration that was interrupted is completed, also by several processes at once.
func TestMySQLMigration(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	l := open(t, dsn)
	for _, table := range []string{"jetpack_start_schema", "jetpack_start_sites"} {
		_, err := l.store.reader().ExecContext(t.Context(), "DROP TABLE "+table)
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
			site := Identity{SiteURL: fmt.Sprint("https://", i, ".example"), BlogID: int64(i + 1)}
			if err := l.RememberIdentity(t.Context(), site, false); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	entry(t, l, 1)
	var version sql.NullInt64
	row := l.store.reader().QueryRowContext(t.Context(), "SELECT version FROM jetpack_start_schema")
	must(t, row.Scan(&version))
	if version.Int64 != 1 {
		t.Errorf("version %v", version)
	}
}

// Only one process migrates at a time, and afterwards the lock is free.
func TestMySQLMigrationIsLocked(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	open(t, dsn)             // migrates
	migrated := open(t, dsn) // has connections of its own
	conn, err := migrated.store.(*mysqlStore).db.Conn(t.Context())
	must(t, err)
	defer conn.Close()
	const lock = "CONCAT('jetpack-start ', SHA1(DATABASE()))"
	var got int
	row := conn.QueryRowContext(t.Context(), "SELECT GET_LOCK("+lock+", 0)")
	must(t, row.Scan(&got))
	if got != 1 {
		t.Fatal("the first migration didn't release its lock")
	}
	_, err = conn.ExecContext(t.Context(), "DROP TABLE jetpack_start_schema")
	must(t, err)
	opened := make(chan error, 1)
	go func() {
		l, err := Open(t.Context(), dsn, Options{})
		if err == nil {
			err = l.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		t.Errorf("opened while another process migrates: %v", err)
	case <-time.After(300 * time.Millisecond):
		_, err = conn.ExecContext(t.Context(), "DO RELEASE_LOCK("+lock+")")
		must(t, err)
		must(t, <-opened)
	}
}

// A slow migration doesn't hide that a newer program has migrated further meanwhile.
func TestMySQLUpgradeKeepsNewerVersion(t *testing.T) {
	s := open(t, ledgertest.MariaDB(t)).store.(*mysqlStore)
	_, err := s.db.ExecContext(t.Context(), "UPDATE jetpack_start_schema SET version = 99")
	must(t, err)
	must(t, s.upgrade(t.Context(), s.db, len(mysqlSchema()), ""))
	var version int
	row := s.db.QueryRowContext(t.Context(), "SELECT version FROM jetpack_start_schema")
	must(t, row.Scan(&version))
	if version != 99 {
		t.Errorf("version %d", version)
	}
}
