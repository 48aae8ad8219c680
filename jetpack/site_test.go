package jetpack

import (
	"net/http"
	"strings"
	"testing"
)

func TestSiteIdentifier(t *testing.T) {
	for in, want := range map[string]string{
		"https://Example.com/demo/wp/":  "example.com::demo::wp",
		"http://example.com":            "example.com",
		"example.com":                   "example.com",
		"example.com/":                  "example.com",
		"example.com/demo":              "example.com::demo",
		"example.com::demo::wp":         "example.com::demo::wp",
		"example.com:8080/Demo":         "example.com:8080::Demo",
		"https://example.com:443":       "example.com",
		"http://example.com:080/a":      "example.com::a",
		"https://example.com:/x":        "example.com::x",
		"https://example.com//a///b/":   "example.com::a::b",
		"https://example.com./a":        "example.com::a",
		"https://example.com/caf%C3%A9": "example.com::caf%C3%A9",
		"https://example.com/café x":    "example.com::caf%C3%A9%20x",
		"https://bücher.example/a":      "bücher.example::a",
		"http://[::1]:8080/a":           "[::1]:8080::a",
		"[::1]:8080::a":                 "[::1]:8080::a",
		"http://127.0.0.1/a:b":          "127.0.0.1::a:b",
		"my_site.example.com/~user":     "my_site.example.com::~user",
		"HTTPS://EXAMPLE.COM":           "example.com",
		"12345":                         "12345",
		"007":                           "7",
	} {
		if got, err := SiteIdentifier(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestSiteIdentifierRefuses(t *testing.T) {
	for _, in := range []string{
		"", "0", "000", "0.", "http://12345/", "12345.", "12345/", "99999999999999999999999", "-5",
		"https://", "https:///x", "/demo", "ftp://example.com", "javascript:alert(1)",
		"https://example.com/?a=b", "https://example.com?", "https://example.com/#x",
		"https://example.com#", "https://user:p4ssword@example.com/", "user:p4ssword@example.com",
		"https://example.com:p4ssword/", "https://example.com:0/", "https://example.com:70000",
		"https://example.com/../x", "https://example.com/%2e%2E/x", "https://example.com/./x",
		"https://example.com/a%2Fb", "https://example.com/a::b", "https://example.com/a:/b",
		"https://example.com/:a", "https://example.com/%3a%3A", "https://example.com/%zz",
		"https://exam ple.com/", "https://exa\nmple.com", "https://example.com/a%00b",
		"https://example.com/%0a", `https://exa"mple.com/`, "https://<b>/", "https://../status",
		"https://.example.com", "https://[fe80::1%25eth0]/", "http://a\\b/",
		"https:", "HTTP:", "https:/example.com", "http:example.com", "https:8080",
		" https://example.com", "https://example.com ", "example.com\u00a0", "https://example.com\n",
		"https://example.com/a\u0085b", "https://example.com/\xff", "https://example.com/\tx",
		"https://example.com:99999", "http:///core", "https://:8080/",
		"https://example.com/" + strings.Repeat("x", 236),
	} {
		got, err := SiteIdentifier(in)
		if err == nil {
			t.Errorf("%q: got %q", in, got)
			continue
		}
		if strings.Contains(err.Error(), "p4ssword") {
			t.Errorf("%q: the error quotes the password: %v", in, err)
		}
	}
}

func TestCheckSiteURL(t *testing.T) {
	for _, in := range []string{
		"https://example.com", "http://example.com:8080/demo/wp/", "HTTPS://Example.COM.",
		"https://bücher.example/a b", "http://[::1]:8080", "http://127.0.0.1",
		"https://example.com:65535", "https://example.com/" + strings.Repeat("x", 235),
	} {
		if err := CheckSiteURL(in); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
	for in, want := range map[string]string{
		"":                                    "it is empty",
		"12345":                               "starts with http:// or https://",
		"example.com":                         "starts with http:// or https://",
		"example.com::demo":                   "starts with http:// or https://",
		"https:":                              "starts with http:// or https://",
		"//example.com":                       "starts with http:// or https://",
		"ftp://example.com":                   "starts with http:// or https://",
		"http:///core":                        "no host",
		" https://example.com ":               "no spaces at its beginning or end",
		"https://example.com:99999":           "a port is 1 to 65535",
		"https://example.com:0":               "a port is 1 to 65535",
		"https://example.com?x=1":             "no query",
		"https://example.com/#x":              "no fragment",
		"https://user:pw@example.com":         "no user name",
		"https://example.com/\x1b[31m":        "no control characters",
		"https://example.com/a/../b":          `no "." and ".."`,
		"https://" + strings.Repeat("x", 248): "at most 255 bytes, and this one has 256",
	} {
		if err := CheckSiteURL(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}

func TestSiteIsSentInThePath(t *testing.T) {
	var path string
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		path = r.RequestURI
		respond(200, `{"blog":[],"products":[]}`)(w, r, n)
	})
	c, _ := a.client(t, nil)
	for site, want := range map[string]string{
		"https://example.com/caf%C3%A9/wp": "/rest/v1.4/jpphp/example.com::caf%C3%A9::wp/status",
		"example.com:8080::demo":           "/rest/v1.4/jpphp/example.com:8080::demo/status",
		"12345":                            "/rest/v1.4/jpphp/12345/status",
	} {
		if _, err := c.Status(t.Context(), site); err != nil || path != want {
			t.Errorf("%s: asked for %s, %v", site, path, err)
		}
	}
	_, err := c.Status(t.Context(), "https://u:ssh-hunter2@example.com")
	if e := asError(t, err); e.Code != CodeInvalidRequest || e.Retryable() || e.Lost() {
		t.Errorf("got %+v", e)
	}
	_, err = c.Cancel(t.Context(), "..", CancelRequest{})
	if e := asError(t, err); e.Call != "cancel" || e.Code != CodeInvalidRequest || e.Lost() {
		t.Errorf("got %+v", e)
	}
}
