package provision

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// alreadyThere are codes by which an API could say that the plan is in place. The published list
// has none: a repeated call is answered as the first was. They are read so that such an answer
// would not be taken for a failure.
var alreadyThere = []string{
	"already_provisioned",
	"plan_already_provisioned",
	"plan_already_exists",
}

// inPlace looks, for --check, whether there is anything to ask for.
func (d *Driver) inPlace(
	ctx context.Context, site *wpcli.Site, o Options, r *Result,
) (bool, error) {
	if !o.Check {
		return false, nil
	}
	id, err := identifier(site, o.Request.SiteURL)
	if err != nil {
		return false, err
	}
	status, err := d.API.Status(ctx, id)
	var apiErr *jetpack.Error
	switch {
	case errors.As(err, &apiErr) && unknownSite(apiErr):
		return false, nil
	case err != nil:
		return false, err
	}
	product, found := status.Find(o.Request.Plan)
	if !found || product.Pending || !product.ByCallingPartner {
		// A pending activation is asked for again: that makes no second one, and brings the
		// next_url.
		return false, nil
	}
	r.Success, r.Outcome, r.RequestID = true, Unchanged, status.RequestID
	return true, nil
}

// unknownSite says that WordPress.com doesn't know the site, or not under this key: a test key's
// sites have no status.
func unknownSite(err *jetpack.Error) bool {
	return err.Code == "unknown_blog" ||
		err.Code == "invalid_blog" // a 404 without a code is a proxy's or a wrong address
}

// identifier is the {site} of the API: the blog ID where the site knows it, else its domain and
// path.
func identifier(site *wpcli.Site, siteURL string) (string, error) {
	if site != nil && site.BlogID > 0 && sameSite(site.SiteURL, siteURL) {
		return strconv.FormatInt(site.BlogID, 10), nil
	}
	id, err := jetpack.SiteIdentifier(siteURL)
	if err != nil {
		return "", &failure.Error{Code: "invalid_siteurl", Message: err.Error(), Err: err}
	}
	return id, nil
}

// ask sends the provision call, and once more where the API's own answer says what to mend.
func (d *Driver) ask(ctx context.Context, site *wpcli.Site, o Options, r *Result) error {
	answer, err := d.API.Provision(ctx, o.Request)
	var apiErr *jetpack.Error
	if errors.As(err, &apiErr) && apiErr.Code == "method_not_found" && !apiErr.Lost() {
		answer, err = d.mend(ctx, site, o, apiErr)
	}
	if errors.As(err, &apiErr) {
		r.RequestID = apiErr.RequestID
		if slices.Contains(alreadyThere, apiErr.Code) {
			r.Success, r.Outcome, r.Raw = true, Unchanged, apiErr.Raw
			return nil
		}
		if apiErr.Lost() {
			return d.settle(ctx, site, o, r, err)
		}
	}
	if err != nil {
		return err
	}
	r.Success, r.AuthRequired, r.NextURL, r.RequestID = true, answer.AuthRequired, answer.NextURL, answer.RequestID
	r.SSHSet, r.SSHError, r.Raw = answer.SSHSet, answer.SSHError, answer.Raw
	r.token = answer.AccessToken
	r.Outcome = Provisioned
	if answer.AuthRequired {
		r.Outcome = Pending
		if answer.NextURL == "" {
			d.warn(
				"the domain doesn't resolve yet, so there is no link to approve the connection",
				"once it does, run the same command again to get the link, or have the user connect in wp-admin",
			)
		}
	}
	if answer.SSHError != "" {
		d.warn(
			"the SSH credentials were not saved: "+answer.SSHError,
			"the plan itself is not touched by this; run again with credentials that work",
		)
	}
	d.did("plan " + r.Outcome)
	return nil
}

// mend follows the published cures of method_not_found: tokens that don't match are mended by
// registering anew, a Jetpack that isn't there by activating it. Each is tried once.
func (d *Driver) mend(
	ctx context.Context, site *wpcli.Site, o Options, cause *jetpack.Error,
) (jetpack.ProvisionAnswer, error) {
	for activated := false; ; {
		switch {
		case strings.Contains(cause.Message, "remoteProvision") && o.Request.ForceRegister == "":
			o.Request.ForceRegister = "1"
		case strings.Contains(cause.Message, "remoteRegister") && !activated && site != nil && site.Plugins["jetpack"].Installed:
			if err := d.activateJetpack(ctx, site); err != nil {
				return jetpack.ProvisionAnswer{}, err
			}
			activated = true
		default:
			return jetpack.ProvisionAnswer{}, cause
		}
		answer, err := d.API.Provision(ctx, o.Request)
		if !errors.As(err, &cause) || cause.Code != "method_not_found" || cause.Lost() {
			return answer, err
		}
	}
}

// settle finds out what became of a call whose answer was lost. It looks, and never asks for the
// plan again: a second call could meet the first one still at work.
func (d *Driver) settle(
	ctx context.Context, site *wpcli.Site, o Options, r *Result, cause error,
) error {
	unknown := &failure.Error{
		Code: failure.OutcomeUnknown, Retryable: true, Err: cause,
		Message: "the answer was lost, the plan may have been provisioned: " + cause.Error(),
	}
	id, err := identifier(site, o.Request.SiteURL)
	if err != nil {
		return unknown
	}
	for range 3 {
		status, err := d.API.Status(ctx, id)
		if product, found := status.Find(o.Request.Plan); err == nil && found &&
			product.ByCallingPartner {
			d.warn("the answer was lost; the status says that the plan is there", "")
			r.Success, r.Outcome, r.AuthRequired = true, Provisioned, false
			if product.Pending || !status.Connected {
				r.Outcome, r.AuthRequired = Pending, true
				d.warn(
					"the link to approve the connection was lost with the answer",
					"run the same command again to get it, or use the button in wp-admin",
				)
			}
			if o.Request.WPComUserID != "" {
				r.UserToken = "not_stored"
				d.warn(
					"a user token was lost with the answer, if one came",
					"run the same command again to get it",
				)
			}
			d.did("plan " + r.Outcome)
			return nil
		}
		if !d.pause(ctx, d.every()/5) {
			break
		}
	}
	return unknown
}

func (d *Driver) every() time.Duration {
	if d.LookEvery > 0 {
		return d.LookEvery
	}
	return 5 * time.Second
}

// pause waits; false means that the context ended first.
func (d *Driver) pause(ctx context.Context, t time.Duration) bool {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
