package jetpack

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"
)

// preconnector is an http.Transport for the requests to one server. It can connect to the server
// before there is a request: DNS, TCP, a proxy and TLS. net/http's own pool gets its connections
// from requests alone.
//
// At most one connection is made so. Requests use it while it is free, the pool otherwise.
type preconnector struct {
	*http.Transport
	scheme, address string        // of the server; address is host:port, or "" for none
	idle            time.Duration // after which an idle connection isn't used any more

	mu      sync.Mutex // guards the fields below
	dialing *dialing
	conn    *http.ClientConn // nil if not connected
	used    time.Time        // when conn was made, or its last request was sent
	expiry  *time.Timer      // calls expire
}

// dialing is a connection that is being made.
type dialing struct {
	done chan struct{} // closed when err is set
	err  error
}

// newPreconnector returns a preconnector for the server of a URL that baseURL has checked.
func newPreconnector(t *http.Transport, base string) *preconnector {
	p := &preconnector{Transport: t, idle: idleTimeout}
	u, err := url.Parse(base)
	if err != nil || strings.ContainsFunc(u.Host, notInHost) {
		return p // net/http changes an international name before it dials
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	p.scheme, p.address = u.Scheme, net.JoinHostPort(u.Hostname(), port)
	if proxy := t.Proxy; proxy != nil {
		// NewClientConn asks for the proxy without the port, for which there can be an exception.
		t.Proxy = func(*http.Request) (*url.URL, error) { return proxy(&http.Request{URL: u}) }
	}
	return p
}

// preconnect starts to connect to the server, for at most timeout, and returns at once. Errors are
// dropped: the next request tries anew, and reports its own.
//
// The connection isn't bound to ctx's end: it is for later requests.
func (p *preconnector) preconnect(ctx context.Context, timeout time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.address == "" || p.dialing != nil || p.conn != nil {
		return
	}
	d := &dialing{done: make(chan struct{})}
	p.dialing = d
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		conn, err := p.NewClientConn(ctx, p.scheme, p.address)
		p.mu.Lock()
		defer p.mu.Unlock()
		d.err = err
		close(d.done)
		p.dialing = nil
		if err == nil {
			p.conn, p.used = conn, time.Now()
			p.expiry = time.AfterFunc(p.idle, p.expire)
		}
	}()
}

// RoundTrip implements http.RoundTripper. A request that comes while the connection is being made
// waits for it, as for one of its own, and fails with it.
func (p *preconnector) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := p.waitForDial(r.Context()); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	conn := p.reserve()
	if conn == nil {
		return p.Transport.RoundTrip(r)
	}
	// A ClientConn doesn't report that there is a connection. From here on, the request may have
	// been sent.
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	return conn.RoundTrip(r)
}

// waitForDial waits until no connection is being made, and returns the error of the one that was,
// or that of ctx.
func (p *preconnector) waitForDial(ctx context.Context) error {
	p.mu.Lock()
	d := p.dialing
	p.mu.Unlock()
	if d == nil {
		return nil
	}
	select {
	case <-d.done:
		return d.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reserve returns the connection for one request. It returns nil if p isn't connected, if another
// request is using the connection, or if the server may close it at any moment.
func (p *preconnector) reserve() *http.ClientConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Round removes the monotonic clock, which stands still while a machine sleeps.
	if p.conn == nil || time.Since(p.used.Round(0)) >= p.idle || p.conn.Reserve() != nil {
		return nil
	}
	p.used = time.Now()
	return p.conn
}

// expire closes the connection if it was idle for long enough, and waits on otherwise.
func (p *preconnector) expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.conn == nil:
	case p.conn.InFlight() > 0 || time.Since(p.used) < p.idle:
		p.expiry.Reset(p.idle)
	default:
		p.closeConn()
	}
}

// closeConn closes the connection.
func (p *preconnector) closeConn() {
	p.expiry.Stop()
	_ = p.conn.Close()
	p.conn = nil
}

// CloseIdleConnections closes the idle connections.
func (p *preconnector) CloseIdleConnections() {
	p.Transport.CloseIdleConnections()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil && p.conn.InFlight() == 0 {
		p.closeConn()
	}
}
