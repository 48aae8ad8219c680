package jetpack

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSiteKey(t *testing.T) {
	for siteURL, want := range map[string]string{
		"":                              "",
		"//":                            "",
		"https://":                      "",
		" https://Example.com/ ":        "example.com",
		"HTTP://EXAMPLE.COM":            "example.com",
		"example.com":                   "example.com",
		"//example.com/a":               "example.com/a",
		"https://example.com.":          "example.com",
		"https://example.com.:443/":     "example.com",
		"https://example.com:443":       "example.com",
		"http://example.com:443":        "example.com",
		"https://example.com:80/a/b//":  "example.com/a/b",
		"example.com:80":                "example.com",
		"https://example.com:/x":        "example.com/x",
		"http://example.com:8080/Ä":     "example.com:8080/Ä",
		"https://example.com:08443":     "example.com:8443",
		"https://example.com/A:443/":    "example.com/A:443",
		"https://example.com/Blog":      "example.com/Blog",
		"https://example.com/http://x":  "example.com/http://x",
		"https://example.com/caf%C3%A9": "example.com/caf%C3%A9",
		"https://example.com?A=b/":      "example.com?A=b",
		"https://Bücher.example/a":      "bücher.example/a",
		"https://BÜCHER.example/a":      "bücher.example/a",
		"https://xn--bcher-kva.example": "bücher.example",
		"XN--BCHER-KVA.example.:443":    "bücher.example",
		"straße.example":                "straße.example",
		"xn--strae-oqa.example":         "straße.example",
		"日本語。jp":                        "日本語.jp",
		"xn--wgv71a119e.jp":             "日本語.jp",
		"My_Shop.example.com":           "my_shop.example.com",
		"http://192.0.2.7:80":           "192.0.2.7",
		"http://[2001:DB8::1]:443/a":    "[2001:db8::1]/a",
		"http://[2001:DB8::1]:8080":     "[2001:db8::1]:8080",
		"::1":                           "::1",
		"localhost:80":                  "localhost",
		"https://example.com:99999":     "example.com:99999",
		"example.com:80:443":            "example.com:80:443",
		" Not a URL ":                   "not a url",
		"12345":                         "12345",
		"xn--":                          "xn--",
	} {
		if got := SiteKey(siteURL); got != want {
			t.Errorf("SiteKey(%q) = %q, want %q", siteURL, got, want)
		}
		checkSiteKey(t, siteURL)
	}
}

// A site's identifier and its key must not disagree about what is the same site.
func TestSiteKeyAgreesWithSiteIdentifier(t *testing.T) {
	for _, siteURL := range []string{
		"https://example.com:443", "http://example.com:80/a/", "example.com:8080/A",
		"HTTPS://Example.com./", "http://[::1]:443/a", "https://bücher.example",
		"https://example.com:0443",
	} {
		id, err := SiteIdentifier(siteURL)
		if err != nil {
			t.Errorf("SiteIdentifier(%q): %v", siteURL, err)
		}
		if key := SiteKey(siteURL); SiteKey(slashed(id)) != key {
			t.Errorf("%q: identifier %q, key %q", siteURL, id, key)
		}
	}
}

func FuzzSiteKey(f *testing.F) {
	for _, siteURL := range []string{
		"https://Example.com:443/a/", "xn--bcher-kva.example:80", "[::1]:80", ":", "a:80:80",
		"㌀.example",
	} {
		f.Add(siteURL)
	}
	f.Fuzz(checkSiteKey)
}

// checkSiteKey checks what SiteKey promises for every text.
func checkSiteKey(t *testing.T, siteURL string) {
	t.Helper()
	key := SiteKey(siteURL)
	if utf8.RuneCountInString(key) > len(siteURL) {
		t.Errorf("SiteKey(%q) = %q is longer", siteURL, key)
	}
	if _, err := SiteIdentifier(siteURL); err != nil || strings.Contains(siteURL, "::") {
		return // not a URL, or an identifier
	}
	if again := SiteKey(key); again != key {
		t.Errorf("SiteKey(%q) = %q, whose key is %q", siteURL, key, again)
	}
}
