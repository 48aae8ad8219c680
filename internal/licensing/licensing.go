// Package licensing spends money and keeps account of it: it issues licenses and partner keys with
// the ledger's intent written before the call and the outcome after it, and finds out what became
// of calls whose answer was lost.
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

// API is what a Service needs of the Licensing API; *jetpack.Licensing is one.
type API interface {
	Issue(ctx context.Context, product string) (jetpack.License, error)
	License(ctx context.Context, key string) (jetpack.License, error)
	Revoke(ctx context.Context, key string) (jetpack.License, error)
	Attach(ctx context.Context, key, site string) (jetpack.License, error)
	Detach(ctx context.Context, key string, mail bool) (jetpack.License, error)
}

// Ledger is where a Service writes down what it asks for and what came of it; *ledger.Ledger is one,
// and says what each method promises.
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

// Service carries out what concerns licenses.
type Service struct {
	API    API
	Ledger Ledger
	// Warn is told what a person should know, with a hint ("" = none).
	Warn func(text, hint string)
	Now  func() time.Time
}

// Codes of failures that are ours.
const (
	CodeRevoked  = "license_revoked"  // the license of the reference was revoked
	CodeLedger   = "ledger_error"     // the ledger can't be written; nothing was sent
	CodeUnsaved  = "ledger_unsaved"   // it was made, and could not be written down
	CodeTooYoung = "entry_too_young"  // the process that made the entry may still be at work
	CodeMismatch = "license_mismatch" // the license isn't what the entry asked for

	CodeKeyExists = "partner_key_exists" // the reference has its partner key, whose secret was shown once
)

const hintReconcile = "jetpack-start license reconcile shows what is open, and settles it"

// Issued is a license with the entry that it stands in.
type Issued struct {
	License jetpack.License
	Entry   ledger.Entry
	// Unchanged says that the reference had its license already, and nothing was sent.
	Unchanged bool
}

// Issue issues a license. The same reference again gives the same license. A reference whose
// earlier call had its answer lost is refused until that is settled: a second license would be
// paid for.
func (s *Service) Issue(ctx context.Context, product, reference, site string) (Issued, error) {
	entry, err := s.Ledger.Begin(
		ctx,
		ledger.Intent{Kind: ledger.License, Product: product, Reference: reference, Site: site},
	)
	if errors.Is(err, ledger.ErrClaimed) {
		return s.claimed(entry)
	}
	if err != nil {
		return Issued{}, notWritten(err)
	}
	license, err := s.API.Issue(ctx, product)
	issued := Issued{License: license, Entry: entry}
	if license.Key != "" { // also beside an error: a bad answer can still name the license that was made
		return issued, s.made(ctx, &issued)
	}
	return issued, s.notMade(ctx, entry.ID, "a license may have been issued and billed", err)
}

// claimed answers for a reference that has an entry.
func (s *Service) claimed(entry ledger.Entry) (Issued, error) {
	issued := Issued{
		Entry: entry, Unchanged: true,
		License: jetpack.License{
			ID:        entry.LicenseID,
			Key:       entry.LicenseKey,
			RequestID: entry.RequestID,
		},
	}
	switch {
	case entry.State != ledger.Done:
		return issued, &failure.Error{
			Code: failure.OutcomeUnknown, Hint: hintReconcile, EntryID: entry.ID,
			Message: fmt.Sprintf(
				"nobody knows whether the license for reference %q was issued (entry %d, %s): nothing was sent",
				entry.Reference, entry.ID, entry.State,
			),
		}
	case !entry.RevokedAt.IsZero():
		return issued, &failure.Error{
			Code: CodeRevoked, EntryID: entry.ID,
			Message: fmt.Sprintf(
				"the license for reference %q was revoked on %s: nothing was sent", entry.Reference,
				entry.RevokedAt.Format(time.DateOnly),
			),
		}
	}
	return issued, nil
}

// made writes down a license that was issued.
func (s *Service) made(ctx context.Context, issued *Issued) error {
	l := issued.License
	if slug, ok := jetpack.ProductOf(l.Key); ok && slug != issued.Entry.Product {
		s.Warn(
			fmt.Sprintf("the license is for %s, %s was asked for", slug, issued.Entry.Product), "",
		)
	}
	err := s.Ledger.Done(
		ctx, issued.Entry.ID,
		ledger.Outcome{LicenseKey: l.Key, LicenseID: l.ID, RequestID: l.RequestID},
	)
	if err != nil {
		return &failure.Error{
			Code: CodeUnsaved, EntryID: issued.Entry.ID, Err: err,
			Message: fmt.Sprintf(
				"the license was issued, but the ledger could not be written: keep the key (entry %d): %v",
				issued.Entry.ID, err,
			),
		}
	}
	issued.Entry.State = ledger.Done
	return nil
}

// notMade writes down a call that brought nothing: refused, or with an answer that was lost, so
// that maybe holds.
func (s *Service) notMade(ctx context.Context, id int64, maybe string, cause error) error {
	var api *jetpack.Error
	code, message, request, lost := "failed", cause.Error(), "", false
	if errors.As(cause, &api) {
		code, message, request, lost = api.Code, api.Message, api.RequestID, api.Lost()
	}
	if !lost {
		if err := s.Ledger.Fail(ctx, id, code, message, request); err != nil {
			s.Warn(
				fmt.Sprintf("entry %d stays open: %v", id, err),
				"license reconcile settles it: nothing was made",
			)
		}
		return cause
	}
	if err := s.Ledger.Lose(ctx, id, code, message, request); err != nil {
		s.Warn(fmt.Sprintf("entry %d stays as it was: %v", id, err), "")
	}
	return &failure.Error{
		Code: failure.OutcomeUnknown, Hint: hintReconcile, EntryID: id, Err: cause,
		Message: fmt.Sprintf("the answer was lost, %s (entry %d): %v", maybe, id, cause),
	}
}

func notWritten(err error) error {
	return &failure.Error{
		Code: CodeLedger, Err: err, Retryable: errors.Is(err, ledger.ErrBusy),
		Message: fmt.Sprintf("the ledger could not be written, so nothing was sent: %v", err),
	}
}

// Revoke revokes a license for good.
func (s *Service) Revoke(ctx context.Context, key string) (jetpack.License, error) {
	license, err := s.API.Revoke(ctx, key)
	if err != nil {
		return license, err
	}
	at := license.RevokedAt
	if at.IsZero() {
		at = s.Now()
	}
	return license, s.noted(s.Ledger.Revoked(ctx, key, at))
}

// Attach attaches a license to a site: an URL, a blog ID or domain::path.
func (s *Service) Attach(ctx context.Context, key, site string) (jetpack.License, error) {
	license, err := s.API.Attach(ctx, key, site)
	if err != nil {
		return license, err
	}
	return license, s.noted(s.Ledger.Attached(ctx, key, site))
}

// Detach detaches a license; mail says whether the customer is told.
func (s *Service) Detach(ctx context.Context, key string, mail bool) (jetpack.License, error) {
	license, err := s.API.Detach(ctx, key, mail)
	if err != nil {
		return license, err
	}
	return license, s.noted(s.Ledger.Attached(ctx, key, ""))
}

// noted makes a warning of what could not be written down: the API did what it was asked, and not
// every license came through this ledger.
func (s *Service) noted(err error) error {
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		s.Warn("the ledger could not be written: "+err.Error(), "")
	}
	return nil
}
