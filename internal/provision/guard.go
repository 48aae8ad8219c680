package provision

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/wpcli"
)

// guard refuses what must not be done and warns of what may not work, before anything is sent.
func (d *Driver) guard(site *wpcli.Site, o *Options) error {
	if site.SafeMode {
		return errSafeMode("provisioned")
	}
	if user := o.Request.LocalUser; user != "" {
		switch {
		case site.User == nil:
			return &failure.Error{
				Code:    CodeUnknownUser,
				Message: fmt.Sprintf("the site has no user %q; nothing was sent", user),
			}
		case !site.User.Administrator:
			d.warn(
				fmt.Sprintf("user %q is not an administrator of the site", user),
				"the plan's owner must be able to manage the site",
			)
		}
	}
	if site.HalfConnected() {
		d.warn(
			"the site's Jetpack connection is half made",
			"if the plan doesn't arrive, run again with --force-register=1",
		)
	}
	if o.Request.HomeURL == "" && !sameSite(site.SiteURL, site.Home) {
		d.warn(
			fmt.Sprintf("home (%s) differs from siteurl (%s)", site.Home, site.SiteURL),
			"the plan goes to siteurl, where the core files are; --home-url tells the API of the other",
		)
	}
	if host := hostOf(site.SiteURL); host != "" && dotless(host) {
		d.warn(
			fmt.Sprintf("the site's host %q has no dot: WordPress.com can't reach it", host),
			"set the site's public address before its plan",
		)
	}
	if site.Multisite && singleSiteOnly(o.Request.Plan) {
		d.warn(
			fmt.Sprintf("%s does not support multisite", o.Request.Plan),
			"backup and scan products work on single sites",
		)
	}
	return nil
}

func errSafeMode(done string) error {
	return &failure.Error{
		Code:    CodeSafeMode,
		Message: "Jetpack is in safe mode: this site is a clone of another, and must not be " + done + "; nothing was sent",
	}
}

// singleSiteOnly names the products that don't support multisite (contract, section 3).
func singleSiteOnly(plan string) bool {
	return strings.HasPrefix(plan, "jetpack-backup") || strings.HasPrefix(plan, "jetpack-scan")
}

// dotless hosts (localhost, a container's name) and private addresses mean nothing to
// WordPress.com.
func dotless(host string) bool {
	return !strings.Contains(host, ".") && net.ParseIP(host) == nil
}

func hostOf(siteURL string) string {
	u, err := url.Parse(siteURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// sameWordPress says whether a URL is one of this WordPress: by siteurl or home, with or without
// www., which a host may have in one place and not in the other.
func sameWordPress(siteURL string, site *wpcli.Site) bool {
	bare := func(u string) string { return strings.TrimPrefix(bareURL(u), "www.") }
	return bare(siteURL) == bare(site.SiteURL) || bare(siteURL) == bare(site.Home)
}

// sameSite compares two site URLs as WordPress.com does, which knows a site by its domain and path.
func sameSite(a, b string) bool { return bareURL(a) == bareURL(b) }

func bareURL(siteURL string) string {
	_, rest, found := strings.Cut(siteURL, "://")
	if !found {
		rest = siteURL
	}
	host, path, _ := strings.Cut(rest, "/")
	return strings.TrimRight(strings.ToLower(host)+"/"+path, "/")
}
