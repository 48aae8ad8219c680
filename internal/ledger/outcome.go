package ledger

import (
	"context"
	"fmt"
)

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
