// Package ledger records which calls of the partner API were made and what came back, in SQLite
// for one machine, or in MySQL or MariaDB for several.
//
// A call that costs money has no idempotency key. So Begin writes its intent to disk before the
// call, and Done, Fail or Lose records the outcome after it. If the process dies in between, the
// intended entry remains as evidence that the call may have been made. A reference, which is the
// caller's order, is claimed together with its kind and product: a second Begin for it fails with
// ErrClaimed and returns the first entry.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Errors that a ledger's methods return, besides those of the database. Test for them with
// [errors.Is].
var (
	// ErrClaimed means that another entry holds the kind, product and reference.
	ErrClaimed = errors.New("already claimed")
	// ErrState means that the entry is in a state from which the change isn't possible.
	ErrState = errors.New("not possible in its state")
	// ErrNotFound means that the ledger has no such entry, license or site.
	ErrNotFound = errors.New("not in the ledger")
	// ErrIdentity means that the ledger has the URL with another blog ID, or the blog ID with
	// another URL.
	ErrIdentity = errors.New("another identity")
	// ErrInvalid means that a value can't be stored. Nothing was written.
	ErrInvalid = errors.New("invalid")
	// ErrBusy means that other clients blocked the ledger for all of Options.BusyFor. Nothing was
	// written.
	ErrBusy = errors.New("busy")
	// ErrUnsure means that the connection was lost before the database confirmed a COMMIT.
	ErrUnsure = errors.New("not known")
)

// Options are the optional settings of Open.
type Options struct {
	Now     func() time.Time // clock for the entries' times; default: time.Now
	BusyFor time.Duration    // how long a call waits while other clients write; default: 30s
}

// Ledger is an open ledger. Its methods may be called by several goroutines at once.
type Ledger struct {
	store   store
	now     func() time.Time
	busyFor time.Duration
}

// Open opens a ledger, and creates it if it doesn't exist.
//
// The dsn is the path of an SQLite file, or mysql://user:password@host:port/database. The URL may
// have the parameters socket (a path, used instead of the host), tls (true, false, skip-verify or
// preferred; default preferred), tls-ca (a PEM file with CA certificates), and timeout,
// readTimeout and writeTimeout (durations such as 10s). Special characters are percent-encoded.
//
// Open creates the file with mode 0600 and its folders with mode 0700. The file must be on a local
// disk, because SQLite's write-ahead log doesn't work on a network file system. A server must have
// innodb_flush_log_at_trx_commit=1, which is the default; with another value it can lose entries
// in a power cut.
//
// Errors: ErrInvalid for a bad dsn, ErrBusy, and other errors for a file that others can read, the
// file of another program and a ledger of a newer version. No error's text has the password.
func Open(ctx context.Context, dsn string, o Options) (*Ledger, error) {
	target, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	l := &Ledger{now: o.Now, busyFor: o.BusyFor}
	if l.now == nil {
		l.now = time.Now
	}
	if l.busyFor <= 0 {
		l.busyFor = 30 * time.Second
	}
	if target.mysql != nil {
		l.store, err = openMySQL(target.mysql, l.busyFor)
	} else {
		l.store, err = openSQLite(target.path)
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	err = l.retry(ctx, l.store.busy, func() error { return l.store.migrate(ctx) })
	if err != nil {
		l.store.close()
		return nil, err
	}
	return l, nil
}

// Close closes the ledger. It doesn't wait for calls in progress.
func (l *Ledger) Close() error {
	if err := l.store.close(); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}
