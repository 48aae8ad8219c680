package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// change is a step from some states to another.
type change struct {
	to      State
	from    []State
	outcome Outcome
	code    string // why a call failed or was lost
	message string
	request string
	by      string // who settles
}

// Done writes down that the call succeeded and what it brought. It follows Begin, and Lose once a
// look has shown that the call had worked.
//
// Done, Fail, Lose, Attached, Revoked and RememberIdentity write down what has happened already.
// So they go on when ctx ends, and when the connection breaks, for as long as Options.BusyFor. The
// same call repeated changes nothing and is no error. Errors: ErrState, ErrNotFound, ErrInvalid,
// ErrBusy, the database's. After one the caller alone knows the outcome: it must say it, the
// license key above all.
func (l *Ledger) Done(ctx context.Context, id int64, o Outcome) error {
	return l.move(ctx, l.record, id, change{to: Done, from: []State{Intended, Unknown}, outcome: o})
}

// Fail writes down that the API said no: nothing was made, and the claim is given up. It follows
// Begin. See Done.
func (l *Ledger) Fail(ctx context.Context, id int64, code, message, requestID string) error {
	return l.move(
		ctx,
		l.record,
		id,
		change{
			to:      Failed,
			from:    []State{Intended},
			code:    code,
			message: message,
			request: requestID,
		},
	)
}

// Lose writes down that nobody knows what the call did. The claim stays. It follows Begin. See
// Done.
func (l *Ledger) Lose(ctx context.Context, id int64, code, message, requestID string) error {
	return l.move(
		ctx,
		l.record,
		id,
		change{
			to:      Unknown,
			from:    []State{Intended},
			code:    code,
			message: message,
			request: requestID,
		},
	)
}

// Settle writes down what became of an intended or unknown entry: Done, Failed or Void. by says
// whose word that is, or what was looked at; 1 to 255 bytes. Failed and Void give the claim up.
//
// Leave young intended entries alone: a process that is still waiting for its answer couldn't
// write it down afterwards. Errors: ErrState, also where another entry has the license key;
// ErrNotFound, ErrInvalid, ErrBusy, ErrUnsure (settle it again), the context's.
func (l *Ledger) Settle(ctx context.Context, id int64, state State, o Outcome, by string) error {
	switch {
	case state != Done && state != Failed && state != Void:
		return fmt.Errorf(
			"ledger: %w state %q: an entry is settled as %s, %s or %s", ErrInvalid, state, Done,
			Failed, Void,
		)
	case by == "":
		return fmt.Errorf("ledger: %w settlement: it doesn't say whose word it is", ErrInvalid)
	}
	if err := checkText("settlement", by); err != nil {
		return err
	}
	return l.move(
		ctx, l.write, id, change{to: state, from: []State{Intended, Unknown}, outcome: o, by: by},
	)
}

// move makes the change in one transaction, with the way of writing that is given.
func (l *Ledger) move(
	ctx context.Context,
	write func(context.Context, work) error,
	id int64,
	c change,
) error {
	if err := checkText("license key", c.outcome.LicenseKey); err != nil {
		return err
	}
	c.request = tidy(cmp.Or(c.request, c.outcome.RequestID), maxText)
	c.outcome.RequestID = c.request
	c.outcome.Detail = tidy(c.outcome.Detail, maxDetail)
	c.code, c.message = tidy(c.code, maxText), tidy(c.message, maxMessage)
	return write(ctx, func(ctx context.Context, tx queryer) error {
		e, err := get(ctx, tx, `id = ?`+l.store.forUpdate(), id)
		if err != nil {
			return fmt.Errorf("entry %d: %w", id, err)
		}
		changed := e
		c.apply(&changed)
		switch {
		case e.State == c.to && changed == e:
			return nil
		case !slices.Contains(c.from, e.State):
			return fmt.Errorf(
				"entry %d: %w: it is %s already, so it can't become %s now", id, ErrState, e.State,
				c.to,
			)
		case c.to == Done && e.Kind == License && changed.LicenseKey == "":
			return fmt.Errorf("entry %d: %w outcome: a license without its key", id, ErrInvalid)
		}
		if c.by != "" && changed.LicenseKey != "" {
			other, err := get(
				ctx, tx, `license_key = ? AND id <> ? ORDER BY id DESC LIMIT 1`, changed.LicenseKey,
				id,
			)
			if err == nil {
				return fmt.Errorf(
					"entry %d: %w: entry %d has this license key", id, ErrState, other.ID,
				)
			}
		}
		now := l.now()
		changed.UpdatedAt = now
		if c.by != "" {
			changed.SettledAt = now
		}
		return update(ctx, tx, changed)
	})
}

// apply puts into the entry what the change says; what it leaves empty stays.
func (c change) apply(e *Entry) {
	e.State = c.to
	e.LicenseKey = cmp.Or(c.outcome.LicenseKey, e.LicenseKey)
	e.LicenseID = cmp.Or(c.outcome.LicenseID, e.LicenseID)
	e.BlogID = cmp.Or(c.outcome.BlogID, e.BlogID)
	e.KeyID = cmp.Or(c.outcome.KeyID, e.KeyID)
	e.RequestID = cmp.Or(c.request, e.RequestID)
	e.Detail = cmp.Or(c.outcome.Detail, e.Detail)
	e.ErrorCode = cmp.Or(c.code, e.ErrorCode)
	e.ErrorMessage = cmp.Or(c.message, e.ErrorMessage)
	e.SettledBy = cmp.Or(c.by, e.SettledBy)
}

// update writes an entry back. Entries that came to nothing give their claim up.
func update(ctx context.Context, tx queryer, e Entry) error {
	claim := e.claim()
	if e.State == Failed || e.State == Void {
		claim.Valid = false
	}
	_, err := tx.ExecContext(
		ctx,
		`UPDATE jetpack_start_entries SET state = ?, claim = ?, license_key = ?, license_id = ?, blog_id = ?,
		key_id = ?, request_id = ?, detail = ?, error_code = ?, error_message = ?, settled_by = ?, settled_at = ?, updated_at = ?
		WHERE id = ?`,
		e.State,
		claim,
		e.LicenseKey,
		e.LicenseID,
		e.BlogID,
		e.KeyID,
		e.RequestID,
		e.Detail,
		e.ErrorCode,
		e.ErrorMessage,
		e.SettledBy,
		microsOf(e.SettledAt),
		e.UpdatedAt.UnixMicro(),
		e.ID,
	)
	return err
}
