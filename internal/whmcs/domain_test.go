package whmcs

import (
	"errors"
	"strings"
	"testing"
)

func TestSiteOf(t *testing.T) {
	for _, c := range []struct{ domain, shown, url string }{
		{"example.com", "example.com", "https://example.com"},
		{" Example.COM. ", "example.com", "https://example.com"},
		{"example.com/", "example.com", "https://example.com"},
		{"//example.com//", "example.com", "https://example.com"},
		{"http://example.com", "example.com", "https://example.com"},
		{"HTTPS://EXAMPLE.COM/Blog", "example.com/Blog", "https://example.com/Blog"},
		{"http://example.com:80", "example.com", "https://example.com"},
		{"https://example.com:443/", "example.com", "https://example.com"},
		{"example.com:8443", "example.com:8443", "https://example.com:8443"},
		{"http://example.com:8080/a/b/", "example.com:8080/a/b", "https://example.com:8080/a/b"},
		{"example.com/wp-admin", "example.com", "https://example.com"},
		{
			"https://example.com/blog/wp-admin/admin.php", "example.com/blog",
			"https://example.com/blog",
		},
		{"https://example.com/wp-login.php", "example.com", "https://example.com"},
		{"https://example.com/wp-admin/index.php", "example.com", "https://example.com"},
		{"example.com/my-wp-admin", "example.com/my-wp-admin", "https://example.com/my-wp-admin"},
		{"Bücher.example", "bücher.example", "https://xn--bcher-kva.example"},
		{"xn--bcher-kva.example", "bücher.example", "https://xn--bcher-kva.example"},
		{"straße.example", "straße.example", "https://xn--strae-oqa.example"},
		{"日本語.jp", "日本語.jp", "https://xn--wgv71a119e.jp"},
		{"my_shop.example.com", "my_shop.example.com", "https://my_shop.example.com"},
		{"192.0.2.7", "192.0.2.7", "https://192.0.2.7"},
		{"[2001:DB8::1]:8443", "[2001:db8::1]:8443", "https://[2001:db8::1]:8443"},
		{"localhost", "localhost", "https://localhost"},
		{"example.com/a%20b", "example.com/a b", "https://example.com/a%20b"},
	} {
		at, err := siteOf(c.domain)
		if err != nil || at.Shown != c.shown || at.URL != c.url {
			t.Errorf(
				"siteOf(%q) = %q, %q, %v; want %q, %q", c.domain, at.Shown, at.URL, err, c.shown,
				c.url,
			)
		}
		if again, err := siteOf(at.URL); err != nil || again != at {
			t.Errorf("siteOf(%q) = %v, %v; want the same as of %q", at.URL, again, err, c.domain)
		}
	}
}

func TestSiteOfRefuses(t *testing.T) {
	for _, domain := range []string{
		"12345", "ftp://example.com", "javascript://example.com", "https://", "://", "exa mple.com",
		"example.com?x=1", "example.com/#top",
		"https://jane:hunter2@example.com", "jane@example.com", "example.com/../etc",
		"example.com/a%2Fb", "example.com:99999", "example.com:port",
		"exam\x00ple.com", "example.com/\r\nX: y", "<b>.example", "a..example",
		strings.Repeat("a", 64) + ".example",
		"xn--a.example", "/", "file:///etc/passwd", "\u202eexample.com",
		"example.com/" + strings.Repeat("a/", 130),
	} {
		at, err := siteOf(domain)
		if err == nil {
			t.Errorf("siteOf(%q) = %q, %q", domain, at.Shown, at.URL)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") || errors.Is(err, errNoDomain) {
			t.Errorf("siteOf(%q): %v", domain, err)
		}
	}
	for _, domain := range []string{"", " ", "\t\n"} {
		if _, err := siteOf(domain); !errors.Is(err, errNoDomain) {
			t.Errorf("siteOf(%q): %v", domain, err)
		}
	}
}

func TestActivationURL(t *testing.T) {
	if got := (site{}).activationURL(); got != "" {
		t.Errorf("without a site: %q", got)
	}
	at, err := siteOf("http://example.com:8080/blog/")
	want := "https://example.com:8080/blog/wp-admin/admin.php?page=jetpack#/license/activation"
	if err != nil || at.activationURL() != want {
		t.Errorf("%q, %v", at.activationURL(), err)
	}
}
