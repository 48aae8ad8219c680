package provision

import (
	"context"
	"errors"
	"strconv"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
)

// CancelOptions are the options of Driver.Cancel.
type CancelOptions struct {
	// BlogID or SiteURL name the site, and WordPress isn't read. If both are "", it is the site of
	// the WordPress here.
	BlogID  string
	SiteURL string
	// Here means that SiteURL may be an address of the WordPress here, which is read if
	// WordPress.com has nothing at SiteURL.
	Here bool
	// OpenLedger opens the ledger once the WordPress is read after all. Nil opens none.
	OpenLedger func(d *Driver)
	Request    jetpack.CancelRequest
}

const (
	lostCancel     = "an earlier try, whose answer was lost, may have cancelled it"
	lostCancelHint = "jetpack-start status shows what is left"
)

// Cancel cancels a plan. It isn't an error if the site has none (docs/contract.md, "Answers to a
// provision"). The Result isn't nil and is valid beside an error too.
func (d *Driver) Cancel(ctx context.Context, o CancelOptions) (*Result, error) {
	r := d.newRun(Options{})
	r.result.Plan, r.result.SiteURL = o.Request.Plan, o.SiteURL
	return r.result, r.cancelPlan(ctx, o)
}

func (r *run) cancelPlan(ctx context.Context, o CancelOptions) error {
	id, err := r.findSiteToCancel(ctx, o)
	if err != nil {
		return err
	}
	answer, err := r.callCancel(ctx, id, o.Request)
	if foundNothing(answer, err) {
		answer, err = r.cancelByOtherNames(ctx, o, answer, err)
	}
	if err != nil {
		var apiErr *jetpack.Error
		if errors.As(err, &apiErr) && apiErr.Repeated {
			r.warn(lostCancel, lostCancelHint)
		}
		return err
	}
	result := r.result
	result.Success, result.Outcome = answer.Success, NothingToCancel
	result.RequestID, result.Raw = answer.RequestID, answer.Raw
	result.Activations, result.PendingActivations = answer.Activations, answer.PendingActivations
	switch {
	case answer.Success:
		result.Outcome = Cancelled
		r.recordChange("plan cancelled")
	case answer.Repeated:
		r.warn("nothing to cancel now; "+lostCancel, lostCancelHint)
	}
	return nil
}

// findSiteToCancel returns the {site} of the call. WordPress boots only if neither a blog ID nor a
// URL was given.
func (r *run) findSiteToCancel(ctx context.Context, o CancelOptions) (string, error) {
	if o.BlogID != "" {
		id, err := strconv.ParseInt(o.BlogID, 10, 64)
		if err != nil || id <= 0 {
			message := strconv.Quote(o.BlogID) + " is not a blog ID"
			return "", &failure.Error{Code: "invalid_blog", Message: message}
		}
		r.result.BlogID = id
		return o.BlogID, CheckExpectedURL("", r.ExpectURL)
	}
	if o.SiteURL != "" {
		if err := CheckExpectedURL(o.SiteURL, r.ExpectURL); err != nil {
			return "", err
		}
		return siteID(nil, o.SiteURL)
	}
	site, err := r.probe(ctx, "")
	if err != nil {
		return "", noWordPressError(err)
	}
	r.setSite(site)
	if site.SafeMode {
		return "", errSafeMode("cancelled")
	}
	if err := r.checkIdentity(ctx, sentID); err != nil {
		return "", err
	}
	return r.siteID(site.SiteURL)
}

// callCancel cancels the plan of the {site} id, under the lock of the run's site.
func (r *run) callCancel(
	ctx context.Context, id string, request jetpack.CancelRequest,
) (jetpack.CancelAnswer, error) {
	unlock, _, err := r.lockSite(ctx)
	if err != nil {
		return jetpack.CancelAnswer{}, err
	}
	defer unlock()
	return r.API.Cancel(ctx, id, request)
}

// foundNothing reports whether a cancel found nothing to cancel for certain. If an answer to an
// earlier try was lost, that try may have cancelled the plan.
func foundNothing(answer jetpack.CancelAnswer, err error) bool {
	var apiErr *jetpack.Error
	if errors.As(err, &apiErr) {
		return isUnknownSite(err) && !apiErr.Repeated && !apiErr.Lost()
	}
	return err == nil && !answer.Success && !answer.Repeated
}

// cancelByOtherNames cancels the plan of the other names of the site, one after the other until one
// has a plan. Which of its names WordPress.com keeps isn't documented (docs/contract.md, "Partner
// API"). If no name has one it returns the first answer, which is better than an error.
func (r *run) cancelByOtherNames(
	ctx context.Context, o CancelOptions, answer jetpack.CancelAnswer, err error,
) (jetpack.CancelAnswer, error) {
	for _, id := range r.otherNames(ctx, o) {
		other, otherErr := r.callCancel(ctx, id, o.Request)
		if !foundNothing(other, otherErr) {
			return other, otherErr
		}
		if err != nil {
			answer, err = other, otherErr
		}
	}
	return answer, err
}

// otherNames returns the {site}s of the site besides the one that was tried: its other address if
// it was its address, and its blog ID if the operator gave an address of the WordPress here.
func (r *run) otherNames(ctx context.Context, o CancelOptions) []string {
	switch {
	case o.BlogID != "":
		return nil
	case o.SiteURL == "":
		if id, _ := r.siteID(r.site.SiteURL); id == strconv.FormatInt(r.site.BlogID, 10) {
			return nil
		}
		return r.otherAddress(ctx, r.site.SiteURL)
	case !o.Here:
		return nil
	}
	site, err := r.WP.Probe(ctx, "")
	if err != nil || site.SafeMode || !isAt(site, o.SiteURL) {
		return nil
	}
	if o.OpenLedger != nil {
		if o.OpenLedger(&r.Driver); r.LedgerErr != nil {
			r.dropLedger(r.LedgerErr)
		}
	}
	r.site, r.result.BlogID = site, site.BlogID
	r.namedURL = o.SiteURL
	if err := r.checkIdentity(ctx, sentID); err != nil {
		r.site, r.result.BlogID = nil, 0
		r.warn("the WordPress here isn't taken for the site: "+err.Error(), "")
		return nil
	}
	var names []string
	if site.BlogID > 0 && !r.pair.contested {
		names = append(names, strconv.FormatInt(site.BlogID, 10))
	}
	return append(names, r.otherAddress(ctx, o.SiteURL)...)
}

// otherAddress returns the {site} of the other of siteurl and home, if there is one that may be
// used: the siteurl must be below the home, and the ledger must not have that in another customer's
// docroot.
func (r *run) otherAddress(ctx context.Context, tried string) []string {
	other := r.site.Home
	if jetpack.SiteKey(other) == jetpack.SiteKey(tried) {
		other = r.site.SiteURL
	}
	id, err := jetpack.SiteIdentifier(other)
	if err != nil || jetpack.SiteKey(other) == jetpack.SiteKey(tried) || !isAt(r.site, other) {
		return nil
	}
	requested := r.result.SiteURL
	r.result.SiteURL = other
	known, err := r.compareWithLedger(ctx)
	r.result.SiteURL = requested
	switch {
	case r.ForceIdentity:
	case err != nil:
		r.warn(err.Error(), "")
		return nil
	case r.StrictIdentity && !known.Docroot && !r.isNamed():
		return nil
	}
	r.namesToLock = append(r.namesToLock, jetpack.SiteKey(other))
	return []string{id}
}
