package jetpack

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"jetpack-start/internal/sleep"
)

const provisionPath = "/rest/v1.3/jpphp/provision"

// readForm reads a multipart form without net/http's help.
func readForm(t *testing.T, r *http.Request) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		t.Errorf("content type %q: %v", r.Header.Get("Content-Type"), err)
		return nil
	}
	form := map[string]string{}
	parts := multipart.NewReader(r.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return form
		}
		if err != nil {
			t.Error(err)
			return form
		}
		if part.FileName() != "" {
			t.Errorf("%s is sent as a file", part.FormName())
		}
		v, _ := io.ReadAll(part)
		form[part.FormName()] = string(v)
	}
}

func TestProvisionSendsValuesByteForByte(t *testing.T) {
	odd := "a\"b';@c\\d\r\n%00 +&=é😀\t<"
	var form map[string]string
	var query, auth, host, agent string
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		form = readForm(t, r)
		query, auth, host, agent = r.URL.RawQuery, r.Header.Get(
			"Authorization",
		), r.Host, r.UserAgent()
		says(200, goodJSON)(w, r, n)
	})
	c, _ := a.client(
		t,
		func(cfg *Config) { cfg.HostHeader, cfg.UserAgent = "public-api.wordpress.com", "test/1" },
	)
	r := ProvisionRequest{
		SiteURL: "https://example.com", LocalUser: odd, Plan: odd, HomeURL: odd, ForceRegister: "true", ForceConnect: "0", Onboarding: "1",
		WPComUserID: "7", WPComUserEmail: "a@b.c", SSHHost: "h", SSHUser: "u", SSHPort: "22", SSHPass: Secret("@" + odd),
		SSHPrivateKey: "-----BEGIN-----\nx\n", FTPHost: "f", FTPUser: odd, FTPPort: "21", FTPPass: Secret(odd), TrackingID: "order 1&2",
	}
	if _, err := c.Provision(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	fields := r.Fields()
	if len(form) != 18 || len(fields) != 18 {
		t.Errorf("%d fields sent, %d listed", len(form), len(fields))
	}
	for _, f := range fields {
		if form[f.Name] != f.Value {
			t.Errorf("%s arrived as %q", f.Name, form[f.Name])
		}
		if secret := f.Name == "ssh_pass" || f.Name == "ssh_private_key" || f.Name == "ftp_pass"; secret != f.Secret {
			t.Errorf("%s: Secret is %v", f.Name, f.Secret)
		}
	}
	if fields[0].Name != "siteurl" || fields[1].Name != "local_user" || fields[2].Name != "plan" {
		t.Errorf("order: %v", fields)
	}
	if query != "partner-tracking-id=order+1%262" || auth != "Bearer "+testToken ||
		host != "public-api.wordpress.com" ||
		agent != "test/1" {
		t.Errorf("query %q, authorization %q, host %q, agent %q", query, auth, host, agent)
	}
}

func TestProvisionRefusesNUL(t *testing.T) {
	a := newAPI(t, says(200, goodJSON))
	c, _ := a.client(t, nil)
	r := testRequest()
	r.SSHPass = "ssh-hunter2\x00x"
	_, err := c.Provision(t.Context(), r)
	if e := asError(t, err); e.Code != CodeInvalidRequest || e.Lost() || e.Retryable() ||
		a.count(provisionPath) != 0 {
		t.Errorf("got %+v", e)
	}
}

func TestCancelSends(t *testing.T) {
	var form map[string]string
	var got *http.Request
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		got, form = r, nil
		if r.ContentLength > 0 {
			form = readForm(t, r)
		}
		says(200, `{"success":true}`)(w, r, n)
	})
	c, _ := a.client(t, nil)
	if _, err := c.Cancel(t.Context(), "https://example.com/demo/", CancelRequest{Plan: "personal", All: true, TrackingID: "x y"}); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(form) != "map[cancel-all:1 plan:personal]" ||
		got.RequestURI != "/rest/v1.3/jpphp/example.com::demo/partner-cancel?partner_tracking_id=x+y" {
		t.Errorf("%v to %s", form, got.RequestURI)
	}
	if _, err := c.Cancel(t.Context(), "9", CancelRequest{}); err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.ContentLength != 0 || got.Header.Get("Content-Type") != "" ||
		got.RequestURI != "/rest/v1.3/jpphp/9/partner-cancel" {
		t.Errorf("%s %s %v", got.Method, got.RequestURI, got.Header)
	}
}

