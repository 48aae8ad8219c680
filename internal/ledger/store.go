package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"jetpack-start/internal/mysqldb"
)

// errAgain is a race that was lost to another process in a way that the next try shows.
var errAgain = errors.New("another process was faster")

type queryer = mysqldb.Queryer

// work is what is done within one transaction. It may be called again after a failure that undid
// it.
type work func(ctx context.Context, tx queryer) error

// store is what the two databases do differently.
type store interface {
	migrate(ctx context.Context) error
	// write runs f in a transaction. What it wrote is on disk when write returns nil, and may be
	// after ErrUnsure; after any other error it is not.
	write(ctx context.Context, f work) error
	reader() queryer
	forUpdate() string        // what a SELECT ends with that an UPDATE in the same transaction builds on
	duplicate(err error) bool // a unique column has the value already
	busy(err error) bool      // nothing was done, because others are at it
	lost(err error) bool      // the connection ended
	close() error
}

// patiently calls f until it doesn't fail in a way that another try may mend, for as long as
// BusyFor. All that goes to the database goes through here, so this is where the package's name is
// put before an error.
func (l *Ledger) patiently(ctx context.Context, again func(error) bool, f func() error) error {
	limit := time.NewTimer(l.busyFor)
	defer limit.Stop()
	for {
		err := f()
		switch {
		case err == nil:
			return nil
		case !again(err):
			return fmt.Errorf("ledger: %w", err)
		}
		// Uneven, so that those who wait don't come back all at once.
		pause := time.Millisecond + rand.N(20*time.Millisecond)
		busy := l.store.busy(err)
		if !busy {
			pause *= 10 // a server that is away isn't back in a moment
		}
		select {
		case <-limit.C:
			if busy {
				// Without the database's own text: "database is locked" sends people off to break
				// the lock.
				err = fmt.Errorf("%w: others kept it busy for %s", ErrBusy, l.busyFor)
			}
			return fmt.Errorf("ledger: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("ledger: %w", context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

// write is for what must not be repeated once it may have been written.
func (l *Ledger) write(ctx context.Context, f work) error {
	return l.patiently(ctx, l.store.busy, func() error { return l.store.write(ctx, f) })
}

// record is for what has happened already and must be written down, even when the user has pressed
// Ctrl-C since. f does the same when it is repeated, so it also is when a connection broke.
func (l *Ledger) record(ctx context.Context, f work) error {
	ctx = context.WithoutCancel(ctx)
	again := func(err error) bool { return l.store.busy(err) || l.store.lost(err) }
	return l.patiently(ctx, again, func() error { return l.store.write(ctx, f) })
}

// read calls f, which only reads.
func (l *Ledger) read(ctx context.Context, f func(q queryer) error) error {
	return l.patiently(ctx, l.store.busy, func() error { return f(l.store.reader()) })
}
