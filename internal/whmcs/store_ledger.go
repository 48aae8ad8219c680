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

// A store is the ledger of a licensing.Service; *ledger.Ledger documents the methods. Each change
// is one statement that commits by itself.
var _ licensing.Ledger = (*store)(nil)

// claim returns the value of the column claim, which is unique: there can't be two licenses, or
// calls for one, for the same service and product. The name of a service holds no space.
func claim(r, product string) sql.NullString {
	return sql.NullString{String: r + " " + product, Valid: true}
}

// ascii reports whether s consists of printable ASCII characters.
func ascii(s string) bool {
	for _, b := range []byte(s) {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return true
}

// cut returns s as valid UTF-8 without NUL, shortened to the given number of bytes.
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

// Begin records an intent. If the connection breaks before the server has answered, it looks for
// the row by its token: only if the row is there may the call be made.
func (s *store) Begin(ctx context.Context, i ledger.Intent) (ledger.Entry, error) {
	if i.Product == "" || len(i.Product) > 200 || !ascii(i.Product) || len(i.Site) > maxSite ||
		!utf8.ValidString(i.Site) {
		return ledger.Entry{}, fmt.Errorf(
			"%w: a product's slug or a site's URL is too long or not text", ledger.ErrInvalid)
	}
	now, token := s.now().UTC(), rand.Text()
	e := ledger.Entry{Intent: i, State: ledger.Intended, CreatedAt: now, UpdatedAt: now}
	err := s.query(ctx, func(q mysqldb.Queryer) error {
		result, err := q.ExecContext(ctx, `INSERT INTO jetpack_start_licenses
			(related, order_id, product_id, product, claim, token, state, site,
				created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			i.Reference, s.service.OrderID, s.service.ProductID, i.Product,
			claim(i.Reference, i.Product), token, ledger.Intended, i.Site, now, now)
		if err == nil {
			e.ID, err = result.LastInsertId()
		}
		return err
	})
	switch {
	case err == nil:
		return e, nil
	case mysqldb.Number(err) == mysqldb.DuplicateEntry:
		held, err := s.find(ctx, `claim = ?`, claim(i.Reference, i.Product))
		if err != nil {
			return ledger.Entry{}, err
		}
		return held.Entry, ledger.ErrClaimed
	case !connectionLost(err) && ctx.Err() == nil: // the server may run a canceled statement too
		return ledger.Entry{}, err
	}
	written, findErr := s.find(ctx, `token = ? ORDER BY id DESC LIMIT 1`, token)
	if findErr != nil {
		return ledger.Entry{}, fmt.Errorf("%w: %w", ledger.ErrUnsure, err)
	}
	return written.Entry, nil
}

// find reads an entry, with the patience of persist.
func (s *store) find(ctx context.Context, where string, args ...any) (e entry, err error) {
	err = s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) (err error) {
		e, err = queryEntry(ctx, q, where, args...)
		return err
	})
	return e, err
}

// transition is a change of an entry's state.
type transition struct {
	id   int64
	from []ledger.State
	to   ledger.State
	set  string // what else the UPDATE sets
	args []any
	key  string // the license key that is set, "" if none is
}

// Done records the license. Its row in Jetpack's table follows; see insertMirror.
func (s *store) Done(ctx context.Context, id int64, o ledger.Outcome) error {
	if o.LicenseKey == "" || len(o.LicenseKey) > 255 || !ascii(o.LicenseKey) {
		return fmt.Errorf("%w: a license key is 1 to 255 characters of ASCII", ledger.ErrInvalid)
	}
	return s.transition(ctx, transition{
		id: id, from: []ledger.State{ledger.Intended, ledger.Unknown}, to: ledger.Done,
		set:  `license_key = ?, license_id = ?, request_id = ?`,
		args: []any{o.LicenseKey, o.LicenseID, cut(o.RequestID, 255)},
		key:  o.LicenseKey,
	})
}

// Fail records that the API refused the call, and gives up the claim.
func (s *store) Fail(ctx context.Context, id int64, code, message, requestID string) error {
	return s.transition(ctx, transition{
		id: id, from: []ledger.State{ledger.Intended}, to: ledger.Failed,
		set:  `claim = NULL, error_code = ?, error_message = ?, request_id = ?`,
		args: []any{cut(code, 255), cut(message, 1000), cut(requestID, 255)},
	})
}

// Lose records that the outcome of the call is unknown.
func (s *store) Lose(ctx context.Context, id int64, code, message, requestID string) error {
	return s.transition(ctx, transition{
		id: id, from: []ledger.State{ledger.Intended}, to: ledger.Unknown,
		set:  `error_code = ?, error_message = ?, request_id = ?`,
		args: []any{cut(code, 255), cut(message, 1000), cut(requestID, 255)},
	})
}

// Settle records the outcome of an open entry.
func (s *store) Settle(
	ctx context.Context, id int64, state ledger.State, o ledger.Outcome, by string,
) error {
	t := transition{
		id: id, from: []ledger.State{ledger.Intended, ledger.Unknown}, to: state,
		set:  `claim = NULL, settled_by = ?, settled_at = ?`,
		args: []any{cut(by, 255), s.now().UTC()},
	}
	if state == ledger.Done {
		t.set = `settled_by = ?, settled_at = ?, license_key = ?, license_id = ?, request_id = ?`
		t.args = append(t.args, o.LicenseKey, o.LicenseID, cut(o.RequestID, 255))
	}
	return s.transition(ctx, t)
}

// transition makes a transition. It succeeds if the entry is in the new state already, with the
// same license key; it returns ledger.ErrState if the entry is in another state, or if another
// entry has the key.
func (s *store) transition(ctx context.Context, t transition) error {
	statement := `UPDATE jetpack_start_licenses SET ` + t.set + `, state = ?, updated_at = ?
		WHERE id = ? AND state IN (?` + strings.Repeat(", ?", len(t.from)-1) + `)`
	args := append(t.args, t.to, s.now().UTC(), t.id)
	for _, state := range t.from {
		args = append(args, state)
	}
	return s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		result, err := q.ExecContext(ctx, statement, args...)
		if mysqldb.Number(err) == mysqldb.DuplicateEntry {
			return fmt.Errorf("%w: another service or addon has the license", ledger.ErrState)
		}
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return err
		}
		e, err := queryEntry(ctx, q, `id = ?`, t.id)
		if err == nil && (e.State != t.to || t.key != "" && t.key != e.LicenseKey) {
			err = ledger.ErrState
		}
		return err
	})
}

// Revoked records that a license was revoked, and gives up the claim: a service that is created
// again is sold again.
func (s *store) Revoked(ctx context.Context, key string, at time.Time) error {
	const set = `claim = NULL, suspended_at = NULL, revoked_at = COALESCE(revoked_at, ?)`
	return s.updateByKey(ctx, key, set, at.UTC())
}

// Attached records the site of a license. "" means that the license was detached because the
// service is suspended; the site stays recorded, for Unsuspend.
func (s *store) Attached(ctx context.Context, key, site string) error {
	if site == "" {
		return s.updateByKey(ctx, key, `suspended_at = COALESCE(suspended_at, ?)`, s.now().UTC())
	}
	if len(site) > maxSite || !utf8.ValidString(site) {
		return fmt.Errorf("%w: a site's URL has at most %d bytes", ledger.ErrInvalid, maxSite)
	}
	return s.updateByKey(ctx, key, `suspended_at = NULL, site = ?`, site)
}

// moveSuspension records that a license has replaced one that is suspended.
func (s *store) moveSuspension(ctx context.Context, key string, old entry) error {
	return s.updateByKey(ctx, key, `suspended_at = ?, site = ?`, old.suspended.UTC(), old.Site)
}

// clearSuspension records that a license is no longer suspended, without attaching it to a site.
func (s *store) clearSuspension(ctx context.Context, key string) error {
	return s.updateByKey(ctx, key, `suspended_at = NULL, site = ''`)
}

// updateByKey updates the entry with a license key. It returns ledger.ErrNotFound if there is
// none.
func (s *store) updateByKey(ctx context.Context, key, set string, args ...any) error {
	statement := `UPDATE jetpack_start_licenses SET ` + set + `, updated_at = ?
		WHERE license_key = ?`
	args = append(args, s.now().UTC(), key)
	return s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		result, err := q.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return ledger.ErrNotFound
	})
}

// Get returns an entry by its ID.
func (s *store) Get(ctx context.Context, id int64) (ledger.Entry, error) {
	e, err := s.find(ctx, `id = ?`, id)
	return e.Entry, err
}

// List returns the open entries of all services and addons, oldest first. It ignores the filter.
func (s *store) List(ctx context.Context, _ ledger.Filter) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		open, err := s.openEntries(ctx)
		for _, e := range open {
			if !yield(e.Entry, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

// openEntries reads the open entries of all services and addons.
func (s *store) openEntries(ctx context.Context) ([]entry, error) {
	return s.entries(ctx, `state IN (?, ?) ORDER BY id`, ledger.Intended, ledger.Unknown)
}

// doubleLicenses reads the newest license of each service or addon that has more than one.
func (s *store) doubleLicenses(ctx context.Context) ([]entry, error) {
	return s.entries(ctx, `id IN (SELECT MAX(id) FROM jetpack_start_licenses
		WHERE state = ? AND revoked_at IS NULL GROUP BY related HAVING COUNT(*) > 1) ORDER BY id`,
		ledger.Done)
}

func (s *store) entries(ctx context.Context, where string, args ...any) (all []entry, err error) {
	statement := `SELECT ` + columns + ` FROM jetpack_start_licenses WHERE ` + where
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		all = nil
		rows, err := q.QueryContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			if err := rows.Scan(r.places()...); err != nil {
				return err
			}
			all = append(all, r.entry())
		}
		return rows.Err()
	})
	return all, err
}
