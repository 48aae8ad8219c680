package ledger

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"
)

// hookStore is a store whose transactions call hook before each statement. The hook may replace a
// query for one row.
type hookStore struct {
	store
	hook func(tx queryer, query string) string
}

func (s hookStore) write(ctx context.Context, f txFunc) error {
	return s.store.write(ctx, func(ctx context.Context, tx queryer) error {
		return f(ctx, hookQueryer{tx, s.hook})
	})
}

type hookQueryer struct {
	queryer
	hook func(tx queryer, query string) string
}

func (q hookQueryer) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if replaced := q.hook(q.queryer, query); replaced != query {
		query, args = replaced, nil
	}
	return q.queryer.QueryRowContext(ctx, query, args...)
}

func (q hookQueryer) ExecContext(
	ctx context.Context, query string, args ...any,
) (sql.Result, error) {
	q.hook(q.queryer, query)
	return q.queryer.ExecContext(ctx, query, args...)
}

// Two processes can't both change an entry's state: the second waits, and sees the first one's.
func TestTransitionsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l, other := open(t, dsn), open(t, dsn)
		e := begin(t, l, license("1"))
		settled := make(chan error, 1)
		l.store = hookStore{l.store, func(_ queryer, query string) string {
			if strings.Contains(query, "SET state") {
				go func() { settled <- other.Settle(t.Context(), e.ID, Void, Outcome{}, "jane") }()
				time.Sleep(200 * time.Millisecond) // longer than Settle takes without a lock
			}
			return query
		}}
		must(t, l.Done(t.Context(), e.ID, Outcome{LicenseKey: "p_1"}))
		want(t, <-settled, ErrState)
		if got := entry(t, other, e.ID); got.State != Done || got.SettledBy != "" {
			t.Errorf("got %+v", got)
		}
	})
}

// The claim that an INSERT conflicted with may be released before the entry that held it is read.
func TestClaimReleasedDuringBegin(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		first := begin(t, l, license("1"))
		tries := 0
		l.store = hookStore{l.store, func(tx queryer, query string) string {
			if strings.Contains(query, "claim = ?") {
				if tries++; tries == 1 {
					_, err := tx.ExecContext(t.Context(),
						"UPDATE jetpack_start_entries SET claim = NULL")
					must(t, err)
				}
			}
			return query
		}}
		// The transaction of the first try, and with it the release, is rolled back.
		held, err := l.Begin(t.Context(), license("1"))
		want(t, err, ErrClaimed)
		if held != first || tries != 2 {
			t.Errorf("held by %+v after %d tries, want %+v", held, tries, first)
		}
	})
}

func TestRetryReturnsCause(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("the operator stopped it")
		err := l.retry(ctx, l.store.busy, func() error {
			cancel(cause)
			return errRaceLost
		})
		want(t, err, cause)
	})
}

func TestRetryGivesUp(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := openWith(t, dsn, Options{BusyFor: 50 * time.Millisecond})
		tries := 0
		err := l.retry(t.Context(), l.store.busy, func() error { tries++; return errRaceLost })
		want(t, err, ErrBusy)
		if tries < 2 {
			t.Errorf("%d tries", tries)
		}
		failure := errors.New("another failure")
		tries = 0
		err = l.retry(t.Context(), l.store.busy, func() error { tries++; return failure })
		want(t, err, failure)
		if tries != 1 {
			t.Errorf("%d tries of what isn't retryable", tries)
		}
	})
}
