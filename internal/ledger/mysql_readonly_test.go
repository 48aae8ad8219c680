package ledger

import (
	"testing"
	"time"

	"jetpack-start/internal/ledger/ledgertest"
	"jetpack-start/internal/mysqldb"
)

// openReadOnly opens a ledger on a server of its own, as a user whom read_only concerns. switchTo
// sets read_only to "0" or "1".
func openReadOnly(t *testing.T, busyFor time.Duration) (l *Ledger, switchTo func(string)) {
	t.Helper()
	server := ledgertest.NewServer(t)
	server.Exec("CREATE DATABASE ledger", "CREATE USER 'app'@'%' IDENTIFIED BY 'app'",
		"GRANT ALL ON ledger.* TO 'app'@'%'")
	l = openWith(t, "mysql://app:app@"+server.DSN.Host+"/ledger", Options{BusyFor: busyFor})
	return l, func(value string) { server.Exec("SET GLOBAL read_only = " + value) }
}

// connectionID returns the server's ID of the connection that the ledger uses.
func connectionID(t *testing.T, l *Ledger) (id int64) {
	t.Helper()
	must(t, l.store.reader().QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id))
	return id
}

// An outcome is recorded once the server accepts writes again, on a new connection, which may be
// to another server.
func TestMySQLOutcomeWaitsForReadOnlyServer(t *testing.T) {
	l, switchTo := openReadOnly(t, 20*time.Second)
	e := begin(t, l, license("1"))
	before := connectionID(t, l)
	switchTo("1")
	_, err := l.Begin(t.Context(), license("2"))
	if !mysqldb.ReadOnly(err) {
		t.Errorf("Begin on a read-only server: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Done(t.Context(), e.ID, Outcome{LicenseKey: "p_1"}) }()
	select {
	case err := <-done:
		t.Errorf("Done on a read-only server: %v", err)
	case <-time.After(500 * time.Millisecond):
	}
	switchTo("0")
	must(t, <-done)
	if got := entry(t, l, e.ID); got.State != Done || got.LicenseKey != "p_1" {
		t.Errorf("entry %+v", got)
	}
	if connectionID(t, l) == before {
		t.Error("the connection to the read-only server is still used")
	}
	if got := ids(t, l, Filter{Reference: "2"}); len(got) != 0 {
		t.Errorf("entries %v", got)
	}
}

// The wait ends with the server's own error.
func TestMySQLOutcomeOnServerThatStaysReadOnly(t *testing.T) {
	l, switchTo := openReadOnly(t, time.Second)
	e := begin(t, l, license("1"))
	switchTo("1")
	start := time.Now()
	err := l.Done(t.Context(), e.ID, Outcome{LicenseKey: "p_1"})
	if took := time.Since(start); !mysqldb.ReadOnly(err) || took < time.Second {
		t.Errorf("%v after %v", err, took)
	}
}
