// Package failure holds the error that jetpack-start's own decisions end in. What the partner API
// refuses is a jetpack.Error, and what WP-CLI fails at is a wpcli.Error.
package failure

// OutcomeUnknown is the code of a call that may have cost money, but whose answer was lost.
const OutcomeUnknown = "outcome_unknown"

// Error is a decision not to go on, or not to call something done.
type Error struct {
	Code      string // in snake_case, for machines; see jetpack-start errors
	Message   string // one line, for people
	Hint      string // what to do about it; "" if the code's own hint will do
	Retryable bool   // the same command may succeed later
	EntryID   int64  // the entry of the ledger that the error is about, 0 if none
	Err       error  // the cause, or nil
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
