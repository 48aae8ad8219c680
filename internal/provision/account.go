package provision

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// Ledger is what the driver needs of the ledger; *ledger.Ledger is one.
type Ledger interface {
	Begin(ctx context.Context, i ledger.Intent) (ledger.Entry, error)
	Done(ctx context.Context, id int64, o ledger.Outcome) error
	Fail(ctx context.Context, id int64, code, message, requestID string) error
	Lose(ctx context.Context, id int64, code, message, requestID string) error
	List(ctx context.Context, f ledger.Filter) iter.Seq2[ledger.Entry, error]
	CheckIdentity(ctx context.Context, siteURL string, blogID int64) error
	RememberIdentity(ctx context.Context, siteURL string, blogID int64) error
}

// CodeIdentity is the failure of a site whose blog ID and URL don't go together as they did.
const CodeIdentity = "identity_mismatch"

// identity refuses a site that the ledger knows with another blog ID or URL: a clone, or one that
// was moved. Unlike safe mode, which Jetpack sets on the first contact of a clone, this is known
// before there was any.
func (d *Driver) identity(ctx context.Context, site *wpcli.Site) error {
	if d.Ledger == nil || d.ForceIdentity || site == nil || site.BlogID == 0 {
		return nil
	}
	err := d.Ledger.CheckIdentity(ctx, site.SiteURL, site.BlogID)
	switch {
	case errors.Is(err, ledger.ErrIdentity):
		return &failure.Error{
			Code:    CodeIdentity,
			Message: fmt.Sprintf("%v; nothing was sent", err),
			Err:     err,
		}
	case err != nil:
		d.NoLedger(err)
	}
	return nil
}

// NoLedger says that a call is not written down. A plan is asked for all the same: the site's
// status shows later whether it is there, which nothing does for a license.
func (d *Driver) NoLedger(err error) {
	d.warn("the ledger can't be used, going on without it: "+err.Error(), "")
	d.Ledger = nil
}

// begin writes down that the plan is about to be asked for; 0 where there is no ledger.
func (d *Driver) begin(ctx context.Context, o Options) int64 {
	if d.Ledger == nil || o.Request.Plan == "" {
		return 0
	}
	entry, err := d.Ledger.Begin(
		ctx,
		ledger.Intent{Kind: ledger.Provision, Product: o.Request.Plan, Site: o.Request.SiteURL},
	)
	if err != nil {
		d.NoLedger(err)
		return 0
	}
	return entry.ID
}

// account writes down what became of it.
func (d *Driver) account(ctx context.Context, id int64, site *wpcli.Site, r *Result, cause error) {
	if id == 0 || d.Ledger == nil {
		return
	}
	var err error
	var api *jetpack.Error
	var ours *failure.Error
	switch {
	case cause == nil:
		o := ledger.Outcome{RequestID: r.RequestID, Detail: r.Outcome}
		if site != nil {
			o.BlogID = site.BlogID
		}
		err = d.Ledger.Done(ctx, id, o)
	case errors.As(cause, &ours) && ours.Code == failure.OutcomeUnknown:
		err = d.Ledger.Lose(ctx, id, ours.Code, ours.Message, r.RequestID)
	case errors.As(cause, &api):
		err = d.Ledger.Fail(ctx, id, api.Code, api.Message, api.RequestID)
	default:
		err = d.Ledger.Fail(ctx, id, Failed, cause.Error(), "")
	}
	if err != nil {
		d.NoLedger(err)
	}
}

// open are the entries of this plan on this site whose outcome nobody knows.
func (d *Driver) open(ctx context.Context, o Options) (ids []int64) {
	if d.Ledger == nil || o.Request.Plan == "" {
		return nil
	}
	for entry, err := range d.Ledger.List(ctx, ledger.Filter{Kind: ledger.Provision, Product: o.Request.Plan, Site: o.Request.SiteURL, OpenOnly: true}) {
		if err != nil {
			d.NoLedger(err)
			return nil
		}
		ids = append(ids, entry.ID)
	}
	return ids
}

// settled closes them once the plan was seen, or was asked for again and is there, and remembers
// which site it is.
func (d *Driver) settled(ctx context.Context, ids []int64, site *wpcli.Site, r *Result) {
	for _, id := range ids {
		if d.Ledger == nil {
			return
		}
		if err := d.Ledger.Done(ctx, id, ledger.Outcome{RequestID: r.RequestID, Detail: r.Outcome}); err != nil &&
			!errors.Is(err, ledger.ErrState) {
			d.NoLedger(err)
		}
	}
	if d.Ledger == nil || site == nil || site.BlogID == 0 {
		return
	}
	if err := d.Ledger.RememberIdentity(ctx, site.SiteURL, site.BlogID); err != nil {
		d.NoLedger(err)
	}
}
