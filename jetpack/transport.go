package jetpack

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"jetpack-start/internal/sleep"
)

const (
	defaultBaseURL   = "https://public-api.wordpress.com"
	defaultUserAgent = "jetpack-start"
	defaultTimeout   = 60 * time.Second
	defaultRetryFor  = 30 * time.Second
	// Servers often close a connection that has been idle for 5s. If that happened just as a call
	// that costs money is sent on it, the answer to the call would be lost. So idle connections are
	// closed earlier.
	idleTimeout = 4 * time.Second
)

// transport sends, repeats and logs requests, for both clients.
type transport struct {
	base     string // without a trailing slash
	host     string
	agent    string
	timeout  time.Duration
	retryFor time.Duration
	http     *http.Client
	early    *preconnector // part of http; nil if http was given by the program
	traces   bool          // http reports its connections to net/http/httptrace
	logf     func(format string, args ...any)
	now      func() time.Time
	sleep    func(ctx context.Context, d time.Duration) error
}

// newTransport returns a transport for cfg, without its credentials and cache folder.
func newTransport(cfg Config) (transport, error) {
	base, err := baseURL(cfg.BaseURL)
	switch {
	case err != nil:
		return transport{}, err
	case strings.ContainsFunc(cfg.HostHeader, notInHost):
		return transport{}, errors.New("jetpack: the host header isn't a host name")
	case strings.ContainsFunc(cfg.UserAgent, isControl):
		return transport{}, errors.New("jetpack: the user agent has control characters")
	}
	t := transport{
		base: base, host: cfg.HostHeader, agent: cmp.Or(cfg.UserAgent, defaultUserAgent),
		timeout: cfg.Timeout, retryFor: cmp.Or(cfg.RetryFor, defaultRetryFor),
		logf: cfg.Logf, now: cfg.now, sleep: cfg.sleep,
	}
	if cfg.HTTPClient == nil {
		t.early = newPreconnector(ownTransport(), base)
		t.http, t.traces = &http.Client{Transport: noRedirects{t.early}}, true
	} else {
		t.http, t.traces = httpClient(cfg.HTTPClient)
	}
	if t.timeout <= 0 {
		t.timeout = defaultTimeout
	}
	if t.logf == nil {
		t.logf = func(string, ...any) {}
	}
	if t.now == nil {
		t.now = time.Now
	}
	if t.sleep == nil {
		t.sleep = sleep.Context
	}
	return t, nil
}

func notInHost(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`/\@?#`, r) }

// baseURL checks and normalizes Config.BaseURL. Its errors don't quote the URL, because it could
// hold a password.
func baseURL(s string) (string, error) {
	if s == "" {
		return defaultBaseURL, nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" ||
		u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("jetpack: the API's address isn't an http or https URL")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("jetpack: the API's address has a user, a query or a fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", errors.New(
			"jetpack: the API's address is plain http, which is for this machine only: use https",
		)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + strings.TrimRight(u.EscapedPath(), "/"), nil
}

func loopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// httpClient returns a copy of given that doesn't follow redirects. It reports whether the client
// is sure to call the functions of net/http/httptrace.
func httpClient(given *http.Client) (c *http.Client, traces bool) {
	own := *given
	if own.Transport == nil {
		own.Transport = http.DefaultTransport
	}
	_, traces = own.Transport.(*http.Transport)
	own.Transport = noRedirects{own.Transport}
	return &own, traces
}

// ownTransport returns a copy of http.DefaultTransport with our TLS version and idle timeout.
func ownTransport() *http.Transport {
	var t *http.Transport
	if std, ok := http.DefaultTransport.(*http.Transport); ok {
		t = std.Clone()
	} else { // replaced by a program that imports this package
		t = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	}
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{}
	}
	t.TLSClientConfig.MinVersion = max(t.TLSClientConfig.MinVersion, tls.VersionTLS12)
	t.IdleConnTimeout = idleTimeout
	return t
}

// hiddenLocation is the header under which noRedirects keeps Location. No header that was received
// can have this name.
const hiddenLocation = "location not followed"

// noRedirects hides Location from http.Client. CheckRedirect isn't enough: http.Client returns an
// error for a Location that isn't a URL before it calls CheckRedirect, and a refusal would look
// like a lost answer.
type noRedirects struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t noRedirects) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err == nil && resp.Header["Location"] != nil {
		resp.Header[hiddenLocation] = resp.Header["Location"]
		delete(resp.Header, "Location")
	}
	return resp, err
}

// CloseIdleConnections closes the idle connections of the wrapped RoundTripper.
// http.Client.CloseIdleConnections calls it.
func (t noRedirects) CloseIdleConnections() {
	if idle, ok := t.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}
