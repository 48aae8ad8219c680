package jetpack

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestNewChecksTheAddress(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "https://public-api.wordpress.com",
		"https://Example.com/":           "https://example.com",
		"https://example.com:8443/a/b//": "https://example.com:8443/a/b",
		"http://127.0.0.1:80":            "http://127.0.0.1:80",
		"http://[::1]:80":                "http://[::1]:80",
		"http://LOCALHOST":               "http://localhost",
		"http://127.8.8.8/x":             "http://127.8.8.8/x",
		"http://example.com":             "error",
		"http://127.0.0.1.example.com":   "error",
		"http://0.0.0.0":                 "error",
		"https://user:p4ss@example.com":  "error",
		"https://user:p4ss@exam ple.com": "error",
		"https://example.com:p4ss":       "error",
		"https://example.com?":           "error",
		"https://example.com?a=p4ss":     "error",
		"https://example.com#a":          "error",
		"ftp://example.com":              "error",
		"example.com":                    "error",
		"https://":                       "error",
		"https:example.com":              "error",
	} {
		c, err := NewClient(Config{BaseURL: in})
		switch {
		case err != nil && (want != "error" || strings.Contains(err.Error(), "p4ss")):
			t.Errorf("%s: %v", in, err)
		case err == nil && c.base != want:
			t.Errorf("%s: got %s, want %s", in, c.base, want)
		}
	}
}

func TestNewChecksHeaders(t *testing.T) {
	for _, cfg := range []Config{
		{HostHeader: "a\r\nX: y"}, {HostHeader: "a b"}, {HostHeader: "a/b"}, {UserAgent: "a\nb"},
	} {
		if _, err := NewClient(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

func TestHTTPClient(t *testing.T) {
	given := &http.Client{}
	c, err := NewClient(Config{HTTPClient: given})
	if err != nil || given.Transport != nil || given.CheckRedirect != nil || !c.traces {
		t.Errorf("%v, %+v", err, given)
	}
	c, err = NewClient(Config{})
	if err != nil {
		t.Fatal(err)
	}
	own := c.http.Transport.(noRedirects).RoundTripper.(*preconnector).Transport
	if own.IdleConnTimeout != idleTimeout || own.TLSClientConfig.MinVersion < tls.VersionTLS12 {
		t.Errorf("idle timeout %s, TLS %#x", own.IdleConnTimeout, own.TLSClientConfig.MinVersion)
	}
	if http.DefaultTransport.(*http.Transport).IdleConnTimeout == idleTimeout {
		t.Error("the default transport was changed")
	}
}

func TestClientPrintsNoSecret(t *testing.T) {
	c, err := NewClient(Config{PartnerSecret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	c.held = token{value: testToken}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		noSecrets(t, verb, fmt.Sprintf(verb, c))
		noSecrets(t, verb, fmt.Sprintf(verb, struct{ C *Client }{c}))
	}
}
