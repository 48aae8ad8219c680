package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"jetpack-start/internal/mysqldb"
	"jetpack-start/internal/sleep"
)

// errRaceLost means that another process made a conflicting change first. Trying again will show
// its change.
var errRaceLost = errors.New("another process was faster")

type queryer = mysqldb.Queryer

// txFunc does its work within one transaction. It is called again if a transaction that was rolled
// back is retried.
type txFunc func(ctx context.Context, tx queryer) error

// store has what differs between the two kinds of databases.
type store interface {
	// migrate creates the tables, or brings them to the current version of the schema.
	migrate(ctx context.Context) error
	// write runs f in a transaction. If write returns nil, what f wrote is on disk. After ErrUnsure
	// it may be. After any other error it isn't.
	write(ctx context.Context, f txFunc) error
	reader() queryer
	// forUpdate returns the end of a SELECT statement that locks the rows which a later UPDATE of
	// the same transaction depends on.
	forUpdate() string
	// duplicate reports whether err means that another row has the value of a unique column.
	duplicate(err error) bool
	// busy reports whether err means that nothing was written because of other clients.
	busy(err error) bool
	// lost reports whether err means that the connection ended before the answer arrived.
	lost(err error) bool
	// readOnly reports whether err means that nothing was written because the server accepts no
	// writes for now, as during a failover. The next try gets a new connection.
	readOnly(err error) bool
	close() error
}

// checkVersion returns an error if the schema's version is newer than current. name is the ledger's
// name for the message.
func checkVersion(name string, version, current int) error {
	if version > current {
		return fmt.Errorf("%s was written by a newer jetpack-start (schema %d, this one has %d): "+
			"use that version", name, version, current)
	}
	return nil
}

// retry calls f until it succeeds, fails with an error that isn't retryable, or BusyFor has passed.
// All access to the database goes through retry, so this is where errors get the package's name.
func (l *Ledger) retry(
	ctx context.Context, retryable func(error) bool, f func() error,
) error {
	deadline := time.Now().Add(l.busyFor)
	for {
		err := f()
		if err == nil {
			return nil
		}
		if !retryable(err) {
			return fmt.Errorf("ledger: %w", err)
		}
		busy, left := l.store.busy(err), time.Until(deadline)
		switch {
		case left <= 0 && busy:
			// The database's own text is left out: "database is locked" makes people remove the
			// lock.
			return fmt.Errorf("ledger: %w: others kept it busy for %s", ErrBusy, l.busyFor)
		case left <= 0:
			return fmt.Errorf("ledger: %w", err)
		}
		// Random, so that several waiting processes don't all come back at once.
		pause := time.Millisecond + rand.N(20*time.Millisecond)
		if !busy {
			pause *= 10 // a server that is down needs longer than a lock
		}
		if sleep.Context(ctx, min(pause, left)) != nil {
			return fmt.Errorf("ledger: %w", context.Cause(ctx))
		}
	}
}

// write runs f in a transaction, and retries only if nothing was written.
func (l *Ledger) write(ctx context.Context, f txFunc) error {
	return l.retry(ctx, l.store.busy, func() error { return l.store.write(ctx, f) })
}

// record is write for what has already happened: it goes on after ctx is done, for instance after
// Ctrl-C, and retries after a lost connection and on a read-only server too. So f must have the
// same effect when it runs again after it was committed.
func (l *Ledger) record(ctx context.Context, f txFunc) error {
	ctx = context.WithoutCancel(ctx)
	retryable := func(err error) bool { return l.busyOrLost(err) || l.store.readOnly(err) }
	return l.retry(ctx, retryable, func() error { return l.store.write(ctx, f) })
}

func (l *Ledger) busyOrLost(err error) bool { return l.store.busy(err) || l.store.lost(err) }

// read calls f, which only reads. It doesn't retry after a lost connection.
func (l *Ledger) read(ctx context.Context, f func(q queryer) error) error {
	return l.retry(ctx, l.store.busy, func() error { return f(l.store.reader()) })
}
