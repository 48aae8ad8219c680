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

const (
	// lostAnswerLooks is how often the status is requested after an answer was lost.
	lostAnswerLooks = 3
	// maxBusyWait is the longest Retry-After of a busy API that is waited for.
	maxBusyWait = time.Minute
)

// lookUp is what the status shows after an answer was lost.
type lookUp int

const (
	planNotFound lookUp = iota // the site is known without the plan, or it can't be determined
	planFound                  // and entered into the result
	siteUnknown                // WordPress.com doesn't know the site
)

// lookUpPlan looks up the plan in the status after the answer to a provision call was lost, and
// enters a plan that it finds into the result. It looks several times, because the call may still
// be in progress.
func (r *run) lookUpPlan(ctx context.Context) lookUp {
	id, err := r.siteID(r.opts.Request.SiteURL)
	if err != nil {
		return planNotFound
	}
	unknown := 0
	for range lostAnswerLooks {
		status, err := r.API.Status(ctx, id)
		product, found := status.Find(r.opts.Request.Plan)
		if err == nil && found && product.ByCallingPartner {
			r.recordFoundPlan(product.Pending || !status.Connected)
			return planFound
		}
		if isUnknownSite(err) {
			unknown++
		}
		if sleep.Context(ctx, r.interval()/5) != nil {
			return planNotFound
		}
	}
	if unknown == lostAnswerLooks && r.homeUnknown(ctx) {
		return siteUnknown
	}
	return planNotFound
}

// homeUnknown reports whether WordPress.com doesn't know the site by its home either, if that isn't
// its siteurl: which of the two it keeps isn't documented.
func (r *run) homeUnknown(ctx context.Context) bool {
	homes := []string{r.opts.Request.HomeURL}
	if r.site != nil {
		homes = append(homes, r.site.Home)
	}
	for _, home := range homes {
		if home == "" || jetpack.SiteKey(home) == jetpack.SiteKey(r.opts.Request.SiteURL) {
			continue
		}
		id, err := jetpack.SiteIdentifier(home)
		if err != nil {
			return false
		}
		if _, err := r.API.Status(ctx, id); !isUnknownSite(err) {
			return false
		}
	}
	return true
}

// recordFoundPlan enters into the result that the status shows the plan, and warns of what was lost
// with the answer.
func (r *run) recordFoundPlan(pending bool) {
	r.warn("the answer was lost, but the status shows the plan", "")
	r.result.Success, r.result.Outcome, r.result.AuthRequired = true, Provisioned, pending
	if pending {
		r.result.Outcome = Pending
		r.warn(
			"the link to approve the connection was lost with the answer",
			"run the same command again to get it, or use the button in wp-admin",
		)
	}
	if r.opts.Request.WPComUserID != "" {
		r.result.UserToken = "not_stored"
		r.warn(
			"if the answer had a user token, it was lost with it",
			"run the same command again to get it",
		)
	}
	r.recordChange("plan " + r.result.Outcome)
}

// requestAgain requests the plan once more after the API answered that it is busy, with cause, and
// WordPress.com didn't know the site afterwards: then the first request can't have had its effect.
// It never requests it a third time.
func (r *run) requestAgain(ctx context.Context, cause *jetpack.Error) error {
	wait := max(cause.RetryAfter, r.interval()/5)
	if wait > maxBusyWait || sleep.Context(ctx, wait) != nil {
		return errLost(cause)
	}
	switch r.lookUpPlan(ctx) {
	case planFound:
		return nil
	case planNotFound:
		return errLost(cause)
	}
	r.warn(
		fmt.Sprintf("the API was busy (HTTP %d), and WordPress.com doesn't know the site: "+
			"requesting the plan a second time", cause.Status), "",
	)
	err := r.callProvision(ctx)
	if err == nil {
		return nil
	}
	// A refusal can mean that the first request took effect late, so look in this case too.
	lost := lostError(err)
	switch r.lookUpPlan(ctx) {
	case planFound:
		return nil
	case siteUnknown:
		if lost == nil {
			return err
		}
	}
	if lost == nil {
		lost = cause
	}
	return errLost(lost)
}

// lostError returns the API's error in err if the answer to a provision call was lost, or nil.
func lostError(err error) *jetpack.Error {
	var e *jetpack.Error
	if !errors.As(err, &e) || !e.Lost() {
		return nil
	}
	return e
}

// errLost returns the error for a lost answer that the status didn't replace.
func errLost(cause *jetpack.Error) error {
	return &failure.Error{
		Code: failure.OutcomeUnknown, Retryable: true, Err: cause,
		Message: "the answer was lost, the plan may have been provisioned: " + cause.Error(),
	}
}
