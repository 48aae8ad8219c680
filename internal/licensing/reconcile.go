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

// StatusAPI says what a site has; *jetpack.Client does. It is nil where there are no credentials
// for it.
type StatusAPI interface {
	Status(ctx context.Context, site string) (jetpack.Status, error)
}

// Found is an open entry and what looking said.
type Found struct {
	Entry ledger.Entry
	// Settled says that looking settled it, and Note what was seen or what the operator has to say.
	Settled bool
	Note    string
}

// Reconcile goes through the open entries, oldest first, and settles those whose outcome can be
// seen: a plan on a site. Whether a license or a partner key was made can't be asked by what it
// was asked for: the operator finds it in the partner portal and says so with SettleLicense or
// SettleVoid. Entries younger than minAge are left to the process that made them.
func (s *Service) Reconcile(
	ctx context.Context, api StatusAPI, minAge time.Duration,
) ([]Found, error) {
	var all []Found
	for entry, err := range s.Ledger.List(ctx, ledger.Filter{OpenOnly: true, Oldest: true}) {
		if err != nil {
			return all, err
		}
		f := Found{Entry: entry}
		switch {
		case s.Now().Sub(entry.CreatedAt) < minAge:
			f.Note = "young: the process that made it may still be at work"
		case entry.Kind == ledger.License:
			f.Note = "look for it in the partner portal, then say --license-key=KEY or --void"
		case entry.Kind == ledger.PartnerKey:
			f.Note = "look for it in the partner portal, then say --key-id=ID or --void"
		case api == nil:
			f.Note = "needs the partner's credentials, to look at the site's status"
		default:
			var err error
			if f, err = s.lookAtSite(ctx, api, entry); err != nil {
				return append(all, f), err
			}
		}
		all = append(all, f)
	}
	return all, nil
}

// lookAtSite settles a provision by the site's status.
func (s *Service) lookAtSite(ctx context.Context, api StatusAPI, entry ledger.Entry) (Found, error) {
	f := Found{Entry: entry}
	id, err := jetpack.SiteIdentifier(entry.Site)
	if err != nil {
		f.Note = err.Error()
		return f, nil
	}
	status, err := api.Status(ctx, id)
	if err != nil {
		f.Note = "the status can't be read: " + err.Error()
		return f, nil
	}
	state, note := ledger.Failed, "the status doesn't show the plan"
	for _, product := range status.Products {
		if product.Slug == entry.Product && product.ByCallingPartner {
			state, note = ledger.Done, "the status shows the plan"
		}
	}
	if err := s.Ledger.Settle(ctx, entry.ID, state, ledger.Outcome{RequestID: status.RequestID}, note); err != nil {
		return f, err
	}
	f.Settled, f.Note, f.Entry.State = true, note, state
	return f, nil
}

// SettleLicense settles an entry with the license that the operator found, after a look at it.
func (s *Service) SettleLicense(
	ctx context.Context, id int64, key, by string, minAge time.Duration,
) (ledger.Entry, error) {
	entry, err := s.settleable(ctx, id, ledger.License, minAge)
	if err != nil {
		return entry, err
	}
	if slug, ok := jetpack.ProductOf(key); ok && slug != entry.Product {
		return entry, &failure.Error{
			Code:    CodeMismatch,
			EntryID: id,
			Message: fmt.Sprintf(
				"the license is for %s, entry %d asked for %s", slug, id, entry.Product,
			),
		}
	}
	license, err := s.API.License(ctx, key)
	if err != nil {
		return entry, err
	}
	o := ledger.Outcome{
		LicenseKey: license.Key,
		LicenseID:  license.ID,
		RequestID:  license.RequestID,
	}
	if err := s.Ledger.Settle(ctx, id, ledger.Done, o, by); err != nil {
		return entry, err
	}
	return s.Ledger.Get(ctx, id)
}

// SettleKey settles an entry with the ID of the partner key that the operator found. Its secret
// was lost with the answer.
func (s *Service) SettleKey(
	ctx context.Context, id, keyID int64, by string, minAge time.Duration,
) (ledger.Entry, error) {
	if entry, err := s.settleable(ctx, id, ledger.PartnerKey, minAge); err != nil {
		return entry, err
	}
	if err := s.Ledger.Settle(ctx, id, ledger.Done, ledger.Outcome{KeyID: keyID}, by); err != nil {
		return ledger.Entry{}, err
	}
	return s.Ledger.Get(ctx, id)
}

// SettleVoid settles an entry by the operator's word that nothing was made. The reference is free
// again.
func (s *Service) SettleVoid(
	ctx context.Context, id int64, by string, minAge time.Duration,
) (ledger.Entry, error) {
	entry, err := s.settleable(ctx, id, "", minAge)
	if err != nil {
		return entry, err
	}
	if err := s.Ledger.Settle(ctx, id, ledger.Void, ledger.Outcome{}, by); err != nil {
		return entry, err
	}
	return s.Ledger.Get(ctx, id)
}

// settleable refuses what must not be settled by hand.
func (s *Service) settleable(
	ctx context.Context, id int64, kind ledger.Kind, minAge time.Duration,
) (ledger.Entry, error) {
	entry, err := s.Ledger.Get(ctx, id)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return entry, &failure.Error{
			Code:    "unknown_entry",
			EntryID: id,
			Message: fmt.Sprintf("the ledger has no entry %d", id),
			Err:     err,
		}
	case err != nil:
		return entry, err
	case kind != "" && entry.Kind != kind:
		return entry, &failure.Error{
			Code:    CodeMismatch,
			EntryID: id,
			Message: fmt.Sprintf("entry %d is a %s", id, entry.Kind),
		}
	case !entry.State.Open():
		return entry, &failure.Error{
			Code:    "entry_settled",
			EntryID: id,
			Message: fmt.Sprintf("entry %d is %s already", id, entry.State),
		}
	case s.Now().Sub(entry.CreatedAt) < minAge:
		return entry, &failure.Error{
			Code: CodeTooYoung, EntryID: id, Retryable: true,
			Message: fmt.Sprintf(
				"entry %d is younger than %v: the process that made it may still be at work", id,
				minAge,
			),
		}
	}
	return entry, nil
}
