// Package jetpack is the client of the Jetpack partner API, with which a hosting partner provisions and cancels plans
// on its customers' sites. It takes care of the token, of time-outs and repeats, and of telling a refusal from an answer
// that was lost on the way, because a plan costs money. The facts come from Automattic's host-partner-documentation
// (jetpack/jetpack-start-endpoints); doc comments name the document.
package jetpack

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	defaultBaseURL   = "https://public-api.wordpress.com"
	defaultUserAgent = "jetpack-start"
	defaultTimeout   = 60 * time.Second
	defaultRetryFor  = 30 * time.Second
	// Servers commonly close a connection that was idle for 5 s. One that is closed just as a provision call goes out on
	// it would make that call's answer lost, so idle connections are given up before that.
	idleTimeout = 4 * time.Second
)

// Config says how a Client reaches the API. The zero value reaches the public API without credentials, which is
// enough for Ping.
type Config struct {
	// BaseURL is scheme, host and optional path; "" means https://public-api.wordpress.com. http is for loopback only.
	BaseURL string
	// HostHeader is sent as Host when it isn't empty, for an API reached under another name. The certificate is still
	// checked against the host in BaseURL.
	HostHeader    string
	PartnerID     string
	PartnerSecret Secret
	// CacheDir is a folder for token files; "" keeps tokens in memory only. It is made, for its owner alone, when missing.
	CacheDir  string
	UserAgent string // "" means jetpack-start
	// Timeout is for one request, from dialling to the last byte of the answer; 0 means 60 s.
	Timeout time.Duration
	// RetryFor bounds the repeats of one call: no try starts later than this after the first one did. One under way isn't
	// cut short by it. 0 means 30 s, negative no repeats.
	RetryFor time.Duration
	// HTTP is used instead of a client of our own, which takes its proxy from the environment and wants TLS 1.2 or later.
	// Either way redirects aren't followed: they would carry secrets to another host.
	HTTP *http.Client
	// Logf gets one line for each request: method, path, the fields' names (never their values), status, time, request ID.
	// It may be called from several goroutines. nil is silent.
	Logf func(format string, args ...any)
	// Now is the clock; nil means the real one.
	Now func() time.Time
	// Sleep waits between tries and gives the context's error when it ends first; nil means real time.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Client talks to the partner API. It is safe for use by several goroutines.
type Client struct {
	base     string // without a trailing slash
	host     string
	id       string
	secret   Secret
	dir      string
	agent    string
	timeout  time.Duration
	retryFor time.Duration
	http     *http.Client
	traces   bool // http reports its connections to net/http/httptrace
	logf     func(format string, args ...any)
	now      func() time.Time
	sleep    func(ctx context.Context, d time.Duration) error

	mu      sync.Mutex // guards what follows
	held    token
	refused Secret // the last token that the API didn't take: not to be read from the cache again
	flight  *flight
}

// New makes a client. Nothing is sent and no file is touched. It fails on a BaseURL that isn't one or that would carry
// secrets over plain HTTP to another machine, and on header values that can't be sent.
func New(cfg Config) (*Client, error) {
	base, err := baseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if strings.ContainsFunc(cfg.HostHeader, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`/\@?#`, r) }) {
		return nil, errors.New("jetpack: the host header isn't a host name")
	}
	if strings.ContainsFunc(cfg.UserAgent, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, errors.New("jetpack: the user agent has control characters")
	}
	c := &Client{
		base: base, host: cfg.HostHeader, id: cfg.PartnerID, secret: cfg.PartnerSecret, dir: cfg.CacheDir,
		agent: cfg.UserAgent, timeout: cfg.Timeout, retryFor: cfg.RetryFor,
		logf: cfg.Logf, now: cfg.Now, sleep: cfg.Sleep,
	}
	c.http, c.traces = httpClient(cfg.HTTP)
	if c.agent == "" {
		c.agent = defaultUserAgent
	}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	if c.retryFor == 0 {
		c.retryFor = defaultRetryFor
	}
	if c.logf == nil {
		c.logf = func(string, ...any) {}
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	return c, nil
}

// Format prints the type and the API's address only: fmt would reach the secrets in unexported fields.
func (c *Client) Format(f fmt.State, _ rune) { io.WriteString(f, "jetpack.Client("+c.base+")") }

// baseURL checks and normalizes Config.BaseURL. Its errors don't quote it: it could hold a password.
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
		return "", errors.New("jetpack: the API's address is plain http, which is for this machine only: use https")
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + strings.TrimRight(u.EscapedPath(), "/"), nil
}

func loopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// httpClient is a copy of given, or a client of our own, that gives redirects to the caller instead of following them,
// and whether it is sure to trace.
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

// noRedirects hides Location from http.Client. CheckRedirect isn't enough: a Location that isn't a URL is an error to
// http.Client before it asks, and a refusal would look like a lost answer.
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
