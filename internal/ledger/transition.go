package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// transition is a change of an entry's state, and what is recorded with it.
type transition struct {
	to      State
	from    []State // the states in which it is possible
	outcome Outcome
	code    string // why the call failed or its answer was lost
	message string
	request string
	by      string // who settles the entry; "" if it isn't settled
}

// apply makes the transition in one transaction. write is l.write or l.record.
func (l *Ledger) apply(
	ctx context.Context, write func(context.Context, txFunc) error, id int64, t transition,
) error {
	if err := checkText("license key", t.outcome.LicenseKey); err != nil {
		return err
	}
	t.request = sanitize(cmp.Or(t.request, t.outcome.RequestID), maxText)
	t.outcome.Detail = sanitize(t.outcome.Detail, maxDetail)
	t.code, t.message = sanitize(t.code, maxText), sanitize(t.message, maxMessage)
	return write(ctx, func(ctx context.Context, tx queryer) error {
		e, err := get(ctx, tx, `id = ?`+l.store.forUpdate(), id)
		if err != nil {
			return fmt.Errorf("entry %d: %w", id, err)
		}
		changed := t.changed(e)
		switch {
		case changed == e:
			return nil
		case !slices.Contains(t.from, e.State):
			return fmt.Errorf("entry %d: %w: it is %s already, so it can't become %s now",
				id, ErrState, e.State, t.to)
		case t.to == Done && e.Kind == License && changed.LicenseKey == "":
			return fmt.Errorf("entry %d: %w outcome: a license without its key", id, ErrInvalid)
		}
		if t.by != "" && changed.LicenseKey != "" {
			if err := checkUnused(ctx, tx, changed.LicenseKey, id); err != nil {
				return err
			}
		}
		changed.UpdatedAt = l.now()
		if t.by != "" {
			changed.SettledAt = changed.UpdatedAt
		}
		return update(ctx, tx, changed)
	})
}

// checkUnused returns ErrState if an entry other than id has the license key.
func checkUnused(ctx context.Context, tx queryer, licenseKey string, id int64) error {
	const where = `license_key = ? AND id <> ? ORDER BY id DESC LIMIT 1`
	other, err := get(ctx, tx, where, licenseKey, id)
	switch {
	case err == nil:
		return fmt.Errorf("entry %d: %w: entry %d has this license key", id, ErrState, other.ID)
	case errors.Is(err, ErrNotFound):
		return nil
	}
	return err
}

// changed returns the entry after the transition. Fields that are empty in t stay as they are.
func (t transition) changed(e Entry) Entry {
	e.State = t.to
	e.LicenseKey = cmp.Or(t.outcome.LicenseKey, e.LicenseKey)
	e.LicenseID = cmp.Or(t.outcome.LicenseID, e.LicenseID)
	e.BlogID = cmp.Or(t.outcome.BlogID, e.BlogID)
	e.KeyID = cmp.Or(t.outcome.KeyID, e.KeyID)
	e.RequestID = cmp.Or(t.request, e.RequestID)
	e.Detail = cmp.Or(t.outcome.Detail, e.Detail)
	e.ErrorCode = cmp.Or(t.code, e.ErrorCode)
	e.ErrorMessage = cmp.Or(t.message, e.ErrorMessage)
	e.SettledBy = cmp.Or(t.by, e.SettledBy)
	return e
}

// update writes an entry back. Failed and void entries release their claim.
func update(ctx context.Context, tx queryer, e Entry) error {
	claim := e.claim()
	if e.State == Failed || e.State == Void {
		claim.Valid = false
	}
	_, err := tx.ExecContext(ctx, `UPDATE jetpack_start_entries
		SET state = ?, claim = ?, license_key = ?, license_id = ?, blog_id = ?, key_id = ?,
			request_id = ?, detail = ?, error_code = ?, error_message = ?, settled_by = ?,
			settled_at = ?, updated_at = ?
		WHERE id = ?`,
		e.State, claim, e.LicenseKey, e.LicenseID, e.BlogID, e.KeyID,
		e.RequestID, e.Detail, e.ErrorCode, e.ErrorMessage, e.SettledBy,
		microsOf(e.SettledAt), e.UpdatedAt.UnixMicro(), e.ID)
	return err
}
