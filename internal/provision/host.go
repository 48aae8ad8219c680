package provision

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"jetpack-start/jetpack"
)

// checkHost warns if WordPress.com can't reach the host that the plan is requested for.
func (r *run) checkHost() {
	host := hostOf(r.result.SiteURL)
	if host != "" && !strings.Contains(host, ".") && net.ParseIP(host) == nil {
		r.warn(
			fmt.Sprintf("the site's host %q has no dot: WordPress.com can't reach it", host),
			"set the site's public address before its plan",
		)
	}
}

// hostOf returns the host of a site's URL, without a port and brackets, "" if it has none.
func hostOf(siteURL string) string {
	u, err := url.Parse("//" + jetpack.SiteKey(siteURL))
	if err != nil {
		return ""
	}
	return u.Hostname()
}
