package jetpack

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	defaultBaseURL   = "https://public-api.wordpress.com"
	defaultUserAgent = "jetpack-start"
	defaultTimeout   = 60 * time.Second
	defaultRetryFor  = 30 * time.Second
	// Servers commonly close a connection that was idle for 5 s. One that is closed just as a call
	// that costs money goes out on it would make that call's answer lost, so idle connections are
	// given up before that.
	idleTimeout = 4 * time.Second
)

// transport is what both clients have: how requests are sent, repeated and logged.
type transport struct {
	base     string // without a trailing slash
	host     string
	agent    string
	timeout  time.Duration
	retryFor time.Duration
	http     *http.Client
	traces   bool // http reports its connections to net/http/httptrace
	logf     func(format string, args ...any)
	now      func() time.Time
	sleep    func(ctx context.Context, d time.Duration) error
}

// newTransport checks what it takes of cfg, which is all but the credentials and the cache.
func newTransport(cfg Config) (transport, error) {
	base, err := baseURL(cfg.BaseURL)
	if err != nil {
		return transport{}, err
	}
	if strings.ContainsFunc(
		cfg.HostHeader,
		func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`/\@?#`, r) },
	) {
		return transport{}, errors.New("jetpack: the host header isn't a host name")
	}
	if strings.ContainsFunc(cfg.UserAgent, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return transport{}, errors.New("jetpack: the user agent has control characters")
	}
	t := transport{
		base: base, host: cfg.HostHeader, agent: cfg.UserAgent, timeout: cfg.Timeout, retryFor: cfg.RetryFor,
		logf: cfg.Logf, now: cfg.Now, sleep: cfg.Sleep,
	}
	t.http, t.traces = httpClient(cfg.HTTP)
	if t.agent == "" {
		t.agent = defaultUserAgent
	}
	if t.timeout <= 0 {
		t.timeout = defaultTimeout
	}
	if t.retryFor == 0 {
		t.retryFor = defaultRetryFor
	}
	if t.logf == nil {
		t.logf = func(string, ...any) {}
	}
	if t.now == nil {
		t.now = time.Now
	}
	if t.sleep == nil {
		t.sleep = sleep
	}
	return t, nil
}

// baseURL checks and normalizes Config.BaseURL. Its errors don't quote it: it could hold a
// password.
func baseURL(s string) (string, error) {
	if s == "" {
		return defaultBaseURL, nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https":
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

// httpClient is a copy of given, or a client of our own, that gives redirects to the caller
// instead of following them, and whether it is sure to trace.
func httpClient(given *http.Client) (c *http.Client, traces bool) {
	var own http.Client
	if given != nil {
		own = *given
	} else {
		tr, ok := http.DefaultTransport.(*http.Transport)
		if ok {
			tr = tr.Clone()
		} else { // replaced by a program that embeds this package
			tr = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
		}
		if tr.TLSClientConfig == nil {
			tr.TLSClientConfig = &tls.Config{}
		}
		tr.TLSClientConfig.MinVersion = max(tr.TLSClientConfig.MinVersion, tls.VersionTLS12)
		tr.IdleConnTimeout = idleTimeout
		own.Transport = tr
	}
	if own.Transport == nil {
		own.Transport = http.DefaultTransport
	}
	_, traces = own.Transport.(*http.Transport)
	own.Transport = noRedirects{own.Transport}
	return &own, traces
}

// hiddenLocation is where noRedirects puts Location; no header on the wire has such a name.
const hiddenLocation = "location not followed"

// noRedirects hides Location from http.Client. CheckRedirect isn't enough: a Location that isn't a
// URL is an error to http.Client before it asks, and a refusal would look like a lost answer.
type noRedirects struct{ http.RoundTripper }

func (t noRedirects) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err == nil && resp.Header["Location"] != nil {
		resp.Header[hiddenLocation] = resp.Header["Location"]
		delete(resp.Header, "Location")
	}
	return resp, err
}

// CloseIdleConnections passes on what http.Client's method of that name looks for.
func (t noRedirects) CloseIdleConnections() {
	if idle, ok := t.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
