package licensing

import (
	"context"
	"errors"
	"fmt"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
)

// KeyAPI creates partner keys. *jetpack.Client implements it.
type KeyAPI interface {
	CreatePartnerKey(ctx context.Context, r jetpack.PartnerKeyRequest) (jetpack.PartnerKey, error)
}

// CreateKey creates a partner key and records its ID under reference. The secret, which the API
// shows only once, is not recorded: a reference that has its key is refused with CodeKeyExists.
func (s *Service) CreateKey(
	ctx context.Context, api KeyAPI, r jetpack.PartnerKeyRequest, reference string,
) (jetpack.PartnerKey, error) {
	intent := ledger.Intent{Kind: ledger.PartnerKey, Product: r.Name, Reference: reference}
	if _, err := s.checkOpen(ctx, intent); err != nil {
		return jetpack.PartnerKey{}, err
	}
	entry, err := s.Ledger.Begin(ctx, intent)
	if errors.Is(err, ledger.ErrClaimed) {
		return jetpack.PartnerKey{}, errKeyClaimed(reference, entry)
	}
	if err != nil {
		return jetpack.PartnerKey{}, errNotRecorded(err)
	}
	key, err := api.CreatePartnerKey(ctx, r)
	if err != nil && key.ClientSecret == "" {
		return key, s.recordFailure(ctx, entry.ID, "a partner key may have been created", err)
	}
	o := ledger.Outcome{KeyID: key.ID, RequestID: key.RequestID}
	if err := s.Ledger.Done(ctx, entry.ID, o); err != nil {
		const format = "the key was created, but entry %d could not be written: %v"
		s.Warn(fmt.Sprintf(format, entry.ID, err), "")
	}
	return key, nil
}

// errKeyClaimed returns the error for a reference that has an entry.
func errKeyClaimed(reference string, entry ledger.Entry) error {
	if entry.State != ledger.Done {
		return &failure.Error{
			Code: failure.OutcomeUnknown, EntryID: entry.ID,
			Message: fmt.Sprintf("it is unknown whether the partner key for reference %q was "+
				"created (entry %d, %s): nothing was sent", reference, entry.ID, entry.State),
		}
	}
	return &failure.Error{
		Code: CodeKeyExists, EntryID: entry.ID,
		Message: fmt.Sprintf("reference %q already has its partner key (entry %d, key %d); "+
			"its secret was shown once", reference, entry.ID, entry.KeyID),
	}
}
