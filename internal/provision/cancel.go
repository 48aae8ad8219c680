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
	Request jetpack.CancelRequest
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
	unlock, _, err := r.lockSite(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	answer, err := r.API.Cancel(ctx, id, o.Request)
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
