package jetpack

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSiteURL is the largest length of a site's URL, in bytes. A ledger can store no longer one.
const maxSiteURL = 255

// CheckSiteURL returns an error unless siteURL is the full URL of a site: http or https, a host,
// and possibly a port from 1 to 65535 and a path that SiteIdentifier accepts. It has at most 255
// bytes and no query, fragment, user name, control characters, or spaces at its beginning or end.
//
// Whatever sends a site's URL to the API must check it first: a plan can be provisioned for a URL
// of which no site is found later, so that it can't be cancelled. The error never quotes the URL,
// because it can hold a password.
func CheckSiteURL(siteURL string) error {
	if siteURL == "" {
		return errors.New("it is empty")
	}
	if err := checkText(siteURL); err != nil {
		return err
	}
	if !strings.Contains(siteURL, "://") {
		return errNoScheme
	}
	_, err := SiteIdentifier(siteURL)
	return err
}

var errNoScheme = errors.New("a site URL starts with http:// or https://")

// checkText returns an error for text that no site's URL or identifier holds, whatever its parts.
func checkText(site string) error {
	switch {
	case len(site) > maxSiteURL:
		return fmt.Errorf("a site URL has at most %d bytes, and this one has %d",
			maxSiteURL, len(site))
	case strings.TrimSpace(site) != site:
		return errors.New("a site URL has no spaces at its beginning or end")
	case strings.ContainsFunc(site, unicode.IsControl):
		return errors.New("a site URL has no control characters")
	case !utf8.ValidString(site):
		return errors.New("a site URL is UTF-8")
	}
	return nil
}

// SiteIdentifier returns the {site} of the API's paths for a site's URL, or for its domain with a
// path: domain and path without a scheme, with "::" for "/" (plan-cancellation.md).
// "https://Example.com/demo/wp/" becomes "example.com::demo::wp". A port stays unless it is 80 or
// 443, and percent-escapes in the path stay as they are. A blog ID, which is a decimal number above
// 0, and an identifier are returned unchanged.
//
// It returns an error for what CheckSiteURL rejects, except that the scheme may be missing, and for
// a path that an identifier can't express ("." and "..", an escaped "/", "::"). The error never
// quotes the URL, because it can hold a password.
func SiteIdentifier(siteURL string) (string, error) {
	if siteURL == "" {
		return "", errors.New("the site is empty")
	}
	if strings.Trim(siteURL, "0123456789") == "" {
		id, err := strconv.ParseUint(siteURL, 10, 64)
		if err != nil || id == 0 {
			return "", errors.New("not a blog ID: a number from 1 on")
		}
		return strconv.FormatUint(id, 10), nil
	}
	if err := checkText(siteURL); err != nil {
		return "", err
	}
	if strings.ContainsAny(siteURL, "?#") {
		return "", errors.New("a site URL has no query and no fragment")
	}
	if !strings.Contains(siteURL, "://") {
		if scheme, _, found := strings.Cut(siteURL, ":"); found && isWebScheme(scheme) {
			return "", errNoScheme // "https:" and "https:/example.com"
		}
		siteURL = "https://" + slashed(siteURL)
	}
	u, err := url.Parse(siteURL)
	if err != nil || u.Opaque != "" {
		return "", errors.New("not a site URL")
	}
	if !isWebScheme(u.Scheme) {
		return "", errNoScheme
	}
	if u.User != nil {
		return "", errors.New("a site URL has no user name and no password")
	}
	host, err := siteHost(u)
	if err != nil {
		return "", err
	}
	parts := []string{host}
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		if part == "" {
			continue // leading, trailing and doubled slashes
		}
		if err := checkSegment(part); err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "::"), nil
}

// isWebScheme reports whether scheme is http or https, in any case.
func isWebScheme(scheme string) bool {
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}

// slashed returns an identifier with "/" for "::", except in an IPv6 address in brackets.
func slashed(s string) string {
	end := 0
	if strings.HasPrefix(s, "[") {
		end = strings.Index(s, "]") + 1
	}
	return s[:end] + strings.ReplaceAll(s[end:], "::", "/")
}

// siteHost returns the host in lower case with its port, or an error if no site can have it.
// url.Parse accepts characters that no domain has and that would change the API's path.
func siteHost(u *url.URL) (string, error) {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is6() && addr.Zone() == "" {
		host = "[" + host + "]"
	} else {
		named := false
		for _, r := range host {
			if !inDomain(r) && !strings.ContainsRune(".-_", r) {
				return "", errors.New("not a site URL: a character that no domain has")
			}
			named = named || inDomain(r)
		}
		if !named || host[0] == '-' || strings.Contains("."+host+".", "..") {
			return "", errors.New("not a site URL: it has no host")
		}
		if strings.Trim(host, "0123456789") == "" { // would be a blog ID to the API
			return "", errors.New("not a site URL: its domain is a number")
		}
	}
	port, ok := normalPort(u.Port())
	if !ok {
		return "", errors.New("not a site URL: a port is 1 to 65535")
	}
	return host + port, nil
}

// inDomain reports whether r is a letter, a digit or a combining mark.
func inDomain(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
	}
	return r != unicode.ReplacementChar &&
		(unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}

// checkSegment returns an error for a segment of a path that an identifier can't express.
func checkSegment(part string) error {
	plain, err := url.PathUnescape(part)
	switch {
	case err != nil:
		return errors.New("not a site URL: a broken escape in its path")
	case plain == "." || plain == "..":
		return errors.New(`a site URL has no "." and ".." in its path`)
	case strings.Contains(plain, "/"):
		return errors.New("the API can't name a site with an escaped slash in its path")
	case strings.Contains(plain, "::") || plain[0] == ':' || plain[len(plain)-1] == ':':
		return errors.New("the API can't name a site with such colons in its path")
	case strings.ContainsFunc(plain, unicode.IsControl):
		return errors.New("not a site URL: a control character in its path")
	}
	return nil
}
