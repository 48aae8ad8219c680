package jetpack

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// dialer fails with err for the next fail connections, then dials.
type dialer struct {
	fail atomic.Int32
	err  error
}

// client returns an HTTP client that dials anew for every request.
func (d *dialer) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if d.fail.Add(-1) >= 0 {
					return nil, d.err
				}
				return new(net.Dialer).DialContext(ctx, network, addr)
			},
		},
	}
}

func TestProvisionIsRepeatedWhileUnreachable(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	d := &dialer{err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}}
	c, ck := a.client(t, func(cfg *Config) { cfg.HTTPClient = d.client() })
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.fail.Store(2)
	if _, err := c.Provision(t.Context(), testRequest()); err != nil ||
		a.count(provisionPath) != 1 || len(ck.slept) != 2 {
		t.Errorf("%v, %d requests, slept %v", err, a.count(provisionPath), ck.slept)
	}
	d.fail.Store(1000)
	start := ck.Now()
	_, err := c.Provision(t.Context(), testRequest())
	if e := asError(t, err); e.Code != CodeUnreachable || e.Lost() || !e.Retryable() ||
		!errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %+v", e)
	}
	if took := ck.Now().Sub(start); took > defaultRetryFor || took < defaultRetryFor/4 {
		t.Errorf("gave up after %s", took)
	}
}

func TestUnknownHostIsNotRetried(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	d := &dialer{err: &net.DNSError{Err: "no such host", Name: "x.invalid", IsNotFound: true}}
	d.fail.Store(1000)
	c, ck := a.client(t, func(cfg *Config) { cfg.HTTPClient = d.client() })
	_, err := c.Provision(t.Context(), testRequest())
	if e := asError(t, err); e.Call != "token" || e.Code != CodeUnreachable || !e.Retryable() ||
		len(ck.slept) != 0 {
		t.Errorf("got %+v, slept %v", e, ck.slept)
	}
}

func TestTLS(t *testing.T) {
	api := &api{seen: map[string]int{}, other: respond(200, goodJSON)}
	srv := httptest.NewUnstartedServer(api)
	srv.Config.ErrorLog = discardLog()
	srv.StartTLS()
	defer srv.Close()
	api.Server = srv

	t.Run("trusted", func(t *testing.T) {
		c, _ := api.client(t, func(cfg *Config) { cfg.HTTPClient = srv.Client() })
		if _, err := c.Provision(t.Context(), testRequest()); err != nil {
			t.Error(err)
		}
	})
	t.Run("not trusted", func(t *testing.T) {
		c, ck := api.client(t, nil)
		err := c.Token(t.Context())
		if e := asError(t, err); e.Code != CodeUnreachable || e.Retryable() || e.Lost() ||
			len(ck.slept) != 0 {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("too old", func(t *testing.T) {
		old := httptest.NewUnstartedServer(api)
		old.Config.ErrorLog = discardLog()
		old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
		old.StartTLS()
		defer old.Close()
		c, _ := api.client(t, func(cfg *Config) { cfg.BaseURL, cfg.RetryFor = old.URL, -1 })
		if e := asError(t, c.Token(t.Context())); e.Code != CodeUnreachable {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("plain HTTP behind it", func(t *testing.T) {
		plain := newAPI(t, respond(200, "{}"))
		c, ck := plain.client(t, func(cfg *Config) {
			cfg.BaseURL = strings.Replace(plain.URL, "http:", "https:", 1)
		})
		if e := asError(t, c.Token(t.Context())); e.Code != CodeUnreachable || e.Retryable() ||
			len(ck.slept) != 0 {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("handshake cut", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		var conns atomic.Int32
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				conns.Add(1)
				conn.Close()
			}
		}()
		c, _ := api.client(t, func(cfg *Config) { cfg.BaseURL = "https://" + l.Addr().String() })
		c.held = token{value: testToken}
		_, err = c.Provision(t.Context(), testRequest())
		if e := asError(t, err); e.Call != "provision" || e.Code != CodeUnreachable || e.Lost() ||
			!e.Retryable() || conns.Load() < 2 {
			t.Errorf("got %+v after %d connections", e, conns.Load())
		}
	})
}
