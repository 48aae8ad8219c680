package ledger

import (
	"context"
	"database/sql"
	"iter"
)

// pageSize is how many entries are read at once, so that no consumer keeps a read transaction open.
const pageSize = 200

// List gives the entries that are there when the loop begins, each as it is shortly before the
// loop comes to it. No lock is held while the loop's body works, so that may take its time, and
// change entries. The first error ends the list: ErrInvalid, ErrBusy, the context's.
func (l *Ledger) List(ctx context.Context, f Filter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := f.check(); err != nil {
			yield(Entry{}, err)
			return
		}
		var last int64
		if err := l.read(ctx, func(q queryer) error {
			return q.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM jetpack_start_entries`).Scan(&last)
		}); err != nil {
			yield(Entry{}, err)
			return
		}
		from, to := int64(1), last
		for left := f.Limit; ; {
			size := pageSize
			if f.Limit > 0 {
				size = min(size, left)
			}
			page, err := l.page(ctx, f, from, to, size)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			left -= len(page)
			if len(page) < size || f.Limit > 0 && left <= 0 {
				return
			}
			if f.Oldest {
				from = page[len(page)-1].ID + 1
			} else {
				to = page[len(page)-1].ID - 1
			}
		}
	}
}

// Count gives how many entries there are. Limit and Oldest don't matter. Errors: ErrInvalid,
// ErrBusy, the context's.
func (l *Ledger) Count(ctx context.Context, f Filter) (n int64, err error) {
	if err := f.check(); err != nil {
		return 0, err
	}
	states := f.states()
	if states != nil && len(states) == 0 {
		return 0, nil
	}
	where, args := f.where(states)
	err = l.read(ctx, func(q queryer) error {
		return q.QueryRowContext(ctx, `SELECT COUNT(*) FROM jetpack_start_entries WHERE `+where, args...).
			Scan(&n)
	})
	return n, err
}

func (l *Ledger) page(
	ctx context.Context, f Filter, from, to int64, size int,
) (page []Entry, err error) {
	if states := f.states(); states != nil && len(states) == 0 {
		return nil, nil
	}
	query, args := f.query(from, to, size)
	err = l.read(ctx, func(q queryer) error {
		rows, err := q.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		page, err = scanAll(rows, page[:0])
		return err
	})
	return page, err
}

func scanAll(rows *sql.Rows, into []Entry) ([]Entry, error) {
	defer rows.Close()
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		into = append(into, e)
	}
	return into, rows.Err()
}
