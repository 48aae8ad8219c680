// Package licensing makes the calls that cost money, issuing licenses and creating partner keys,
// and records them: each is written to a ledger as intended before the call, and with its outcome
// after it. Calls whose answer was lost are settled later, by the site's status or by the operator.
package licensing

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
)

// API is the part of the Licensing API that a Service calls. *jetpack.Licensing implements it.
type API interface {
	Issue(ctx context.Context, product string) (jetpack.License, error)
	License(ctx context.Context, key string) (jetpack.License, error)
	Revoke(ctx context.Context, key string) (jetpack.License, error)
	Attach(ctx context.Context, key, site string) (jetpack.License, error)
	Detach(ctx context.Context, key string, mail bool) (jetpack.License, error)
}

// Ledger is where a Service records calls and their outcomes. *ledger.Ledger implements it and
// documents the methods.
type Ledger interface {
	Begin(ctx context.Context, i ledger.Intent) (ledger.Entry, error)
	Done(ctx context.Context, id int64, o ledger.Outcome) error
	Fail(ctx context.Context, id int64, code, message, requestID string) error
	Lose(ctx context.Context, id int64, code, message, requestID string) error
	Attached(ctx context.Context, licenseKey, site string) error
	Revoked(ctx context.Context, licenseKey string, at time.Time) error
	Get(ctx context.Context, id int64) (ledger.Entry, error)
	List(ctx context.Context, f ledger.Filter) iter.Seq2[ledger.Entry, error]
	Settle(ctx context.Context, id int64, state ledger.State, o ledger.Outcome, by string) error
}

// Service issues, revokes, attaches and detaches licenses, creates partner keys, and settles the
// ledger's open entries. All of its fields but IgnoreOpen must be set.
type Service struct {
	API    API
	Ledger Ledger
	// Warn is called with what a person should know although the call succeeded, and with a hint,
	// which may be empty.
	Warn func(text, hint string)
	Now  func() time.Time
	// IgnoreOpen makes a call without a reference also if an earlier one like it may have
	// succeeded.
	IgnoreOpen bool
}

// Codes of this package's own errors.
const (
	CodeRevoked      = "license_revoked"    // the license of the reference was revoked
	CodeLedger       = "ledger_error"       // the ledger can't be written; nothing was sent
	CodeUnsaved      = "ledger_unsaved"     // the license was issued but couldn't be recorded
	CodeTooYoung     = "entry_too_young"    // the entry's process may still be running
	CodeMismatch     = "license_mismatch"   // the license isn't what the entry asked for
	CodeKeyExists    = "partner_key_exists" // the reference has its partner key
	CodeUnknownEntry = "unknown_entry"      // the ledger has no such entry
	CodeSettled      = "entry_settled"      // the entry isn't open any more
)

const hintReconcile = "jetpack-start license reconcile lists the open entries and settles them"

// recordFailure records a call that failed and returns the error to report. If the answer was
// lost, the error's code is failure.OutcomeUnknown, and lost is what may have happened.
func (s *Service) recordFailure(ctx context.Context, id int64, lost string, cause error) error {
	code, message, requestID := "failed", cause.Error(), ""
	var api *jetpack.Error
	if errors.As(cause, &api) {
		code, message, requestID = api.Code, api.Message, api.RequestID
	}
	if api == nil || !api.Lost() {
		if err := s.Ledger.Fail(ctx, id, code, message, requestID); err != nil {
			s.Warn(fmt.Sprintf("entry %d stays open: %v", id, err),
				"nothing was made; settle it with license reconcile --void")
		}
		return cause
	}
	if err := s.Ledger.Lose(ctx, id, code, message, requestID); err != nil {
		s.Warn(fmt.Sprintf("entry %d stays intended: %v", id, err), "")
	}
	return &failure.Error{
		Code: failure.OutcomeUnknown, Hint: hintReconcile, EntryID: id, Err: cause,
		Message: fmt.Sprintf("the answer was lost, %s (entry %d): %v", lost, id, cause),
	}
}

// errNotRecorded returns the error of a call that wasn't made because its intent couldn't be
// written.
func errNotRecorded(err error) error {
	return &failure.Error{
		Code: CodeLedger, Err: err, Retryable: errors.Is(err, ledger.ErrBusy),
		Message: fmt.Sprintf("the ledger could not be written, so nothing was sent: %v", err),
	}
}
