package sandbox

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func isTrue(v string) bool { return v == "1" || v == "true" }

func isBool(v string) bool { return slices.Contains([]string{"1", "0", "true", "false"}, v) }

func isPort(v string) bool {
	n, err := strconv.Atoi(v)
	return err == nil && n >= 1 && n <= 65535 && isDigits(v)
}

func isDigits(v string) bool {
	return v != "" && strings.Trim(v, "0123456789") == ""
}

func isErrorCode(v string) bool {
	return v != "" && strings.Trim(v, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

func isWebURL(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// siteKey is what two spellings of one site have in common: no scheme, the
// host in lower case, no slash at the end.
func siteKey(address string) string {
	if i := strings.Index(address, "://"); i >= 0 {
		address = address[i+3:]
	}
	host, path, _ := strings.Cut(address, "/")
	path = strings.Trim(path, "/")
	if path == "" {
		return strings.ToLower(host)
	}
	return strings.ToLower(host) + "/" + path
}

// siteFromPath reads {site} of a path, in which :: stands for a slash. The
// brackets of an IPv6 host keep their colons.
func siteFromPath(v string) string {
	host := ""
	if i := strings.Index(v, "]"); strings.HasPrefix(v, "[") && i > 0 {
		host, v = v[:i+1], v[i+1:]
	}
	return siteKey(host + strings.ReplaceAll(v, "::", "/"))
}
