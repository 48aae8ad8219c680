package whmcs

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"jetpack-start/jetpack"
)

// FuzzSiteOf checks that the URL of any domain is an ASCII https URL that the API can address and
// that needs no escaping in HTML.
func FuzzSiteOf(f *testing.F) {
	for _, seed := range []string{
		"example.com", "http://Example.com:8080/blog/", "bücher.example", "//x", "a_b.example/wp-admin", "[::1]:8443", "1", "x.example/%2e%2e",
		"https://u:p@x.example", "x.example?y#z", "\u202eexample.com", "xn--bcher-kva.example/ä ö",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, domain string) {
		s, err := siteOf(domain)
		if err != nil {
			if s != (site{}) {
				t.Fatalf("%q: %v beside an error", domain, s)
			}
			return
		}
		if !strings.HasPrefix(s.URL, "https://") || !ascii(s.URL) ||
			strings.ContainsAny(s.URL, " \"'<>") ||
			strings.HasSuffix(s.URL, "/") ||
			!utf8.ValidString(s.Shown) {
			t.Fatalf("%q: %q, shown %q", domain, s.URL, s.Shown)
		}
		if u, err := url.Parse(s.URL); err != nil || u.Host == "" || u.User != nil ||
			u.RawQuery != "" {
			t.Fatalf("%q: %q: %v", domain, s.URL, err)
		}
		if _, err := jetpack.SiteIdentifier(s.URL); err != nil {
			t.Fatalf("%q: %q: %v", domain, s.URL, err)
		}
		if again, err := siteOf(s.URL); err != nil || again != s {
			t.Fatalf("%q: %q comes back as %q, %v", domain, s, again, err)
		}
	})
}
