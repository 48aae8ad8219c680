package licensing

import (
	"context"
	"errors"
	"fmt"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
)

// KeyAPI creates partner keys; *jetpack.Client does.
type KeyAPI interface {
	CreatePartnerKey(ctx context.Context, r jetpack.PartnerKeyRequest) (jetpack.PartnerKey, error)
}

// CreateKey creates a partner key. The ledger holds its ID, never its secret, which the API shows
// this once: a reference that has its key already is refused, because the secret can't be shown
// again.
func (s *Service) CreateKey(
	ctx context.Context, api KeyAPI, r jetpack.PartnerKeyRequest, reference string,
) (jetpack.PartnerKey, error) {
	entry, err := s.Ledger.Begin(
		ctx, ledger.Intent{Kind: ledger.PartnerKey, Product: r.Name, Reference: reference},
	)
	if errors.Is(err, ledger.ErrClaimed) {
		code, message := CodeKeyExists, fmt.Sprintf(
			"reference %q has its partner key already (entry %d, key %d); its secret was shown once",
			reference, entry.ID, entry.KeyID,
		)
		if entry.State != ledger.Done {
			code, message = failure.OutcomeUnknown, fmt.Sprintf(
				"nobody knows whether the partner key for reference %q was created (entry %d, %s): nothing was sent",
				reference, entry.ID, entry.State,
			)
		}
		return jetpack.PartnerKey{}, &failure.Error{Code: code, EntryID: entry.ID, Message: message}
	}
	if err != nil {
		return jetpack.PartnerKey{}, notWritten(err)
	}
	key, err := api.CreatePartnerKey(ctx, r)
	if err != nil && key.ClientSecret == "" {
		return key, s.notMade(ctx, entry.ID, "a partner key may have been created", err)
	}
	if err := s.Ledger.Done(ctx, entry.ID, ledger.Outcome{KeyID: key.ID, RequestID: key.RequestID}); err != nil {
		s.Warn(
			fmt.Sprintf(
				"the key was created, but entry %d could not be written: %v", entry.ID, err,
			),
			"",
		)
	}
	return key, nil
}
