package provision

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

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

// alreadyText matches the text with which the API refuses a plan that the site has, under a code
// that has other meanings too (docs/contract.md, "Answers to a provision"). It must not match a
// text about a plan from somebody else, which isn't this partner's to sell again.
var alreadyText = regexp.MustCompile(
	`(?i)\balready\s+ha(?:ve|s)\s+th(?:is|e same|at)\s+(?:plan|product)` +
		`(?:\s+from\s+this\s+partner)?[\s.!]*$`)

// meansAlready reports whether e means that the site has the plan from this partner.
func meansAlready(e *jetpack.Error) bool {
	return !e.Lost() &&
		(slices.Contains(alreadyProvisioned, e.Code) || alreadyText.MatchString(e.Message))
}

// requestPlan requests the plan. If the answer is lost, it looks the plan up in the status.
func (r *run) requestPlan(ctx context.Context) error {
	err := r.callProvision(ctx)
	lost := lostError(err)
	if lost == nil {
		return err
	}
	switch r.lookUpPlan(ctx) {
	case planFound:
		return nil
	case siteUnknown:
		if lost.Status == http.StatusServiceUnavailable {
			return r.requestAgain(ctx, lost)
		}
	}
	return errLost(lost)
}

// callProvision sends the provision call, and once more after each fix that the API's answer
// names. If the plan is there, it enters that into the result.
func (r *run) callProvision(ctx context.Context) error {
	r.forced = r.forced || r.opts.Request.ForceRegister != ""
	answer, err := r.API.Provision(ctx, r.newRequest())
	var apiErr *jetpack.Error
	if errors.As(err, &apiErr) && apiErr.Code == "method_not_found" && !apiErr.Lost() {
		answer, err = r.retryAfterFix(ctx, apiErr)
	}
	if errors.As(err, &apiErr) {
		r.result.RequestID = apiErr.RequestID
		if meansAlready(apiErr) {
			r.result.Success, r.result.Outcome, r.result.Raw = true, Unchanged, apiErr.Raw
			return nil
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
			request.ForceRegister, r.forced = "1", true
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
