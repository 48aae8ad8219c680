package whmcs

import (
	"errors"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"jetpack-start/jetpack"
)

// site is a customer's site, as the domain of a service says it.
type site struct {
	Shown string // for people: host in its own script, port and path; no scheme
	URL   string // https, host in ASCII, no slash at the end
}

// activationURL is where a customer enters a license key: Jetpack's page in wp-admin.
func (s site) activationURL() string {
	if s.URL == "" {
		return ""
	}
	return s.URL + "/wp-admin/admin.php?page=jetpack#/license/activation"
}

// Domains with an underscore are in use, whatever the standard says.
var idnaProfile = idna.New(
	idna.MapForLookup(),
	idna.BidiRule(),
	idna.Transitional(false),
	idna.StrictDomainName(false),
	idna.VerifyDNSLength(true),
)

// maxSite is how long a site's URL may be, in bytes: what the table takes.
const maxSite = 255

var errNoDomain = errors.New("no domain")

// siteOf reads the domain of a service. WHMCS passes on what the customer or the staff typed: a
// domain, with a port, with a path, a whole URL with http, the address of wp-admin. An empty one
// is errNoDomain. Errors don't quote it.
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
	// Checks all that is known of what the API can name: scheme, characters, port, path.
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
	for _, tail := range []string{"/wp-login.php", "/wp-admin/admin.php", "/wp-admin/index.php", "/wp-admin"} {
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
