package ledger

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"jetpack-start/internal/ledger/ledgertest"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		os.Exit(child(name, os.Getenv(childDSNVariable)))
	}
	os.Exit(m.Run())
}

// each runs a test on an empty ledger of each database, because both must behave alike.
func each(t *testing.T, f func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, ledgertest.SQLite(t)) })
	t.Run("mariadb", func(t *testing.T) { f(t, ledgertest.MariaDB(t)) })
}

// clock returns a clock that starts one second after 1970 and advances by one microsecond per call.
func clock() func() time.Time {
	micros := int64(1e6)
	return func() time.Time { micros++; return time.UnixMicro(micros) }
}

func open(t testing.TB, dsn string) *Ledger { return openWith(t, dsn, Options{Now: clock()}) }

func openWith(t testing.TB, dsn string, o Options) *Ledger {
	t.Helper()
	l, err := Open(context.Background(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func begin(t testing.TB, l *Ledger, i Intent) Entry {
	t.Helper()
	e, err := l.Begin(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func entry(t testing.TB, l *Ledger, id int64) Entry {
	t.Helper()
	e, err := l.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want checks that err is of a kind, and that its text has the package's name once, as a prefix.
func want(t testing.TB, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("error %v, want %v", err, kind)
	}
	if err == nil {
		return
	}
	if text := err.Error(); !strings.HasPrefix(text, "ledger: ") ||
		strings.Contains(text, ": ledger: ") {
		t.Errorf("the error's text must have ledger: once, as a prefix: %v", err)
	}
}

func license(reference string) Intent {
	return Intent{Kind: License, Product: "jetpack-backup-daily", Reference: reference}
}
