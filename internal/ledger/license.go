package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// get reads one entry; ErrNotFound where there is none.
func get(ctx context.Context, q queryer, where string, args ...any) (Entry, error) {
	e, err := scanEntry(
		q.QueryRowContext(
			ctx,
			`SELECT `+columns+` FROM jetpack_start_entries WHERE `+where,
			args...),
	)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return e, err
}

// Get gives the entry with an ID. Errors: ErrNotFound, ErrBusy, the context's.
func (l *Ledger) Get(ctx context.Context, id int64) (e Entry, err error) {
	err = l.read(ctx, func(q queryer) (err error) {
		if e, err = get(ctx, q, `id = ?`, id); err != nil {
			return fmt.Errorf("entry %d: %w", id, err)
		}
		return nil
	})
	return e, err
}

// ByLicense gives the entry with a license key. Errors: ErrNotFound, ErrBusy, the context's; none
// quotes the key.
func (l *Ledger) ByLicense(ctx context.Context, key string) (e Entry, err error) {
	err = l.read(ctx, func(q queryer) error {
		e, err = byLicense(ctx, q, key, "")
		return err
	})
	return e, err
}

func byLicense(ctx context.Context, q queryer, key, forUpdate string) (Entry, error) {
	if key == "" || checkText("license key", key) != nil { // no entry has one like that
		return Entry{}, fmt.Errorf("license key: %w", ErrNotFound)
	}
	e, err := get(
		ctx, q, `license_key = ? AND license_key <> '' ORDER BY id DESC LIMIT 1`+forUpdate, key,
	)
	if err != nil {
		return e, fmt.Errorf("license key: %w", err)
	}
	return e, nil
}

// Revoked writes down that a license was revoked. The claim stays: an order whose license was
// revoked must not get another, paid one because a call was repeated; a new order has a new
// reference. The first call's time stays. See Done. Errors: ErrNotFound where the ledger doesn't
// know the key, ErrBusy.
func (l *Ledger) Revoked(ctx context.Context, licenseKey string, at time.Time) error {
	return l.record(ctx, func(ctx context.Context, tx queryer) error {
		e, err := byLicense(ctx, tx, licenseKey, l.store.forUpdate())
		if err != nil || !e.RevokedAt.IsZero() {
			return err
		}
		_, err = tx.ExecContext(
			ctx, `UPDATE jetpack_start_entries SET revoked_at = ?, updated_at = ? WHERE id = ?`,
			at.UnixMicro(), l.now().UnixMicro(), e.ID,
		)
		return err
	})
}

// Attached writes down the site that a license is on; "" when it was detached. See Done.
// Errors: ErrNotFound where the ledger doesn't know the key, ErrInvalid, ErrBusy.
func (l *Ledger) Attached(ctx context.Context, licenseKey, site string) error {
	if err := checkText("site", site); err != nil {
		return err
	}
	return l.record(ctx, func(ctx context.Context, tx queryer) error {
		e, err := byLicense(ctx, tx, licenseKey, l.store.forUpdate())
		if err != nil || e.Site == site {
			return err
		}
		_, err = tx.ExecContext(
			ctx,
			`UPDATE jetpack_start_entries SET site = ?, site_key = ?, updated_at = ? WHERE id = ?`,
			site, siteKey(site), l.now().UnixMicro(), e.ID,
		)
		return err
	})
}
