package provision

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// waitAndEquip waits until the user has approved, then sets going what could not be before.
func (d *Driver) waitAndEquip(ctx context.Context, site *wpcli.Site, o Options, r *Result) error {
	if d.Notice != nil && r.NextURL != "" {
		d.Notice("approve the connection at " + r.NextURL)
	}
	id, err := identifier(nil, o.Request.SiteURL)
	if err == nil {
		err = d.await(ctx, id, o.Request.Plan, o.Wait)
	}
	if err != nil {
		return err
	}
	r.Outcome, r.AuthRequired = Provisioned, false
	return d.equipAgain(ctx, site, o, r)
}

// equipAgain probes anew, because the site has changed while the user was away, and equips what
// isn't active yet.
func (d *Driver) equipAgain(ctx context.Context, site *wpcli.Site, o Options, r *Result) error {
	if site == nil {
		return nil
	}
	now, err := d.WP.Probe(ctx, o.Request.LocalUser)
	if err != nil {
		d.warn(
			"the connection is approved, but the site could not be looked at: "+err.Error(),
			"run jetpack-start activate",
		)
		return nil
	}
	unlock, _, err := d.lock(ctx, o.Request.SiteURL)
	if err != nil {
		return err
	}
	defer unlock()
	r.token = ""
	r.BlogID = now.BlogID
	return d.equip(ctx, now, o, r)
}

// missingLooks is how often a connected site's status may lack the plan before it counts as gone:
// a list can lag behind.
const missingLooks = 3

// await polls the status until the site is connected and the plan ("" = any) is there, ours, and
// not pending. A passing failure of the API doesn't end the wait; an answer that says no does, and
// so does a plan that is gone.
func (d *Driver) await(ctx context.Context, id, plan string, limit time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrWaitRanOut)
	defer cancel()
	if d.Progress != nil {
		d.Progress(fmt.Sprintf("waiting for the connection to be approved, %v at the most", limit))
		defer d.Progress("")
	}
	missing := 0
	for {
		status, err := d.API.Status(ctx, id)
		var apiErr *jetpack.Error
		there, pending := arrived(status, plan)
		switch {
		case err == nil && status.Connected && there:
			return nil
		case err == nil && status.Connected && !pending:
			if missing++; missing == missingLooks {
				return &failure.Error{
					Code:    CodePlanMissing,
					Message: "the site is connected, but its status doesn't show the plan: it was cancelled, or it expired",
				}
			}
		case errors.As(err, &apiErr) && !apiErr.Retryable() && !unknownSite(apiErr) && ctx.Err() == nil:
			return err
		}
		if !d.pause(ctx, d.every()) {
			return context.Cause(ctx)
		}
	}
}

// arrived says whether the plan, or where none is named all that this partner sold, is there, and
// whether it is pending.
func arrived(status jetpack.Status, plan string) (there, pending bool) {
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
