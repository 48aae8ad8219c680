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

// Done records that the call succeeded, and its result. It is possible after Begin, and after Lose
// when it has turned out that the call had succeeded.
//
// Done, Fail, Lose, Attached, Revoked and RememberIdentity record what has already happened. So
// they go on after ctx is done and after a lost connection, for as long as Options.BusyFor.
// Repeating the same call changes nothing and is no error. Errors: ErrState, ErrNotFound,
// ErrInvalid, ErrBusy, ErrUnsure, the database's. After an error only the caller knows the
// outcome: it must report it, above all the license key.
func (l *Ledger) Done(ctx context.Context, id int64, o Outcome) error {
	t := transition{to: Done, from: []State{Intended, Unknown}, outcome: o}
	return l.apply(ctx, l.record, id, t)
}

// Fail records that the API refused the call, so that nothing was made, and releases the claim. It
// is possible after Begin. See Done.
func (l *Ledger) Fail(ctx context.Context, id int64, code, message, requestID string) error {
	return l.apply(ctx, l.record, id, transition{
		to: Failed, from: []State{Intended}, code: code, message: message, request: requestID,
	})
}

// Lose records that the call's outcome isn't known: its answer was lost. The entry keeps its claim.
// It is possible after Begin. See Done.
func (l *Ledger) Lose(ctx context.Context, id int64, code, message, requestID string) error {
	return l.apply(ctx, l.record, id, transition{
		to: Unknown, from: []State{Intended}, code: code, message: message, request: requestID,
	})
}

// Settle records the outcome of an intended or unknown entry that was determined later: Done,
// Failed or Void. by is who determined it, or how; 1 to 255 bytes. Failed and Void release the
// claim.
//
// Don't settle an intended entry that is young: a process that still waits for the answer couldn't
// record it afterwards. Errors: ErrState, also if another entry has the license key; ErrNotFound;
// ErrInvalid; ErrBusy; ErrUnsure (call Settle again); the context's.
func (l *Ledger) Settle(ctx context.Context, id int64, state State, o Outcome, by string) error {
	switch {
	case state != Done && state != Failed && state != Void:
		return fmt.Errorf("ledger: %w state %q: an entry is settled as %s, %s or %s",
			ErrInvalid, state, Done, Failed, Void)
	case by == "":
		return fmt.Errorf("ledger: %w settlement: it doesn't say who settles the entry", ErrInvalid)
	}
	if err := checkText("settlement", by); err != nil {
		return err
	}
	t := transition{to: state, from: []State{Intended, Unknown}, outcome: o, by: by}
	return l.apply(ctx, l.write, id, t)
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
