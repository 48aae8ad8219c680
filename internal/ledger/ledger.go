// Package ledger remembers what was asked of the partner API and what came back, in SQLite on one
// machine or in MySQL or MariaDB for many.
//
// A call that costs money has no idempotency key, so its intent is on disk before the call (Begin)
// and its outcome after it (Done, Fail, Lose). Whatever happens in between, a killed process and a
// cut cable too, an entry says that something was asked for. A reference, the caller's order, is
// claimed with its kind and product: a second Begin for it finds the first entry.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The ways in which a call of the ledger fails, besides the database's own errors; for errors.Is.
var (
	ErrClaimed = errors.New(
		"already claimed",
	) // another entry holds the kind, product and reference
	ErrState    = errors.New("not possible in its state") // the entry has gone another way
	ErrNotFound = errors.New("not in the ledger")
	ErrIdentity = errors.New(
		"another identity",
	) // the URL is known with another blog ID, or the blog ID with another URL
	ErrInvalid = errors.New("invalid") // a value that the ledger doesn't take; nothing was written
	ErrBusy    = errors.New(
		"busy",
	) // others kept the ledger to themselves for all of Options.BusyFor; nothing was written
	ErrUnsure = errors.New(
		"not known",
	) // the database went away before it said whether it had written
)

// Options are what Open takes besides the place. The zero value works.
type Options struct {
	Now     func() time.Time // the clock that entries are dated with; nil = time.Now
	BusyFor time.Duration    // how long a call waits for a ledger that others write to; 0 = 30 s
}

// Ledger is an open ledger. All of its methods may be used by many goroutines at once.
type Ledger struct {
	store   store
	now     func() time.Time
	busyFor time.Duration
}

// Open opens a ledger, and makes it where there is none.
//
// dsn is the path of an SQLite file, or mysql://user:password@host:port/database with, as needed,
// the parameters socket (a path, instead of the host), tls (true, false, skip-verify, preferred;
// default preferred), tls-ca (a PEM file) and timeout, readTimeout, writeTimeout (as 10s). What is
// special in a URL is written as %40 and the like.
//
// The file is made with mode 0600 and its folder with 0700. It has to be on a local disk: SQLite's
// write-ahead log doesn't work over a network. A server keeps its word only where its
// innodb_flush_log_at_trx_commit is 1, the default.
//
// Errors: ErrInvalid for a dsn that can't be one, ErrBusy, and texts for a file that others can
// read, a file of another program and a ledger of a newer version. None holds the password.
func Open(ctx context.Context, dsn string, o Options) (*Ledger, error) {
	p, err := parseDSN(dsn)
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
	if p.mysql != nil {
		l.store, err = openMySQL(p.mysql, l.busyFor)
	} else {
		l.store, err = openSQLite(p.path)
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if err := l.patiently(ctx, l.store.busy, func() error { return l.store.migrate(ctx) }); err != nil {
		l.store.close()
		return nil, err
	}
	return l, nil
}

// Close closes the ledger. It doesn't wait for calls that are under way.
func (l *Ledger) Close() error {
	if err := l.store.close(); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}