// Whatever goes wrong once the request may have arrived: one request, and the caller is told that
// the answer is lost.
func TestProvisionIsNotRepeatedOnceItMayHaveArrived(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request, int)
		code   string
		status int
		lost   bool
	}{
		"cut":           {func(w http.ResponseWriter, _ *http.Request, _ int) { hijacked(w, "") }, CodeConnectionLost, 0, true},
		"half a header": {func(w http.ResponseWriter, _ *http.Request, _ int) { hijacked(w, "HTTP/1.1 200 OK\r\nConte") }, CodeConnectionLost, 0, true},
		"not HTTP":      {func(w http.ResponseWriter, _ *http.Request, _ int) { hijacked(w, "ssh-hunter2 "+testToken+"\r\n\r\n") }, CodeConnectionLost, 0, true},
		"half a body": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			hijacked(w, "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n"+`{"success":`)
		}, CodeInvalidAnswer, 200, true},
		"half a chunk": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			hijacked(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{}")
		}, CodeInvalidAnswer, 200, true},
		"half a 400": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			hijacked(w, "HTTP/1.1 400 Bad\r\nContent-Length: 90\r\n\r\n"+`{"error":`)
		}, CodeHTTPError, 400, false},
		"whole but long": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			hijacked(w, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"+goodJSON)
		}, CodeInvalidAnswer, 200, true},
		"empty":            {says(200, ""), CodeInvalidAnswer, 200, true},
		"204":              {says(204, ""), CodeInvalidAnswer, 204, true},
		"HTML 200":         {says(200, "<html>ok</html>"), CodeInvalidAnswer, 200, true},
		"HTML 502":         {says(502, "<html>bad gateway</html>"), CodeServerError, 502, true},
		"JSON 503":         {says(503, `{"error":"maintenance"}`), "maintenance", 503, true},
		"JSON 500":         {says(500, `{}`), CodeServerError, 500, true},
		"HTML 404":         {says(404, "<html>no</html>"), CodeHTTPError, 404, false},
		"JSON 400":         {says(400, `{"error":"invalid_plan","message":"x is not a valid plan"}`), "invalid_plan", 400, false},
		"list":             {says(200, `[]`), CodeInvalidAnswer, 200, true},
		"deep":             {says(200, strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)), CodeInvalidAnswer, 200, true},
		"huge":             {says(200, `{"success":true,"auth_required":false,"x":"`+strings.Repeat("x", maxBody)+`"}`), CodeInvalidAnswer, 200, true},
		"huge 500":         {says(500, strings.Repeat("x", 2*maxBody)), CodeServerError, 500, true},
		"redirect":         {redirect(301, "https://elsewhere.example/?token=user-token-9"), CodeHTTPError, 301, false},
		"redirect nowhere": {redirect(302, "https://"+testToken), CodeHTTPError, 302, false},
		"redirect 308":     {redirect(308, "/other"), CodeHTTPError, 308, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, tt.answer)
			c, ck := a.client(t, nil)
			_, err := c.Provision(t.Context(), testRequest())
			e := asError(t, err)
			if e.Call != "provision" || e.Code != tt.code || e.Status != tt.status ||
				e.Lost() != tt.lost {
				t.Errorf("got %+v, lost %v", e, e.Lost())
			}
			if n := a.count(provisionPath); n != 1 || len(ck.slept) != 0 {
				t.Errorf("%d requests", n)
			}
			if strings.HasPrefix(name, "redirect") &&
				(a.count("/other") != 0 || !strings.Contains(e.Message, "redirect to ")) {
				t.Errorf("got %v", e)
			}
		})
	}
}

func redirect(status int, to string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) { http.Redirect(w, r, to, status) }
}

