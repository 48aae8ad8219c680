package whmcs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/internal/mysqldb"
)

// A store is the ledger of a licensing.Service: what the methods promise is what *ledger.Ledger's do.
// Each is one statement that commits by itself.
var _ licensing.Ledger = (*store)(nil)

// claim is what the database keeps unique. A related name holds no space.
func claim(r, product string) sql.NullString {
	return sql.NullString{String: r + " " + product, Valid: true}
}

func ascii(s string) bool {
	for _, b := range []byte(s) {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return true
}

// cut keeps what only explains short enough to be written.
func cut(s string, bytes int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && !utf8.RuneStart(s[bytes]) {
		bytes--
	}
	return s[:bytes]
}

// Begin writes the intent. When the connection breaks before the server has answered, it looks for
// the line by its token: without the line nothing may be asked for, and with it everything may.
func (s *store) Begin(ctx context.Context, i ledger.Intent) (ledger.Entry, error) {
	if i.Product == "" || len(i.Product) > 200 || !ascii(i.Product) || len(i.Site) > maxSite ||
		!utf8.ValidString(i.Site) {
		return ledger.Entry{}, fmt.Errorf(
			"%w: a product's slug or a site's URL is too long, or no text", ledger.ErrInvalid,
		)
	}
	now, token := s.now().UTC(), rand.Text()
	e := entry{
		Entry: ledger.Entry{Intent: i, State: ledger.Intended, CreatedAt: now, UpdatedAt: now},
	}
	err := s.query(ctx, func(q mysqldb.Queryer) error {
		result, err := q.ExecContext(
			ctx,
			`INSERT INTO jetpack_start_licenses
			(related, order_id, product_id, product, claim, token, state, site, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			i.Reference,
			s.service.OrderID,
			s.service.ProductID,
			i.Product,
			claim(i.Reference, i.Product),
			token,
			ledger.Intended,
			i.Site,
			now,
			now,
		)
		if err == nil {
			e.ID, err = result.LastInsertId()
		}
		return err
	})
	switch {
	case err == nil:
		return e.Entry, nil
	case mysqldb.Number(err) == mysqldb.DuplicateEntry:
		held, err := s.find(ctx, `claim = ?`, claim(i.Reference, i.Product))
		if err != nil {
			return ledger.Entry{}, err
		}
		return held.Entry, ledger.ErrClaimed
	case !connectionLost(err) && ctx.Err() == nil: // a call that was broken off may have been carried out, too
		return ledger.Entry{}, err
	}
	e, found := s.find(ctx, `token = ? ORDER BY id DESC LIMIT 1`, token)
	if found != nil {
		return ledger.Entry{}, fmt.Errorf("%w: %w", ledger.ErrUnsure, err)
	}
	return e.Entry, nil
}

// find reads a line with the patience of persist.
func (s *store) find(ctx context.Context, where string, args ...any) (e entry, err error) {
	err = s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) (err error) {
		e, err = queryEntry(ctx, q, where, args...)
		return err
	})
	return e, err
}

// Done writes the license. Its line in Jetpack's table follows: see insertMirror.
func (s *store) Done(ctx context.Context, id int64, o ledger.Outcome) error {
	if o.LicenseKey == "" || len(o.LicenseKey) > 255 || !ascii(o.LicenseKey) {
		return fmt.Errorf("%w: a license key is 1 to 255 characters of ASCII", ledger.ErrInvalid)
	}
	return s.transition(
		ctx,
		id,
		ledger.Done,
		`license_key = ?, license_id = ?, request_id = ?`,
		[]any{o.LicenseKey, o.LicenseID, cut(o.RequestID, 255)},
		func(e entry) bool { return e.LicenseKey == o.LicenseKey },
		ledger.Intended,
		ledger.Unknown,
	)
}

// Fail writes that the API said no, and gives the claim up.
func (s *store) Fail(ctx context.Context, id int64, code, message, requestID string) error {
	return s.transition(
		ctx, id, ledger.Failed, `claim = NULL, error_code = ?, error_message = ?, request_id = ?`,
		[]any{cut(code, 255), cut(message, 1000), cut(requestID, 255)}, nil, ledger.Intended,
	)
}

// Lose writes that nobody knows what the call did.
func (s *store) Lose(ctx context.Context, id int64, code, message, requestID string) error {
	return s.transition(ctx, id, ledger.Unknown, `error_code = ?, error_message = ?, request_id = ?`,
		[]any{cut(code, 255), cut(message, 1000), cut(requestID, 255)}, nil, ledger.Intended)
}

// Settle writes what became of an open line.
func (s *store) Settle(
	ctx context.Context, id int64, state ledger.State, o ledger.Outcome, by string,
) error {
	now := s.now().UTC()
	if state == ledger.Done {
		return s.transition(
			ctx,
			id,
			state,
			`license_key = ?, license_id = ?, request_id = ?, settled_by = ?, settled_at = ?`,
			[]any{
				o.LicenseKey,
				o.LicenseID,
				cut(o.RequestID, 255),
				cut(by, 255),
				now,
			},
			nil,
			ledger.Intended,
			ledger.Unknown,
		)
	}
	return s.transition(
		ctx, id, state, `claim = NULL, settled_by = ?, settled_at = ?`, []any{cut(by, 255), now},
		nil, ledger.Intended, ledger.Unknown,
	)
}

// transition brings a line from one state to another. same says of a line that is there already that it
// holds what was to be written; nil takes any.
func (s *store) transition(
	ctx context.Context,
	id int64,
	to ledger.State,
	set string,
	args []any,
	same func(entry) bool,
	from ...ledger.State,
) error {
	statement := `UPDATE jetpack_start_licenses SET ` + set + `, state = ?, updated_at = ? WHERE id = ? AND state IN (?` + strings.Repeat(
		", ?", len(from)-1,
	) + `)`
	args = append(args, to, s.now().UTC(), id)
	for _, state := range from {
		args = append(args, state)
	}
	return s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		result, err := q.ExecContext(ctx, statement, args...)
		if err != nil {
			if mysqldb.Number(err) == mysqldb.DuplicateEntry {
				return fmt.Errorf("%w: another service or addon has the license", ledger.ErrState)
			}
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return err
		}
		e, err := queryEntry(ctx, q, `id = ?`, id)
		if err == nil && (e.State != to || same != nil && !same(e)) {
			err = ledger.ErrState
		}
		return err
	})
}

// Revoked writes that a license was revoked, and gives the claim up: a service that is created
// again is sold again.
func (s *store) Revoked(ctx context.Context, key string, at time.Time) error {
	return s.updateByKey(
		ctx, key, `claim = NULL, suspended_at = NULL, revoked_at = COALESCE(revoked_at, ?)`,
		at.UTC(),
	)
}

// Attached writes where a license is; "" says that it was detached because the service is
// suspended, and keeps the site, so that the license finds its way back.
func (s *store) Attached(ctx context.Context, key, site string) error {
	if site == "" {
		return s.updateByKey(ctx, key, `suspended_at = COALESCE(suspended_at, ?)`, s.now().UTC())
	}
	if len(site) > maxSite || !utf8.ValidString(site) {
		return fmt.Errorf("%w: a site's URL has at most %d bytes", ledger.ErrInvalid, maxSite)
	}
	return s.updateByKey(ctx, key, `suspended_at = NULL, site = ?`, site)
}

// moveSuspension writes that a license has taken the place of one that is suspended.
func (s *store) moveSuspension(ctx context.Context, key string, old entry) error {
	return s.updateByKey(ctx, key, `suspended_at = ?, site = ?`, old.suspended.UTC(), old.Site)
}

// clearSuspension writes that a license isn't suspended any more, although there is no site to put it on.
func (s *store) clearSuspension(ctx context.Context, key string) error {
	return s.updateByKey(ctx, key, `suspended_at = NULL, site = ''`)
}

func (s *store) updateByKey(ctx context.Context, key, set string, args ...any) error {
	args = append(args, s.now().UTC(), key)
	return s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		result, err := q.ExecContext(
			ctx,
			`UPDATE jetpack_start_licenses SET `+set+`, updated_at = ? WHERE license_key = ?`,
			args...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return ledger.ErrNotFound
	})
}

// Get gives a line by its ID.
func (s *store) Get(ctx context.Context, id int64) (ledger.Entry, error) {
	e, err := s.find(ctx, `id = ?`, id)
	return e.Entry, err
}

// List gives the open lines of all services and addons, oldest first; it takes no other filter.
func (s *store) List(ctx context.Context, _ ledger.Filter) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		lines, err := s.openEntries(ctx)
		for _, e := range lines {
			if !yield(e.Entry, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

// openEntries reads the open lines of all services and addons.
func (s *store) openEntries(ctx context.Context) ([]entry, error) {
	return s.entries(ctx, `state IN (?, ?) ORDER BY id`, ledger.Intended, ledger.Unknown)
}

// doubleLicenses reads the newest license of each service or addon that has more than one.
func (s *store) doubleLicenses(ctx context.Context) ([]entry, error) {
	return s.entries(
		ctx,
		`id IN (SELECT MAX(id) FROM jetpack_start_licenses WHERE state = ? AND revoked_at IS NULL GROUP BY related HAVING COUNT(*) > 1) ORDER BY id`,
		ledger.Done,
	)
}

func (s *store) entries(ctx context.Context, where string, args ...any) (lines []entry, err error) {
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		lines = nil
		rows, err := q.QueryContext(
			ctx,
			`SELECT `+columns+` FROM jetpack_start_licenses WHERE `+where,
			args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			if err := rows.Scan(r.places()...); err != nil {
				return err
			}
			lines = append(lines, r.entry())
		}
		return rows.Err()
	})
	return lines, err
}
