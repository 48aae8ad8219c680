package provision

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/sleep"
	"jetpack-start/jetpack"
)

// waitAndSetUp waits until the user has approved the connection, then does what needs it.
func (r *run) waitAndSetUp(ctx context.Context) error {
	if r.Notice != nil && r.result.NextURL != "" {
		r.Notice("approve the connection at " + r.result.NextURL)
	}
	// Not by its blog ID: a provision can give the site another one (docs/contract.md, "Answers to
	// a provision").
	id, err := siteID(nil, r.opts.Request.SiteURL)
	if err == nil {
		err = r.waitForPlan(ctx, id, r.opts.Request.Plan, r.opts.Wait)
	}
	if err != nil {
		return err
	}
	r.result.Outcome, r.result.AuthRequired = Provisioned, false
	return r.setUpConnected(ctx)
}

// setUpConnected sets up the site once the connection is approved. It reads the site anew: it has
// changed since.
func (r *run) setUpConnected(ctx context.Context) error {
	if r.site == nil {
		return nil
	}
	site, err := r.WP.Probe(ctx, r.opts.Request.LocalUser)
	if err != nil {
		r.warn(
			"the connection is approved, but the site could not be read: "+err.Error(),
			"run jetpack-start activate",
		)
		return nil
	}
	r.site, r.result.BlogID = site, site.BlogID
	unlock, _, err := r.lockSite(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	r.rememberIdentity(ctx)
	r.token = "" // stored before
	return r.setUp(ctx)
}

// maxMissing is how often the status of a connected site may lack the plan until the plan counts
// as gone: the status can lag behind.
const maxMissing = 3

// waitForPlan requests the status until the site is connected and has the plan from this partner,
// not pending; with plan "" until nothing is pending. It returns ErrWaitRanOut after limit. A
// passing error of the API doesn't end the wait; a lasting one does, and so does a plan that is
// gone.
func (r *run) waitForPlan(ctx context.Context, id, plan string, limit time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrWaitRanOut)
	defer cancel()
	if r.Progress != nil {
		r.Progress(fmt.Sprintf("waiting for the connection to be approved, at most %v", limit))
		defer r.Progress("")
	}
	missing := 0
	for {
		status, err := r.API.Status(ctx, id)
		var apiErr *jetpack.Error
		there, pending := findPlan(status, plan)
		switch {
		case err == nil && status.Connected && there:
			return nil
		case err == nil && status.Connected && !pending:
			if missing++; missing == maxMissing {
				return &failure.Error{
					Code: CodePlanMissing,
					Message: "the site is connected, but its status doesn't show the plan: " +
						"it was cancelled, or it expired",
				}
			}
		case errors.As(err, &apiErr) && !apiErr.Retryable() && !isUnknownSite(err) &&
			ctx.Err() == nil:
			return err
		}
		if sleep.Context(ctx, r.interval()) != nil {
			return context.Cause(ctx)
		}
	}
}

// findPlan reports whether a status shows the plan from this partner as there or as pending. With
// plan "" it reports whether anything is pending, and there is the opposite.
func findPlan(status jetpack.Status, plan string) (there, pending bool) {
	if plan != "" {
		product, found := status.Find(plan)
		ours := found && product.ByCallingPartner
		return ours && !product.Pending, ours && product.Pending
	}
	for _, product := range status.Products {
		pending = pending || product.Pending
	}
	return !pending, pending
}
