package jetpack

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// countedAPI is an api that counts its connections, and which of them are open.
type countedAPI struct {
	*api
	made, open atomic.Int32
}

// newCountedAPI starts an API of a kind: "http", "https" or "http2".
func newCountedAPI(t *testing.T, kind string, other handler) *countedAPI {
	t.Helper()
	a := &countedAPI{api: &api{seen: map[string]int{}, other: other}}
	a.Server = httptest.NewUnstartedServer(a)
	a.Config.ErrorLog = discardLog()
	a.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			a.made.Add(1)
			a.open.Add(1)
		case http.StateClosed, http.StateHijacked:
			a.open.Add(-1)
		}
	}
	a.EnableHTTP2 = kind == "http2"
	if kind == "http" {
		a.Start()
	} else {
		a.StartTLS()
	}
	t.Cleanup(a.Close)
	return a
}

// client returns a client of a that has a token, and trusts a's certificate.
func (a *countedAPI) client(t *testing.T, change func(*Config)) (*Client, *clock) {
	t.Helper()
	c, ck := a.api.client(t, change)
	c.held = token{value: testToken}
	if cert := a.Certificate(); cert != nil {
		c.early.TLSClientConfig.RootCAs = x509.NewCertPool()
		c.early.TLSClientConfig.RootCAs.AddCert(cert)
	}
	return c, ck
}

// connected reports whether the preconnector has a connection.
func (p *preconnector) connected() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conn != nil
}

// waitUntil waits until ok returns true.
func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 1000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("in vain: %s", what)
}

// preconnect calls Token and waits for the connection.
func preconnect(t *testing.T, c *Client) {
	t.Helper()
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "connect", c.early.connected)
}

func provisionOnce(t *testing.T, c *Client) error {
	_, err := c.Provision(t.Context(), testRequest())
	return err
}

var kindsOfAPI = []string{"http", "https", "http2"}

func TestTokenConnectsForTheNextCalls(t *testing.T) {
	for _, kind := range kindsOfAPI {
		var protocol atomic.Int32
		a := newCountedAPI(t, kind, func(w http.ResponseWriter, r *http.Request, n int) {
			protocol.Store(int32(r.ProtoMajor))
			respond(200, goodJSON)(w, r, n)
		})
		c, _ := a.client(t, nil)
		preconnect(t, c)
		preconnect(t, c) // does nothing
		if a.made.Load() != 1 || a.count(provisionPath) != 0 {
			t.Errorf("%s: %d connections before a call", kind, a.made.Load())
		}
		var got atomic.Int32
		trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { got.Add(1) }}
		ctx := httptrace.WithClientTrace(t.Context(), trace)
		for range 3 {
			if _, err := c.Provision(ctx, testRequest()); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
		}
		if got.Load() < 3 { // it would not count as sent
			t.Errorf("%s: GotConn was called %d times", kind, got.Load())
		}
		if a.made.Load() != 1 || a.count(provisionPath) != 3 {
			t.Errorf("%s: %d connections for 3 calls", kind, a.made.Load())
		}
		if is2 := protocol.Load() == 2; is2 != (kind == "http2") {
			t.Errorf("%s: HTTP/%d", kind, protocol.Load())
		}
	}
}

func TestTokenThatIsRequestedNeedsNoOtherConnection(t *testing.T) {
	a := newCountedAPI(t, "https", respond(200, goodJSON))
	c, _ := a.client(t, nil)
	c.held = token{}
	if err := errors.Join(c.Token(t.Context()), provisionOnce(t, c)); err != nil {
		t.Fatal(err)
	}
	if c.early.connected() || a.made.Load() != 1 {
		t.Errorf("%d connections", a.made.Load())
	}
}

func TestGivenHTTPClientDoesNotPreconnect(t *testing.T) {
	a := newCountedAPI(t, "http", respond(200, goodJSON))
	c, _ := a.client(t, func(cfg *Config) { cfg.HTTPClient = &http.Client{} })
	if err := c.Token(t.Context()); err != nil || c.early != nil {
		t.Errorf("%v, %v", err, c.early)
	}
}

func TestConcurrentCallsAfterPreconnect(t *testing.T) {
	for _, kind := range kindsOfAPI {
		a := newCountedAPI(t, kind, respond(200, goodJSON))
		c, _ := a.client(t, nil)
		if err := c.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				if err := errors.Join(c.Token(t.Context()), provisionOnce(t, c)); err != nil {
					t.Errorf("%s: %v", kind, err)
				}
			})
		}
		calls.Wait()
		if a.count(provisionPath) != 8 {
			t.Errorf("%s: %d requests", kind, a.count(provisionPath))
		}
	}
}

