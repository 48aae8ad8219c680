package whmcs

import (
	"errors"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"jetpack-start/jetpack"
)

// site is a customer's site.
type site struct {
	Shown string // for people: host in its own script, port and path; no scheme
	URL   string // https, host in ASCII, no slash at the end
}

// activationURL returns the page of wp-admin where the customer enters a license key, or "" if the
// site isn't known.
func (s site) activationURL() string {
	if s.URL == "" {
		return ""
	}
	return s.URL + "/wp-admin/admin.php?page=jetpack#/license/activation"
}

// idnaProfile converts international domain names. It accepts an underscore, which the standard
// forbids and some sites use.
var idnaProfile = idna.New(
	idna.MapForLookup(),
	idna.BidiRule(),
	idna.Transitional(false),
	idna.StrictDomainName(false),
	idna.VerifyDNSLength(true),
)

// maxSite is the maximum length of a site's URL in the table, in bytes.
const maxSite = 255

// errNoDomain is the error of siteOf for an empty domain.
var errNoDomain = errors.New("no domain")

// siteOf returns the site of a service's domain. WHMCS passes on what the customer or the staff
// entered: a domain with or without a port and a path, a whole URL, or the address of wp-admin.
// siteOf returns errNoDomain if it is empty. Its errors don't quote it.
func siteOf(domain string) (site, error) {
	domain = strings.TrimSpace(domain)
	if domain == "" {
		return site{}, errNoDomain
	}
	if strings.Trim(domain, "0123456789") == "" {
		return site{}, errors.New("the domain is a number")
	}
	if !strings.Contains(domain, "://") {
		domain = "https://" + strings.TrimLeft(domain, "/")
	}
	// Rejects what the API can't address, because of the scheme, characters, port or path.
	if _, err := jetpack.SiteIdentifier(domain); err != nil {
		return site{}, err
	}
	u, err := url.Parse(domain)
	if err != nil {
		return site{}, errors.New("not a site URL")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	shown := host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
		shown = host
	} else {
		if host, err = idnaProfile.ToASCII(host); err != nil {
			return site{}, errors.New("not a site URL: its domain can't be an international one")
		}
		if shown, err = idnaProfile.ToUnicode(host); err != nil {
			shown = host
		}
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	for _, tail := range []string{
		"/wp-login.php", "/wp-admin/admin.php", "/wp-admin/index.php", "/wp-admin",
	} {
		path = strings.TrimRight(strings.TrimSuffix(path, tail), "/")
	}
	port := u.Port()
	if port != "" && !(u.Scheme == "http" && port == "80") && port != "443" {
		host, shown = host+":"+port, shown+":"+port
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
		plain = path
	}
	at := site{Shown: shown + plain, URL: "https://" + host + path}
	if len(at.URL) > maxSite {
		return site{}, errors.New("the address is too long")
	}
	return at, nil
}
