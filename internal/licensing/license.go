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

// Issued is a license and its entry in the ledger.
type Issued struct {
	License jetpack.License
	Entry   ledger.Entry
	// Unchanged is set if the reference had its license already, and nothing was sent.
	Unchanged bool
}

// Issue issues a license for a product and records it under reference. A reference that has its
// license gets the same one again; one whose license was revoked is refused with CodeRevoked. One
// whose earlier call has no known outcome is refused with failure.OutcomeUnknown until it is
// settled, because a second license would be billed too; so is a call without a reference for a day
// after such a call for the product. With CodeUnsaved the license was issued, and only the Issued
// beside the error holds its key.
func (s *Service) Issue(ctx context.Context, product, reference, site string) (Issued, error) {
	intent := ledger.Intent{
		Kind: ledger.License, Product: product, Reference: reference, Site: site,
	}
	entry, err := s.checkOpen(ctx, intent)
	if err != nil {
		return Issued{Entry: entry}, err
	}
	entry, err = s.Ledger.Begin(ctx, intent)
	if errors.Is(err, ledger.ErrClaimed) {
		return issuedBefore(entry)
	}
	if err != nil {
		return Issued{}, errNotRecorded(err)
	}
	license, err := s.API.Issue(ctx, product)
	issued := Issued{License: license, Entry: entry}
	if license.Key != "" { // also beside an error: a bad answer can still name the new license
		return issued, s.recordLicense(ctx, &issued)
	}
	return issued, s.recordFailure(ctx, entry.ID, "a license may have been issued and billed", err)
}

// issuedBefore returns the license of a reference that has an entry, or an error if it has none
// that can be used.
func issuedBefore(entry ledger.Entry) (Issued, error) {
	issued := Issued{
		Entry: entry, Unchanged: true,
		License: jetpack.License{
			ID: entry.LicenseID, Key: entry.LicenseKey, RequestID: entry.RequestID,
		},
	}
	switch {
	case entry.State != ledger.Done:
		return issued, &failure.Error{
			Code: failure.OutcomeUnknown, Hint: hintReconcile, EntryID: entry.ID,
			Message: fmt.Sprintf("it is unknown whether the license for reference %q was issued "+
				"(entry %d, %s): nothing was sent", entry.Reference, entry.ID, entry.State),
		}
	case !entry.RevokedAt.IsZero():
		return issued, &failure.Error{
			Code: CodeRevoked, EntryID: entry.ID,
			Message: fmt.Sprintf("the license for reference %q was revoked on %s: nothing was sent",
				entry.Reference, entry.RevokedAt.Format(time.DateOnly)),
		}
	}
	return issued, nil
}

// recordLicense records a license that was issued, and warns if it is for another product.
func (s *Service) recordLicense(ctx context.Context, issued *Issued) error {
	l, id := issued.License, issued.Entry.ID
	if slug, ok := jetpack.ProductOf(l.Key); ok && slug != issued.Entry.Product {
		const format = "requested a license for %s, got one for %s"
		s.Warn(fmt.Sprintf(format, issued.Entry.Product, slug), "")
	}
	o := ledger.Outcome{LicenseKey: l.Key, LicenseID: l.ID, RequestID: l.RequestID}
	if err := s.Ledger.Done(ctx, id, o); err != nil {
		return &failure.Error{
			Code: CodeUnsaved, EntryID: id, Err: err,
			Message: fmt.Sprintf("the license was issued, but the ledger could not be written: "+
				"keep the key (entry %d): %v", id, err),
		}
	}
	issued.Entry.State = ledger.Done
	return nil
}

// Revoke revokes a license for good. It reports whether the license was revoked before.
func (s *Service) Revoke(
	ctx context.Context, key string,
) (license jetpack.License, unchanged bool, err error) {
	license, err = s.API.Revoke(ctx, key)
	var api *jetpack.Error
	if errors.As(err, &api) && api.Status >= 400 && api.Status < 500 {
		// No code is documented (docs/contract.md, "Licensing API"), so look at the license.
		found, lookErr := s.API.License(ctx, key)
		if lookErr == nil && found.Revoked() || api.Code == CodeRevoked {
			license, unchanged, err = found, true, nil
			license.RequestID = api.RequestID
		}
	}
	if err != nil {
		return license, false, err
	}
	at := license.RevokedAt
	if at.IsZero() {
		at = s.Now()
	}
	s.warnUnsaved(s.Ledger.Revoked(ctx, key, at))
	return license, unchanged, nil
}

// refusedWith reports whether err is the API's refusal with this code, and returns its request ID.
func refusedWith(err error, code string) (requestID string, refused bool) {
	var api *jetpack.Error
	if errors.As(err, &api) && api.Code == code && api.Status >= 400 && api.Status < 500 {
		return api.RequestID, true
	}
	return "", false
}

// Attach attaches a license to a site, given as a URL, a blog ID or domain::path.
func (s *Service) Attach(ctx context.Context, key, site string) (jetpack.License, error) {
	license, err := s.API.Attach(ctx, key, site)
	if err == nil {
		s.warnUnsaved(s.Ledger.Attached(ctx, key, site))
	}
	return license, err
}

// Detach detaches a license from its site; if mail is set, the customer gets an e-mail about it. It
// reports whether the license was attached to no site before.
func (s *Service) Detach(
	ctx context.Context, key string, mail bool,
) (license jetpack.License, unchanged bool, err error) {
	license, err = s.API.Detach(ctx, key, mail)
	if id, refused := refusedWith(err, "license_not_attached"); refused {
		license, unchanged, err = jetpack.License{RequestID: id}, true, nil
	}
	if err == nil {
		s.warnUnsaved(s.Ledger.Attached(ctx, key, ""))
	}
	return license, unchanged, err
}

// warnUnsaved warns if err is that a change made by the API couldn't be recorded. A license that
// isn't in this ledger is no reason: not all licenses are issued through it.
func (s *Service) warnUnsaved(err error) {
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		s.Warn("the ledger could not be written: "+err.Error(), "")
	}
}