// gate lets the connections to a server through when it is opened, and can refuse some.
type gate struct {
	open   chan struct{}
	refuse atomic.Int32 // connections
	dialed atomic.Int32
}

// guard makes c connect through a new gate.
func guard(c *Client) *gate {
	g := &gate{open: make(chan struct{})}
	dial := c.early.DialContext
	c.early.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		g.dialed.Add(1)
		select {
		case <-g.open:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if g.refuse.Add(-1) >= 0 {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}
		return dial(ctx, network, addr)
	}
	return g
}

func TestCallWaitsForTheConnection(t *testing.T) {
	a := newCountedAPI(t, "https", respond(200, goodJSON))
	c, _ := a.client(t, nil)
	g := guard(c)
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.Token(ctx); err != nil { // doesn't wait for it
		t.Fatal(err)
	}
	cancel() // the end of Token's context doesn't end it
	time.AfterFunc(50*time.Millisecond, func() { close(g.open) })
	if err := provisionOnce(t, c); err != nil || g.dialed.Load() != 1 || a.made.Load() != 1 {
		t.Errorf("%v, dialed %d times", err, g.dialed.Load())
	}
}

func TestCallFailsWithTheConnectionItWaitedFor(t *testing.T) {
	a := newCountedAPI(t, "https", respond(200, goodJSON))
	c, ck := a.client(t, nil)
	g := guard(c)
	g.refuse.Store(1)
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { close(g.open) })
	// The failed connection is a try, after which there is a pause.
	if err := provisionOnce(t, c); err != nil || g.dialed.Load() != 2 || len(ck.slept) != 1 {
		t.Errorf("%v, dialed %d times, slept %v", err, g.dialed.Load(), ck.slept)
	}
}

func TestFailedPreconnectIsIgnored(t *testing.T) {
	a := newCountedAPI(t, "https", respond(200, goodJSON))
	c, ck := a.client(t, nil)
	g := guard(c)
	g.refuse.Store(1)
	close(g.open)
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "fail", func() bool {
		c.early.mu.Lock()
		defer c.early.mu.Unlock()
		return c.early.dialing == nil
	})
	if err := provisionOnce(t, c); err != nil || g.dialed.Load() != 2 || len(ck.slept) != 0 {
		t.Errorf("%v, dialed %d times, slept %v", err, g.dialed.Load(), ck.slept)
	}
}

func TestCallDoesNotWaitForTheConnectionLongerThanItsTimeout(t *testing.T) {
	a := newCountedAPI(t, "https", respond(200, goodJSON))
	c, _ := a.client(t, func(cfg *Config) {
		cfg.Timeout, cfg.RetryFor = 80*time.Millisecond, -1
	})
	guard(c) // never opened
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e := asError(t, provisionOnce(t, c)); e.Code != CodeUnreachable || e.Lost() {
		t.Errorf("got %+v", e)
	}
	waitUntil(t, "give up", func() bool { return c.early.waitForDial(t.Context()) == nil })
}

func TestOldConnectionIsClosedAndNotUsed(t *testing.T) {
	for _, kind := range kindsOfAPI {
		a := newCountedAPI(t, kind, respond(200, goodJSON))
		c, _ := a.client(t, nil)
		c.early.idle = 30 * time.Millisecond
		preconnect(t, c)
		waitUntil(t, kind+": close", func() bool { return a.open.Load() == 0 })
		if err := provisionOnce(t, c); err != nil || a.made.Load() != 2 || c.early.connected() {
			t.Errorf("%s: %v, %d connections", kind, err, a.made.Load())
		}

		// Even if the timer is late.
		preconnect(t, c)
		c.early.mu.Lock()
		c.early.used = time.Now().Add(-time.Hour)
		c.early.mu.Unlock()
		if c.early.reserve() != nil {
			t.Errorf("%s: an old connection is used", kind)
		}
	}
}

