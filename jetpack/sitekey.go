package jetpack

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// lookup maps international domain names as a browser does. It accepts an underscore, which the
// standard forbids and some sites use.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// SiteKey returns the normal form of a site's URL: two URLs are of the same site if their keys are
// equal. The key has no scheme, no port 80 or 443 and no slash at the end; its host is in lower
// case, without a trailing dot, and in Unicode ("xn--bcher-kva.example" becomes "bücher.example").
// The case of the path stays, because it can make another site.
//
// SiteKey never fails: text that isn't a URL is trimmed and lower-cased as a host would be. The
// key has no more characters than siteURL has bytes.
func SiteKey(siteURL string) string {
	scheme, rest, found := strings.Cut(siteURL, "://")
	if found && !strings.ContainsAny(scheme, "/?#") {
		siteURL = rest
	}
	siteURL = strings.TrimFunc(siteURL, slashOrSpace)
	end := strings.IndexAny(siteURL, "/?#")
	if end < 0 {
		end = len(siteURL)
	}
	return hostKey(siteURL[:end]) + siteURL[end:]
}

// hostKey returns the normal form of a host with an optional port.
func hostKey(host string) string {
	host = strings.TrimSpace(host)
	port := ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		name := host[:i]
		p, ok := normalPort(host[i+1:])
		if ok && (!strings.Contains(name, ":") || strings.HasSuffix(name, "]")) {
			host, port = name, p
		}
	}
	host = strings.TrimRight(strings.ToLower(host), ".")
	u, err := lookup.ToUnicode(host)
	if err == nil && u != "" && utf8.RuneCountInString(u) <= len(host) {
		host = u
	}
	return host + port
}

// normalPort returns ":" and the decimal port, or "" for an empty port and the default ports 80
// and 443. It reports false if port isn't a number from 1 to 65535.
//
// Which scheme the default port belongs to doesn't matter: identifiers and keys have no scheme.
func normalPort(port string) (string, bool) {
	if port == "" {
		return "", true
	}
	switch n, err := strconv.ParseUint(port, 10, 16); {
	case err != nil || n == 0:
		return "", false
	case n == 80 || n == 443:
		return "", true
	default:
		return ":" + strconv.FormatUint(n, 10), true
	}
}

func slashOrSpace(r rune) bool { return r == '/' || unicode.IsSpace(r) }
