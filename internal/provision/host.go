package provision

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"jetpack-start/jetpack"
)

// checkHost warns if WordPress.com can't reach the host that the plan is requested for.
func (r *run) checkHost() {
	host := hostOf(r.result.SiteURL)
	if reason := unreachable(host); reason != "" {
		r.warn(
			fmt.Sprintf("the site's host %q %s: WordPress.com can't reach it", host, reason),
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

// localDomains never resolve in the public DNS and are used for sites in a local network: localhost
// and test (RFC 6761), local (RFC 6762), home.arpa (RFC 8375), and internal, which ICANN reserved
// for private use. RFC 6761 also reserves example and invalid, but nobody runs a site there, and
// documentation and tests do use example.
var localDomains = []string{".localhost", ".test", ".local", ".home.arpa", ".internal"}

// unreachable returns why a host can't be reached from the internet, as the end of a sentence that
// begins with the host. It returns "" for a public address, and for a name that may resolve.
func unreachable(host string) string {
	if addr, err := netip.ParseAddr(host); err == nil {
		return unreachableAddr(addr.Unmap())
	}
	if host != "" && !strings.Contains(host, ".") {
		return "has no dot"
	}
	for _, domain := range localDomains {
		if strings.HasSuffix(host, domain) {
			return "is a name for local networks"
		}
	}
	return ""
}

func unreachableAddr(addr netip.Addr) string {
	switch {
	case addr.IsLoopback(), addr.IsUnspecified():
		return "is this machine's own address"
	case addr.IsPrivate():
		return "is an address in a private network"
	case addr.IsLinkLocalUnicast():
		return "is an address in the local network"
	}
	return ""
}