func TestBusyConnectionIsNotClosed(t *testing.T) {
	for _, kind := range kindsOfAPI {
		a := newCountedAPI(t, kind, func(w http.ResponseWriter, r *http.Request, n int) {
			time.Sleep(100 * time.Millisecond)
			respond(200, goodJSON)(w, r, n)
		})
		c, _ := a.client(t, nil)
		preconnect(t, c)
		c.early.mu.Lock()
		c.early.idle = 20 * time.Millisecond
		c.early.expiry.Reset(20 * time.Millisecond)
		c.early.used = time.Now().Add(time.Second) // so that the call uses it for certain
		c.early.mu.Unlock()
		if err := provisionOnce(t, c); err != nil || a.made.Load() != 1 {
			t.Errorf("%s: %v, %d connections", kind, err, a.made.Load())
		}
		waitUntil(t, kind+": close", func() bool { return a.open.Load() == 0 })
	}
}

// A connection that the server has closed by the time of the call doesn't make the call's outcome
// unknown.
func TestConnectionClosedByServerIsNotUsed(t *testing.T) {
	for _, kind := range kindsOfAPI {
		a := newCountedAPI(t, kind, respond(200, goodJSON))
		c, _ := a.client(t, nil)
		preconnect(t, c)
		conn := c.early.conn
		a.CloseClientConnections()
		waitUntil(t, kind+": notice", func() bool { return conn.Err() != nil })
		if err := provisionOnce(t, c); err != nil || a.count(provisionPath) != 1 {
			t.Errorf("%s: %v, %d requests", kind, err, a.count(provisionPath))
		}
	}
}

// A connection that ends while a call that costs money is on it makes the outcome unknown, as any
// other connection does.
func TestCutPreconnectionDoesNotRepeatCallsThatCost(t *testing.T) {
	a := newCountedAPI(t, "https", func(w http.ResponseWriter, r *http.Request, n int) {
		io.Copy(io.Discard, r.Body)
		cutAfter("")(w, r, n)
	})
	c, ck := a.client(t, nil)
	preconnect(t, c)
	e := asError(t, provisionOnce(t, c))
	if !e.Lost() || e.Code != CodeConnectionLost || a.count(provisionPath) != 1 ||
		len(ck.slept) != 0 || a.made.Load() != 1 {
		t.Errorf("%+v after %d requests", e, a.count(provisionPath))
	}
}

func TestPreconnectUsesTheProxyOfTheCall(t *testing.T) {
	a := newCountedAPI(t, "https", respond(200, goodJSON))
	var connects atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connects.Add(1)
		if r.Method != http.MethodConnect || r.Host != a.Listener.Addr().String() {
			t.Errorf("got %s %s", r.Method, r.Host)
		}
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		defer to.Close()
		conn, buf, _ := w.(http.Hijacker).Hijack()
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(to, buf)
		io.Copy(conn, to)
	}))
	defer proxy.Close()
	proxyURL, _ := url.Parse(proxy.URL)
	tr := ownTransport()
	tr.Proxy = func(r *http.Request) (*url.URL, error) {
		if r.URL.Host != a.Listener.Addr().String() { // NO_PROXY may name a port
			t.Errorf("asked for %s", r.URL.Host)
		}
		return proxyURL, nil
	}
	c, _ := a.client(t, nil)
	trust := c.early.TLSClientConfig
	c.early = newPreconnector(tr, c.base)
	c.early.TLSClientConfig = trust
	c.http = &http.Client{Transport: noRedirects{c.early}}
	preconnect(t, c)
	for range 2 {
		if err := provisionOnce(t, c); err != nil || connects.Load() != 1 {
			t.Errorf("%v, %d connections", err, connects.Load())
		}
	}
	c.http.CloseIdleConnections()
	if c.early.connected() {
		t.Error("still connected")
	}
}

func TestPreconnectAddress(t *testing.T) {
	for base, want := range map[string]string{
		"https://public-api.wordpress.com": "public-api.wordpress.com:443",
		"https://example.com:8443/a":       "example.com:8443",
		"http://[::1]":                     "[::1]:80",
		"https://exämple.com":              "", // dialed by another name
	} {
		if got := newPreconnector(&http.Transport{}, base).address; got != want {
			t.Errorf("%s: got %q, want %q", base, got, want)
		}
	}
}

// A certificate that doesn't match is the call's error too.
func TestPreconnectReportsNoSecondKindOfError(t *testing.T) {
	a := newCountedAPI(t, "https", respond(200, goodJSON))
	c, ck := a.client(t, nil)
	c.early.TLSClientConfig.RootCAs = x509.NewCertPool()
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	var cert *tls.CertificateVerificationError
	err := provisionOnce(t, c)
	if e := asError(t, err); e.Code != CodeUnreachable || e.Retryable() ||
		!errors.As(err, &cert) || len(ck.slept) != 0 {
		t.Errorf("got %+v", e)
	}
}
