package jetpack

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"
)

// callsThatCost are the calls that must not be repeated once they may have arrived.
var callsThatCost = map[string]func(*testing.T, *Client, *Licensing) error{
	"provision": func(t *testing.T, c *Client, _ *Licensing) error {
		_, err := c.Provision(t.Context(), testRequest())
		return err
	},
	"partner-key": func(t *testing.T, c *Client, _ *Licensing) error {
		_, err := c.CreatePartnerKey(t.Context(), PartnerKeyRequest{Name: "x"})
		return err
	},
	"magic-link": func(t *testing.T, c *Client, _ *Licensing) error {
		_, err := c.MagicLink(t.Context(), "a@example.com")
		return err
	},
	"license-issue": func(t *testing.T, _ *Client, l *Licensing) error {
		_, err := l.Issue(t.Context(), "jetpack-scan")
		return err
	},
	"license-detach": func(t *testing.T, _ *Client, l *Licensing) error {
		_, err := l.Detach(t.Context(), testKey, true)
		return err
	},
}

// clients returns clients of a that have a token and use this HTTP client.
func (a *api) clients(t *testing.T, h *http.Client) (*Client, *Licensing) {
	t.Helper()
	c, _ := a.client(t, func(cfg *Config) { cfg.HTTPClient = h })
	c.held = token{value: testToken}
	l, _ := a.licensing(t, func(cfg *Config) { cfg.HTTPClient = h })
	return c, l
}

// A RoundTripper may repeat a request by itself. net/http does so for some methods, for requests
// with an idempotency key, and over HTTP/2 for requests that have GetBody or no body.
func TestCallsThatCostCannotBeReplayed(t *testing.T) {
	a := newAPI(t, respond(200, "{}"))
	for name, do := range callsThatCost {
		sent := 0
		c, l := a.clients(t, &http.Client{Transport: roundTripper(
			func(r *http.Request) (*http.Response, error) {
				sent++
				if r.GetBody != nil || r.Body == nil || r.Body == http.NoBody {
					t.Errorf("%s: the body can be sent again", name)
				}
				if r.Method != http.MethodPost && r.Method != http.MethodDelete {
					t.Errorf("%s: %s is repeated by net/http", name, r.Method)
				}
				for _, h := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
					if _, set := r.Header[h]; set {
						t.Errorf("%s: %s is set", name, h)
					}
				}
				return nil, errors.New("the connection was reset")
			},
		)})
		if e := asError(t, do(t, c, l)); e.Call != name || !e.Lost() || sent != 1 {
			t.Errorf("%s: sent %d times, %v", name, sent, e)
		}
	}
}

// The server answers one request on each connection, then closes the connection as soon as the
// next request has arrived on it, as if it had been idle for too long.
func TestClosedIdleConnectionDoesNotRepeatCallsThatCost(t *testing.T) {
	for name, do := range callsThatCost {
		var arrived atomic.Int32
		a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if r.Method == http.MethodGet {
				respond(200, "{}")(w, r, n) // keeps the connection
				return
			}
			io.Copy(io.Discard, r.Body)
			arrived.Add(1)
			cutAfter("")(w, r, n)
		})
		c, l := a.clients(t, &http.Client{Transport: &http.Transport{}})
		for _, err := range []error{ping(t, c), ping(t, c)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if e := asError(t, do(t, c, l)); !e.Lost() || arrived.Load() != 1 {
			t.Errorf("%s: arrived %d times, %v", name, arrived.Load(), e)
		}
	}
}

func ping(t *testing.T, c *Client) error {
	_, err := c.Ping(t.Context())
	return err
}

// Over HTTP/2, net/http repeats a request whose stream the server resets with PROTOCOL_ERROR, even
// a POST, if it has GetBody or no body.
func TestHTTP2ResetDoesNotRepeatCallsThatCost(t *testing.T) {
	for name, do := range callsThatCost {
		var arrived atomic.Int32
		a := &api{Server: httptest.NewUnstartedServer(nil)}
		a.TLS = &tls.Config{NextProtos: []string{"h2"}}
		a.Config.ErrorLog = discardLog()
		a.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
			"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) { resetStreams(conn, &arrived) },
		}
		a.StartTLS()
		h := a.Client()
		h.Transport.(*http.Transport).ForceAttemptHTTP2 = true
		c, l := a.clients(t, h)
		if e := asError(t, do(t, c, l)); !e.Lost() || arrived.Load() != 1 {
			t.Errorf("%s: arrived %d times, %v", name, arrived.Load(), e)
		}
		a.CloseClientConnections()
		a.Close()
	}
}

// resetStreams speaks HTTP/2. It resets every stream once the whole request has arrived.
func resetStreams(conn net.Conn, arrived *atomic.Int32) {
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	f := http2.NewFramer(conn, conn)
	err := f.WriteSettings()
	for err == nil {
		var frame http2.Frame
		if frame, err = f.ReadFrame(); err != nil {
			return
		}
		id := frame.Header().StreamID
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = f.WriteSettingsAck()
			}
		case interface{ StreamEnded() bool }: // HEADERS or DATA
			if !frame.StreamEnded() {
				continue
			}
			if arrived.Add(1) > 5 {
				return // enough to see that the request was repeated
			}
			err = f.WriteRSTStream(id, http2.ErrCodeProtocol)
		}
	}
}

// net/http repeats some requests by itself if a connection that it reuses ends.
func TestCutConnectionDoesNotRepeatProvision(t *testing.T) {
	cut := func(w http.ResponseWriter, r *http.Request, _ int) {
		io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler) // HTTP/1: the connection ends; HTTP/2: the stream is reset
	}
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP/2 %v", h2), func(t *testing.T) {
			a := &api{seen: map[string]int{}, other: cut}
			srv := httptest.NewUnstartedServer(a)
			srv.EnableHTTP2 = h2
			srv.Config.ErrorLog = discardLog()
			srv.StartTLS()
			defer srv.Close()
			a.Server = srv
			c, _ := a.client(t, func(cfg *Config) { cfg.HTTPClient = srv.Client() })
			for i := 1; i <= 5; i++ {
				if err := c.Token(t.Context()); err != nil {
					t.Fatal(err)
				}
				c.Ping(t.Context()) // leaves a connection to be reused
				before := a.count(provisionPath)
				_, err := c.Provision(t.Context(), testRequest())
				if e := asError(t, err); !e.Lost() || a.count(provisionPath) != before+1 {
					t.Fatalf("%d requests, %+v", a.count(provisionPath)-before, e)
				}
			}
		})
	}
}

func TestClosedConnectionDoesNotRepeatProvision(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	c, _ := a.client(t, nil)
	for range 20 {
		if err := c.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.CloseClientConnections()
		before := a.count(provisionPath)
		_, err := c.Provision(t.Context(), testRequest())
		var e *Error
		if errors.As(err, &e) && !e.Lost() || a.count(provisionPath) > before+1 {
			t.Fatalf("%v, %d requests", err, a.count(provisionPath)-before)
		}
	}
}
