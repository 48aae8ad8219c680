package provision

import (
	"cmp"
	"fmt"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// checkSite fails if the site must not be provisioned, and warns of what may not work, before
// anything is sent.
func (r *run) checkSite() error {
	site, request := r.site, r.opts.Request
	if site.SafeMode {
		return errSafeMode("provisioned")
	}
	if request.LocalUser != "" {
		if site.User == nil {
			message := fmt.Sprintf("the site has no user %q; nothing was sent", request.LocalUser)
			return &failure.Error{Code: CodeUnknownUser, Message: message}
		}
		if !site.User.Administrator {
			r.warn(
				fmt.Sprintf("user %q is not an administrator of the site", request.LocalUser),
				"the plan's owner must be able to manage the site",
			)
		}
	}
	r.checkConnection()
	if request.HomeURL == "" && jetpack.CheckSiteURL(site.SiteURL) == nil &&
		jetpack.SiteKey(site.SiteURL) != jetpack.SiteKey(site.Home) {
		r.warn(
			fmt.Sprintf("home (%s) differs from siteurl (%s)", site.Home, site.SiteURL),
			"the plan is for siteurl, where WordPress's files are; "+
				"pass the other one with --home-url",
		)
	}
	r.checkSchemes()
	if site.Multisite && isSingleSiteOnly(request.Plan) {
		r.warn(
			request.Plan+" does not support multisite",
			"backup and scan products work on single sites",
		)
	}
	return nil
}

// checkSchemes warns if the plan is requested for an http URL of an https site, or the other way
// round. WordPress.com calls the site there, and doesn't follow a redirect.
func (r *run) checkSchemes() {
	siteURL := cmp.Or(r.opts.Request.SiteURL, r.site.SiteURL)
	scheme := func(u string) string {
		before, _, _ := strings.Cut(u, "://")
		return strings.ToLower(before)
	}
	if jetpack.CheckSiteURL(siteURL) != nil || !isURLOf(siteURL, r.site) ||
		scheme(siteURL) == scheme(r.site.Home) {
		return
	}
	r.warn(
		fmt.Sprintf("siteurl (%s) and home (%s) have different schemes", siteURL, r.site.Home),
		"if the site redirects one to the other, WordPress.com can't call it: correct the "+
			"option, or pass the URL that doesn't redirect with --siteurl",
	)
}

// checkConnection warns if Jetpack's connection is broken, or can't be made.
func (r *run) checkConnection() {
	if problem := r.site.ConnectionProblem(); problem != "" {
		hint := "let an administrator of the site connect it in wp-admin; " +
			"--force-register=1 doesn't help"
		if r.site.RegistrationBroken() {
			hint = "if the plan doesn't arrive, run provision with --force-register=1"
		}
		r.warn("the site's Jetpack connection is broken: "+problem, hint)
	}
	r.checkOffline()
}

// checkOffline warns if Jetpack is in offline mode, unless its reason is an address that
// [run.checkHost] warns of.
func (r *run) checkOffline() {
	reason := r.site.Offline
	warned := reason == wpcli.OfflineByAddress && unreachable(hostOf(r.site.SiteURL)) != ""
	if reason == "" || warned {
		return
	}
	r.warn(
		"Jetpack is in offline mode ("+reason+"): the plan can't be approved while it is on",
		"switch it off, then have the connection approved",
	)
}

// errSafeMode returns the error of a command on a site in Jetpack's safe mode. done is what must
// not happen to the site, such as "cancelled".
func errSafeMode(done string) error {
	return &failure.Error{
		Code: CodeSafeMode,
		Message: "Jetpack is in safe mode: this site is a clone of another, and must not be " +
			done + "; nothing was sent",
	}
}

// isSingleSiteOnly reports whether a plan doesn't support multisite (docs/contract.md, "The site").
func isSingleSiteOnly(plan string) bool {
	return strings.HasPrefix(plan, "jetpack-backup") || strings.HasPrefix(plan, "jetpack-scan")
}
