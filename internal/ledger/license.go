package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"jetpack-start/jetpack"
)

// get returns the first entry that matches the condition, or ErrNotFound.
func get(ctx context.Context, q queryer, where string, args ...any) (Entry, error) {
	query := `SELECT ` + columns + ` FROM jetpack_start_entries WHERE ` + where
	e, err := scanEntry(q.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return e, err
}

// Get returns the entry with an ID. Errors: ErrNotFound, ErrBusy, the context's.
func (l *Ledger) Get(ctx context.Context, id int64) (e Entry, err error) {
	err = l.read(ctx, func(q queryer) (err error) {
		if e, err = get(ctx, q, `id = ?`, id); err != nil {
			return fmt.Errorf("entry %d: %w", id, err)
		}
		return nil
	})
	return e, err
}

// ByLicense returns the newest entry with a license key. Errors: ErrNotFound, ErrBusy, the
// context's. No error's text has the key.
func (l *Ledger) ByLicense(ctx context.Context, key string) (e Entry, err error) {
	err = l.read(ctx, func(q queryer) error {
		e, err = byLicense(ctx, q, key, "")
		return err
	})
	return e, err
}

// byLicense does what ByLicense does. forUpdate is the end of the SELECT statement.
func byLicense(ctx context.Context, q queryer, key, forUpdate string) (Entry, error) {
	if key == "" || checkText("license key", key) != nil { // no entry can have this key
		return Entry{}, fmt.Errorf("license key: %w", ErrNotFound)
	}
	const where = `license_key = ? AND license_key <> '' ORDER BY id DESC LIMIT 1`
	e, err := get(ctx, q, where+forUpdate, key)
	if err != nil {
		return e, fmt.Errorf("license key: %w", err)
	}
	return e, nil
}

// Revoked records that a license was revoked. If that was recorded before, the first time stays.
// The entry keeps its claim: if a call is repeated, the order of a revoked license must not get,
// and pay for, a second one. A new order needs a new reference. See Done. Errors: ErrNotFound if
// no entry has the key, ErrBusy.
func (l *Ledger) Revoked(ctx context.Context, licenseKey string, at time.Time) error {
	return l.record(ctx, func(ctx context.Context, tx queryer) error {
		e, err := byLicense(ctx, tx, licenseKey, l.store.forUpdate())
		if err != nil || !e.RevokedAt.IsZero() {
			return err
		}
		_, err = tx.ExecContext(ctx,
			`UPDATE jetpack_start_entries SET revoked_at = ?, updated_at = ? WHERE id = ?`,
			at.UnixMicro(), l.now().UnixMicro(), e.ID)
		return err
	})
}

// Attached records the URL of the site that a license is attached to, or "" after it was detached.
// See Done. Errors: ErrNotFound if no entry has the key, ErrInvalid, ErrBusy.
func (l *Ledger) Attached(ctx context.Context, licenseKey, site string) error {
	if err := checkText("site", site); err != nil {
		return err
	}
	return l.record(ctx, func(ctx context.Context, tx queryer) error {
		e, err := byLicense(ctx, tx, licenseKey, l.store.forUpdate())
		if err != nil || e.Site == site {
			return err
		}
		_, err = tx.ExecContext(ctx,
			`UPDATE jetpack_start_entries SET site = ?, site_key = ?, updated_at = ? WHERE id = ?`,
			site, jetpack.SiteKey(site), l.now().UnixMicro(), e.ID)
		return err
	})
}