func TestTimeouts(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request, int){
		"no answer": func(_ http.ResponseWriter, r *http.Request, _ int) {
			io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"half an answer": func(w http.ResponseWriter, r *http.Request, _ int) {
			io.WriteString(w, `{"success":`)
			w.(http.Flusher).Flush()
			io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, answer)
			c, _ := a.client(t, func(cfg *Config) { cfg.Timeout = 100 * time.Millisecond })
			_, err := c.Provision(t.Context(), testRequest())
			if e := asError(t, err); e.Code != CodeTimeout || !e.Lost() || !e.Retryable() ||
				!errors.Is(err, context.DeadlineExceeded) ||
				a.count(provisionPath) != 1 {
				t.Errorf("got %+v", e)
			}
			_, err = c.Status(t.Context(), "1")
			if e := asError(t, err); e.Code != CodeTimeout || e.Lost() ||
				a.count("/rest/v1.4/jpphp/1/status") < 2 {
				t.Errorf("got %+v after %d requests", e, a.count("/rest/v1.4/jpphp/1/status"))
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := newAPI(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
		io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	c, _ := a.client(t, nil)
	_, err := c.Provision(ctx, testRequest())
	if e := asError(t, err); e.Code != CodeConnectionLost || !e.Lost() ||
		!errors.Is(err, context.Canceled) {
		t.Errorf("sent and interrupted: got %+v", e)
	}
	_, err = c.Provision(ctx, testRequest())
	if e := asError(t, err); e.Code != CodeUnreachable || e.Lost() ||
		!errors.Is(err, context.Canceled) ||
		a.count(provisionPath) != 1 {
		t.Errorf("interrupted before: got %+v", e)
	}
}

func TestInterruptedWhileWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := newAPI(t, says(503, "{}"))
	c, _ := a.client(t, func(cfg *Config) {
		cfg.sleep = func(ctx context.Context, _ time.Duration) error {
			cancel()
			return sleep.Context(ctx, time.Hour)
		}
	})
	_, err := c.Ping(ctx)
	if err != nil {
		t.Errorf("JSON is reachable: %v", err)
	}
	_, err = c.Status(ctx, "1")
	if e := asError(t, err); e.Code != CodeServerError || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v", e)
	}
}

// dialer fails as often as told, then dials.
type dialer struct {
	fail atomic.Int32
	err  error
}

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
	a := newAPI(t, says(200, goodJSON))
	d := &dialer{err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}}
	c, ck := a.client(t, func(cfg *Config) { cfg.HTTPClient = d.client() })
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.fail.Store(2)
	if _, err := c.Provision(t.Context(), testRequest()); err != nil ||
		a.count(provisionPath) != 1 ||
		len(ck.slept) != 2 {
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

func TestNoSuchHostIsGivenUpAtOnce(t *testing.T) {
	a := newAPI(t, says(200, goodJSON))
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
	api := &api{seen: map[string]int{}, other: says(200, goodJSON)}
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
		plain := newAPI(t, says(200, "{}"))
		c, ck := plain.client(
			t,
			func(cfg *Config) { cfg.BaseURL = strings.Replace(plain.URL, "http:", "https:", 1) },
		)
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
			!e.Retryable() ||
			conns.Load() < 2 {
			t.Errorf("got %+v after %d connections", e, conns.Load())
		}
	})
}

// net/http sends some requests again by itself when a connection that it reuses ends; a provision
// call it must not.
func TestOneProvisionNeverArrivesTwice(t *testing.T) {
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
				// leaves a connection to be reused
				c.Ping(t.Context())
				before := a.count(provisionPath)
				_, err := c.Provision(t.Context(), testRequest())
				if e := asError(t, err); !e.Lost() || a.count(provisionPath) != before+1 {
					t.Fatalf("%d requests, %+v", a.count(provisionPath)-before, e)
				}
			}
		})
	}
}

func TestIdleConnectionClosedByTheServer(t *testing.T) {
	a := newAPI(t, says(200, goodJSON))
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

// roundTripper is a transport that traces nothing.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTransportThatDoesNotTraceIsTakenToHaveSent(t *testing.T) {
	a := newAPI(t, says(200, goodJSON))
	n := 0
	c, _ := a.client(t, func(cfg *Config) {
		cfg.HTTPClient = &http.Client{
			Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				n++
				return nil, errors.New("gone")
			}),
		}
	})
	c.held = token{value: testToken}
	_, err := c.Provision(t.Context(), testRequest())
	if e := asError(t, err); e.Code != CodeConnectionLost || !e.Lost() || n != 1 {
		t.Errorf("got %+v after %d tries", e, n)
	}
}

func TestLogNamesFieldsAndNoValues(t *testing.T) {
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("X-Jetpack-Request-Id", "req-77")
		says(200, goodJSON)(w, r, n)
	})
	var log bytes.Buffer
	c, _ := a.client(
		t,
		func(cfg *Config) { cfg.Logf = func(f string, args ...any) { fmt.Fprintf(&log, f+"\n", args...) } },
	)
	if _, err := c.Provision(t.Context(), testRequest()); err != nil {
		t.Fatal(err)
	}
	noSecrets(t, "log", log.String())
	want := "POST /rest/v1.3/jpphp/provision (siteurl, local_user, plan, ssh_user, ssh_pass, ssh_private_key, ftp_pass): HTTP 200 after 0s"
	if !strings.Contains(log.String(), want) ||
		!strings.Contains(log.String(), "request ID req-77") ||
		strings.Contains(log.String(), "admin") {
		t.Errorf("got %s", log.String())
	}
}
