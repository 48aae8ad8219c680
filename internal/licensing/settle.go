package licensing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
)

// SettleLicense settles an entry with the license that the operator found, after asking the API
// for it.
func (s *Service) SettleLicense(
	ctx context.Context, id int64, key, by string, minAge time.Duration,
) (ledger.Entry, error) {
	entry, err := s.openEntry(ctx, id, ledger.License, minAge)
	if err != nil {
		return entry, err
	}
	if slug, ok := jetpack.ProductOf(key); ok && slug != entry.Product {
		return entry, &failure.Error{
			Code: CodeMismatch, EntryID: id,
			Message: fmt.Sprintf("the license is for %s, but entry %d requested %s",
				slug, id, entry.Product),
		}
	}
	license, err := s.API.License(ctx, key)
	if err != nil {
		return entry, err
	}
	return s.settle(ctx, entry, ledger.Done, ledger.Outcome{
		LicenseKey: license.Key, LicenseID: license.ID, RequestID: license.RequestID,
	}, by)
}

// SettleKey settles an entry with the ID of the partner key that the operator found. The key's
// secret was lost with the answer.
func (s *Service) SettleKey(
	ctx context.Context, id, keyID int64, by string, minAge time.Duration,
) (ledger.Entry, error) {
	entry, err := s.openEntry(ctx, id, ledger.PartnerKey, minAge)
	if err != nil {
		return entry, err
	}
	return s.settle(ctx, entry, ledger.Done, ledger.Outcome{KeyID: keyID}, by)
}

// SettleVoid settles an entry of which the operator says that nothing was made. Its reference can
// be used again.
func (s *Service) SettleVoid(
	ctx context.Context, id int64, by string, minAge time.Duration,
) (ledger.Entry, error) {
	entry, err := s.openEntry(ctx, id, "", minAge)
	if err != nil {
		return entry, err
	}
	return s.settle(ctx, entry, ledger.Void, ledger.Outcome{}, by)
}

// settle settles an entry in the ledger and returns it as it is then.
func (s *Service) settle(
	ctx context.Context, entry ledger.Entry, state ledger.State, o ledger.Outcome, by string,
) (ledger.Entry, error) {
	if err := s.Ledger.Settle(ctx, entry.ID, state, o, by); err != nil {
		return entry, err
	}
	return s.Ledger.Get(ctx, entry.ID)
}

// openEntry returns an entry that the operator may settle: open, of the given kind ("" for any)
// and at least minAge old.
func (s *Service) openEntry(
	ctx context.Context, id int64, kind ledger.Kind, minAge time.Duration,
) (ledger.Entry, error) {
	entry, err := s.Ledger.Get(ctx, id)
	refused := &failure.Error{EntryID: id}
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		refused.Code, refused.Err = CodeUnknownEntry, err
		refused.Message = fmt.Sprintf("the ledger has no entry %d", id)
	case err != nil:
		return entry, err
	case kind != "" && entry.Kind != kind:
		refused.Code = CodeMismatch
		refused.Message = fmt.Sprintf("entry %d is a %s", id, entry.Kind)
	case !entry.State.Open():
		refused.Code = CodeSettled
		refused.Message = fmt.Sprintf("entry %d is already %s", id, entry.State)
	case s.Now().Sub(entry.CreatedAt) < minAge:
		refused.Code, refused.Retryable = CodeTooYoung, true
		refused.Message = fmt.Sprintf(
			"entry %d was created less than %v ago; its process may still be running", id, minAge)
	default:
		return entry, nil
	}
	return entry, refused
}
