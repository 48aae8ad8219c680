package provision

import (
	"context"
	"errors"
	"slices"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/sleep"
	"jetpack-start/jetpack"
)

// alreadyProvisioned are error codes that mean that the site has the plan. No published page says
// what the API answers to a repeated provision; these are accepted in case it has such a code.
var alreadyProvisioned = []string{
	"already_provisioned",
	"plan_already_provisioned",
	"plan_already_exists",
}

// newRequest returns the request to send. It names the user that was found on the site by login:
// the API takes an ID for a login first, and another user's login can be a number.
func (r *run) newRequest() jetpack.ProvisionRequest {
	request := r.opts.Request
	if r.site != nil && r.site.User != nil {
		request.LocalUser = r.site.User.Login
	}
	return request
}

// requestPlan sends the provision call, and once more after each fix that the API's answer names.
func (r *run) requestPlan(ctx context.Context) error {
	answer, err := r.API.Provision(ctx, r.newRequest())
	var apiErr *jetpack.Error
	if errors.As(err, &apiErr) && apiErr.Code == "method_not_found" && !apiErr.Lost() {
		answer, err = r.retryAfterFix(ctx, apiErr)
	}
	if errors.As(err, &apiErr) {
		r.result.RequestID = apiErr.RequestID
		if slices.Contains(alreadyProvisioned, apiErr.Code) {
			r.result.Success, r.result.Outcome, r.result.Raw = true, Unchanged, apiErr.Raw
			return nil
		}
		if apiErr.Lost() {
			return r.lookUpLostAnswer(ctx, err)
		}
	}
	if err != nil {
		return err
	}
	r.recordAnswer(answer)
	return nil
}

// recordAnswer copies the answer to a provision call to the result.
func (r *run) recordAnswer(answer jetpack.ProvisionAnswer) {
	result := r.result
	result.Success, result.RequestID, result.Raw = true, answer.RequestID, answer.Raw
	result.AuthRequired, result.NextURL = answer.AuthRequired, answer.NextURL
	result.SSHSet, result.SSHError = answer.SSHSet, answer.SSHError
	result.FTPSet, result.FTPError = answer.FTPSet, answer.FTPError
	r.token = answer.AccessToken
	result.Outcome = Provisioned
	if answer.AuthRequired {
		result.Outcome = Pending
		if answer.NextURL == "" {
			r.warn(
				"the domain doesn't resolve yet, so there is no link to approve the connection",
				"once it does, run the same command again to get the link, "+
					"or have the user connect in wp-admin",
			)
		}
	}
	r.warnNotSaved("SSH", r.opts.Request.SSHUser != "", answer.SSHSet, answer.SSHError)
	r.warnNotSaved("FTP", r.opts.Request.FTPUser != "", answer.FTPSet, answer.FTPError)
	r.recordChange("plan " + result.Outcome)
}

// warnNotSaved warns if the answer to a provision call has a reason why the credentials for backups
// weren't saved, or denies without a reason that those that were sent are.
func (r *run) warnNotSaved(kind string, sent bool, set *bool, reason string) {
	text := "the " + kind + " credentials were not saved"
	switch {
	case reason != "":
		text += ": " + reason
	case !sent || set == nil || *set:
		return
	}
	r.warn(text, "the plan itself is not affected; run again with credentials that work")
}

// retryAfterFix fixes the two causes that the answer method_not_found can name (docs/contract.md,
// "Errors"), each once, and repeats the call: it registers the site anew if the tokens don't match,
// and activates Jetpack if it doesn't answer.
func (r *run) retryAfterFix(
	ctx context.Context, cause *jetpack.Error,
) (jetpack.ProvisionAnswer, error) {
	request := r.newRequest()
	for activated := false; ; {
		canActivate := !activated && r.site != nil && r.site.Plugins["jetpack"].CanActivate()
		switch {
		case strings.Contains(cause.Message, "remoteProvision") && request.ForceRegister == "":
			request.ForceRegister = "1"
		case strings.Contains(cause.Message, "remoteRegister") && canActivate:
			if err := r.activateJetpack(ctx); err != nil {
				return jetpack.ProvisionAnswer{}, err
			}
			activated = true
		default:
			return jetpack.ProvisionAnswer{}, cause
		}
		answer, err := r.API.Provision(ctx, request)
		if !errors.As(err, &cause) || cause.Code != "method_not_found" || cause.Lost() {
			return answer, err
		}
	}
}

// lostAnswerLooks is how often the status is requested after an answer was lost.
const lostAnswerLooks = 3

// lookUpLostAnswer looks up the plan in the status after the answer to a provision call was lost,
// with cause. It never sends the call again: the first one may still be in progress.
func (r *run) lookUpLostAnswer(ctx context.Context, cause error) error {
	unknown := &failure.Error{
		Code: failure.OutcomeUnknown, Retryable: true, Err: cause,
		Message: "the answer was lost, the plan may have been provisioned: " + cause.Error(),
	}
	id, err := siteID(r.site, r.opts.Request.SiteURL)
	if err != nil {
		return unknown
	}
	for range lostAnswerLooks {
		status, err := r.API.Status(ctx, id)
		product, found := status.Find(r.opts.Request.Plan)
		if err == nil && found && product.ByCallingPartner {
			r.recordFoundPlan(product.Pending || !status.Connected)
			return nil
		}
		if sleep.Context(ctx, r.interval()/5) != nil {
			break
		}
	}
	return unknown
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
