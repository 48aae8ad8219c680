package ledger

import (
	"context"
	"database/sql"
	"iter"
)

// pageSize is how many entries are read in one query. Reading by pages means that no caller keeps
// a read transaction open.
const pageSize = 200

// List returns the entries that exist when the loop begins, each as it is shortly before the loop
// reaches it. No lock is held while the loop's body runs, so the body may take its time, and may
// change entries. The first error ends the loop: ErrInvalid, ErrBusy, the context's.
func (l *Ledger) List(ctx context.Context, f Filter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		last, err := l.lastID(ctx, f)
		if err != nil {
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

// Count returns how many entries the filter selects, without regard to its Limit. Errors:
// ErrInvalid, ErrBusy, the context's.
func (l *Ledger) Count(ctx context.Context, f Filter) (n int64, err error) {
	if err := f.check(); err != nil {
		return 0, err
	}
	states := f.states()
	if states != nil && len(states) == 0 {
		return 0, nil
	}
	where, args := f.where(states)
	query := `SELECT COUNT(*) FROM jetpack_start_entries WHERE ` + where
	err = l.read(ctx, func(q queryer) error {
		return q.QueryRowContext(ctx, query, args...).Scan(&n)
	})
	return n, err
}

// lastID checks the filter and returns the newest entry's ID, 0 if there are no entries.
func (l *Ledger) lastID(ctx context.Context, f Filter) (id int64, err error) {
	if err := f.check(); err != nil {
		return 0, err
	}
	const query = `SELECT COALESCE(MAX(id), 0) FROM jetpack_start_entries`
	err = l.read(ctx, func(q queryer) error { return q.QueryRowContext(ctx, query).Scan(&id) })
	return id, err
}

// page returns the next up to size entries whose IDs are between from and to, both included.
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

// scanAll appends all rows to entries, and closes rows.
func scanAll(rows *sql.Rows, entries []Entry) ([]Entry, error) {
	defer rows.Close()
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}
