package provision

import (
	"context"
	"errors"
	"iter"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
)

// Ledger is the part of the ledger that a Driver needs. *ledger.Ledger implements it.
type Ledger interface {
	Begin(ctx context.Context, i ledger.Intent) (ledger.Entry, error)
	Done(ctx context.Context, id int64, o ledger.Outcome) error
	Fail(ctx context.Context, id int64, code, message, requestID string) error
	Lose(ctx context.Context, id int64, code, message, requestID string) error
	List(ctx context.Context, f ledger.Filter) iter.Seq2[ledger.Entry, error]
	Identity(ctx context.Context, siteURL string) (ledger.Identity, error)
	CheckIdentity(ctx context.Context, i ledger.Identity) (ledger.Known, error)
	RememberIdentity(ctx context.Context, i ledger.Identity, force bool) error
}

// dropLedger goes on without the ledger, with a warning. A plan is requested all the same: unlike
// a license, the status shows later whether the site has it.
func (r *run) dropLedger(err error) {
	r.warn("the ledger can't be used, going on without it: "+err.Error(), "")
	r.Ledger = nil
}

// rememberedBlogID returns the blog ID that the ledger has for a URL, 0 if none.
func (r *run) rememberedBlogID(ctx context.Context, siteURL string) int64 {
	if r.Ledger == nil || siteURL == "" {
		return 0
	}
	i, err := r.Ledger.Identity(ctx, siteURL)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		r.dropLedger(err)
	}
	return i.BlogID
}

// recordIntent writes to the ledger that the plan is about to be requested. It returns the entry's
// ID, 0 if there is no ledger.
func (r *run) recordIntent(ctx context.Context) (id int64) {
	request := r.opts.Request
	if r.Ledger == nil || request.Plan == "" {
		return 0
	}
	intent := ledger.Intent{Kind: ledger.Provision, Product: request.Plan, Site: request.SiteURL}
	entry, err := r.Ledger.Begin(ctx, intent)
	if err != nil {
		r.dropLedger(err)
		return 0
	}
	return entry.ID
}

// recordOutcome writes the outcome of the request to the ledger; cause is its error, or nil.
func (r *run) recordOutcome(ctx context.Context, id int64, cause error) {
	if id == 0 || r.Ledger == nil {
		return
	}
	var err error
	var apiErr *jetpack.Error
	var ours *failure.Error
	requestID := r.result.RequestID
	switch {
	case cause == nil:
		o := ledger.Outcome{RequestID: requestID, Detail: r.result.Outcome}
		if r.site != nil && !r.forced { // the site may have another one now
			o.BlogID = r.site.BlogID
		}
		err = r.Ledger.Done(ctx, id, o)
	case errors.As(cause, &ours) && ours.Code == failure.OutcomeUnknown:
		err = r.Ledger.Lose(ctx, id, ours.Code, ours.Message, requestID)
	case errors.As(cause, &apiErr):
		err = r.Ledger.Fail(ctx, id, apiErr.Code, apiErr.Message, apiErr.RequestID)
	default:
		err = r.Ledger.Fail(ctx, id, Failed, cause.Error(), "")
	}
	if err != nil {
		r.dropLedger(err)
	}
}

// openEntries returns the IDs of the entries of this plan and site whose outcome isn't known.
func (r *run) openEntries(ctx context.Context) (ids []int64) {
	request := r.opts.Request
	if r.Ledger == nil || request.Plan == "" {
		return nil
	}
	filter := ledger.Filter{
		Kind: ledger.Provision, Product: request.Plan, Site: request.SiteURL, OpenOnly: true,
	}
	for entry, err := range r.Ledger.List(ctx, filter) {
		if err != nil {
			r.dropLedger(err)
			return nil
		}
		ids = append(ids, entry.ID)
	}
	return ids
}

// closeEntries marks open entries as done, now that the site has the plan.
func (r *run) closeEntries(ctx context.Context, ids []int64) {
	outcome := ledger.Outcome{RequestID: r.result.RequestID, Detail: r.result.Outcome}
	for _, id := range ids {
		if r.Ledger == nil {
			return
		}
		err := r.Ledger.Done(ctx, id, outcome)
		if err != nil && !errors.Is(err, ledger.ErrState) {
			r.dropLedger(err)
		}
	}
}
