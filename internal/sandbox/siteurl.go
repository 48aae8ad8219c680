package sandbox

import (
	"net/url"
	"strings"
)

// siteKey returns the form of a site's URL under which the sandbox stores the site: no scheme, the
// host in lower case, no port 80 or 443, no slash at the end.
//
// The client has a normal form of its own, jetpack.SiteKey. The sandbox doesn't use it: with two
// implementations, a mistake in the client's shows up as a site that the sandbox can't find.
func siteKey(address string) string {
	if i := strings.Index(address, "://"); i >= 0 {
		address = address[i+3:]
	}
	host, path, _ := strings.Cut(address, "/")
	host = strings.ToLower(host)
	for _, port := range []string{":80", ":443"} {
		host = strings.TrimSuffix(host, port)
	}
	path = strings.Trim(path, "/")
	if path == "" {
		return host
	}
	return host + "/" + path
}

// siteKeyFromPath returns the key of the site that the path variable {site} names. In it, ::
// represents a slash, except between the brackets of an IPv6 address.
func siteKeyFromPath(v string) string {
	host := ""
	if i := strings.Index(v, "]"); strings.HasPrefix(v, "[") && i > 0 {
		host, v = v[:i+1], v[i+1:]
	}
	return siteKey(host + strings.ReplaceAll(v, "::", "/"))
}

// isWebURL reports whether u is an http or https URL with a host.
func isWebURL(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}
