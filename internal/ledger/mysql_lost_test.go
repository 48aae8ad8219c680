package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"jetpack-start/internal/ledger/ledgertest"
)

// commit is the packet of a COMMIT statement. The word alone is also in READ COMMITTED.
const commit = "\x03COMMIT"

// openCut opens a ledger through a Cutter, and the same one directly.
func openCut(t *testing.T) (cutter *ledgertest.Cutter, cut, direct *Ledger) {
	t.Helper()
	dsn := ledgertest.MariaDB(t)
	cutter, through := ledgertest.NewCutter(t, dsn)
	return cutter, openWith(t, through, Options{BusyFor: time.Second}), open(t, dsn)
}

func TestMySQLBeginFindsEntryOfLostCommit(t *testing.T) {
	cutter, l, direct := openCut(t)
	cutter.CutOnce("after", commit)
	e := begin(t, l, license("after"))
	if got := entry(t, direct, e.ID); got != e {
		t.Errorf("found %+v, stored %+v", e, got)
	}
}

// The entry is found although the context ends, and although the search loses its connection too.
func TestMySQLBeginSearchesPersistently(t *testing.T) {
	cutter, l, direct := openCut(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var searches atomic.Int32
	cutter.OnPacket(func(packet []byte) string {
		switch {
		case bytes.Contains(packet, []byte(commit)):
			cancel()
			return "after"
		case bytes.Contains(packet, []byte("token = ")) && searches.Add(1) == 1:
			return "after"
		}
		return ""
	})
	e, err := l.Begin(ctx, license("1"))
	must(t, err)
	if got := entry(t, direct, e.ID); got != e || searches.Load() != 2 {
		t.Errorf("found %+v after %d searches, stored %+v", e, searches.Load(), got)
	}
}

// A COMMIT that didn't reach the server isn't tried again.
func TestMySQLBeginIsUnsureAfterLostCommit(t *testing.T) {
	cutter, l, direct := openCut(t)
	cutter.CutOnce("before", commit)
	_, err := l.Begin(t.Context(), license("before"))
	want(t, err, ErrUnsure)
	if got := ids(t, direct, Filter{Reference: "before"}); len(got) != 0 {
		t.Errorf("entries %v", got)
	}
}

// If the server stays away after the COMMIT, the entry exists, but Begin can't know.
func TestMySQLBeginIsUnsureWithoutServer(t *testing.T) {
	cutter, l, direct := openCut(t)
	var gone atomic.Bool
	cutter.OnPacket(func(packet []byte) string {
		switch {
		case gone.Load():
			return "before"
		case bytes.Contains(packet, []byte(commit)):
			gone.Store(true)
			return "after"
		}
		return ""
	})
	_, err := l.Begin(t.Context(), license("gone"))
	want(t, err, ErrUnsure)
	if got := ids(t, direct, Filter{Reference: "gone"}); len(got) != 1 {
		t.Errorf("entries %v", got)
	}
}

// Before the COMMIT, a lost connection means for certain that nothing was written.
func TestMySQLBeginIsSureBeforeCommit(t *testing.T) {
	cutter, l, direct := openCut(t)
	for _, when := range []string{"before", "after"} {
		cutter.CutOnce(when, "INSERT")
		_, err := l.Begin(t.Context(), license("insert"))
		if err == nil || errors.Is(err, ErrUnsure) {
			t.Errorf("cut %s the INSERT: %v", when, err)
		}
		if got := ids(t, direct, Filter{Reference: "insert"}); len(got) != 0 {
			t.Errorf("entries %v", got)
		}
	}
}

// An outcome is recorded wherever the connection is lost.
func TestMySQLOutcomeSurvivesLostConnection(t *testing.T) {
	cutter, l, direct := openCut(t)
	for _, text := range []string{
		"START TRANSACTION", "FOR UPDATE", "UPDATE jetpack_start_entries", commit,
	} {
		for _, when := range []string{"before", "after"} {
			e := begin(t, l, license(""))
			cutter.CutOnce(when, text)
			o := Outcome{LicenseKey: fmt.Sprint("p_", e.ID)}
			if err := l.Done(t.Context(), e.ID, o); err != nil {
				t.Errorf("cut %s %s: %v", when, text, err)
			}
			if got := entry(t, direct, e.ID); got.State != Done {
				t.Errorf("cut %s %s: %+v", when, text, got)
			}
		}
	}
}

// Settle isn't retried after a lost COMMIT, but can be called again.
func TestMySQLSettleIsUnsureAfterLostCommit(t *testing.T) {
	cutter, l, _ := openCut(t)
	e := begin(t, l, license(""))
	cutter.CutOnce("after", commit)
	want(t, l.Settle(t.Context(), e.ID, Void, Outcome{}, "jane"), ErrUnsure)
	must(t, l.Settle(t.Context(), e.ID, Void, Outcome{}, "jane"))
}

// A pooled connection that the server has closed is replaced without an error.
func TestMySQLIdle(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	l, admin := open(t, dsn), open(t, dsn)
	e := begin(t, l, license("1"))
	rows, err := admin.store.reader().QueryContext(t.Context(), `SELECT id
		FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()`)
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
