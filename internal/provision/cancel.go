package provision

import (
	"context"
	"errors"
	"strconv"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
)

// CancelOptions are what `cancel` is asked to do.
type CancelOptions struct {
	// BlogID or SiteURL name the site without looking at it; both empty: the WordPress here.
	BlogID  string
	SiteURL string
	Request jetpack.CancelRequest
}

const lostCancel = "an earlier try, whose answer was lost, may have cancelled it"

// Cancel cancels a plan. That none was there is not a failure (contract: do not retry).
func (d *Driver) Cancel(ctx context.Context, o CancelOptions) (*Result, error) {
	r := &Result{Plan: o.Request.Plan, SiteURL: o.SiteURL}
	id, err := d.cancelled(ctx, o, r)
	if err != nil {
		return d.close(r), err
	}
	key := r.SiteURL
	if key == "" {
		key = id
	}
	unlock, _, err := d.lock(ctx, key)
	if err != nil {
		return d.close(r), err
	}
	defer unlock()
	answer, err := d.API.Cancel(ctx, id, o.Request)
	if err != nil {
		var apiErr *jetpack.Error
		if errors.As(err, &apiErr) && apiErr.Repeated {
			d.warn(lostCancel, "jetpack-start status shows what is left")
		}
		return d.close(r), err
	}
	r.Success, r.Outcome, r.RequestID, r.Raw = answer.Success, NothingToCancel, answer.RequestID, answer.Raw
	r.Activations, r.PendingActivations = answer.Activations, answer.PendingActivations
	switch {
	case answer.Success:
		r.Outcome = Cancelled
		d.did("plan cancelled")
	case answer.Repeated:
		d.warn("nothing to cancel now; "+lostCancel, "jetpack-start status shows what is left")
	}
	return d.close(r), nil
}

// cancelled finds the {site} of the call. Only where neither a blog ID nor a URL was given does
// WordPress boot.
func (d *Driver) cancelled(ctx context.Context, o CancelOptions, r *Result) (string, error) {
	switch {
	case o.BlogID != "":
		id, err := strconv.ParseInt(o.BlogID, 10, 64)
		if err != nil || id <= 0 {
			return "", &failure.Error{
				Code:    "invalid_blog",
				Message: strconv.Quote(o.BlogID) + " is not a blog ID",
			}
		}
		r.BlogID = id
		return o.BlogID, nil
	case o.SiteURL != "":
		return identifier(nil, o.SiteURL)
	}
	site, err := d.look(ctx, "")
	if err != nil {
		return "", nothingHere(err)
	}
	r.SiteURL, r.BlogID = site.SiteURL, site.BlogID
	if site.SafeMode {
		return "", errSafeMode("cancelled")
	}
	if err := d.identity(ctx, site); err != nil {
		return "", err
	}
	return identifier(site, site.SiteURL)
}
