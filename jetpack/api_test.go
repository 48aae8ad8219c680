package jetpack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testSecret = Secret("s3cr3t-of-the-partner")
	testToken  = "T0ken!@#$%^&*()-one"
	tokenJSON  = `{"access_token":"` + testToken + `","token_type":"bearer","blog_id":"0","blog_url":"0","scope":"jetpack-partner"}`
	goodJSON   = `{"success":true,"next_url":"https:\/\/wordpress.com\/plans\/example.com","auth_required":false}`
)

// handler answers a request; n counts the requests for its path, from 1.
type handler func(w http.ResponseWriter, r *http.Request, n int)

// clock is a clock that moves only when somebody sleeps.
type clock struct {
	mu    sync.Mutex
	t     time.Time
	slept []time.Duration
}

// Now returns the time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Sleep moves the clock by d at once.
func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// api is a server in place of both APIs.
type api struct {
	*httptest.Server
	mu    sync.Mutex
	seen  map[string]int // requests by path
	token handler        // default: the token testToken
	other handler
}

// newAPI starts an API. other answers all requests but those for a token.
func newAPI(t *testing.T, other handler) *api {
	t.Helper()
	a := &api{seen: map[string]int{}, other: other}
	a.Server = httptest.NewServer(a)
	t.Cleanup(func() {
		a.CloseClientConnections()
		a.Close()
	})
	return a
}

// count returns the number of requests for path.
func (a *api) count(path string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen[path]
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.seen[r.URL.Path]++
	n := a.seen[r.URL.Path]
	a.mu.Unlock()
	switch {
	case r.URL.Path != tokenPath:
		a.other(w, r, n)
	case a.token != nil:
		a.token(w, r, n)
	default:
		fmt.Fprint(w, tokenJSON)
	}
}

// respond returns a handler that always sends the same answer.
func respond(status int, body string) handler {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// redirect returns a handler that redirects to a URL.
func redirect(status int, to string) handler {
	return func(w http.ResponseWriter, r *http.Request, _ int) { http.Redirect(w, r, to, status) }
}

// cutAfter returns a handler that writes raw to the connection, then closes it.
func cutAfter(raw string) handler {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		buf.WriteString(raw)
		buf.Flush()
		conn.Close()
	}
}

// firstThen returns a handler that answers the first requests with one handler and those after
// them with another.
func firstThen(requests int, first, then handler) handler {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		if n <= requests {
			first(w, r, n)
			return
		}
		then(w, r, n)
	}
}

// config returns a configuration for clients of a. When the test ends, config checks that no secret
// was logged.
func (a *api) config(t *testing.T, change func(*Config)) (Config, *clock) {
	t.Helper()
	ck := &clock{t: time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)}
	var mu sync.Mutex
	var log strings.Builder
	cfg := Config{
		BaseURL: a.URL, PartnerID: "12345", PartnerSecret: testSecret, LicensingToken: testBearer,
		now: ck.Now, sleep: ck.Sleep,
		Logf: func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintf(&log, format+"\n", args...)
		},
	}
	if change != nil {
		change(&cfg)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		noSecrets(t, "log", log.String())
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return cfg, ck
}

// client returns a client of a. change, if not nil, changes its configuration.
func (a *api) client(t *testing.T, change func(*Config)) (*Client, *clock) {
	t.Helper()
	cfg, ck := a.config(t, change)
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.http.CloseIdleConnections)
	return c, ck
}

// licensing returns a client of a's Licensing API. change, if not nil, changes its configuration.
func (a *api) licensing(t *testing.T, change func(*Config)) (*Licensing, *clock) {
	t.Helper()
	cfg, ck := a.config(t, change)
	l, err := NewLicensing(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.http.CloseIdleConnections)
	return l, ck
}

// testSecrets are the strings that must never appear in a log or an error.
var testSecrets = []string{
	testSecret.Reveal(), testToken, testBearer.Reveal(), testKey,
	"c1ient-s3cret", "ssh-hunter2", "PRIVATE KEY", "ftp-hunter2", "user-token-9",
}

func noSecrets(t *testing.T, what, text string) {
	t.Helper()
	for _, s := range testSecrets {
		if strings.Contains(text, s) {
			t.Errorf("%s holds the secret %q: %s", what, s, text)
		}
	}
}

// asError returns the *Error that err must be, and checks that it reveals no secret.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("want an *Error, got %v", err)
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		noSecrets(t, "error", fmt.Sprintf("%v %+v", inner, inner))
	}
	noSecrets(t, "error", e.Message+string(e.Raw))
	if strings.ContainsAny(e.Error(), "\n\r\x1b\x00") || len(e.Error()) > 3000 {
		t.Errorf("not one short line: %q", e.Error())
	}
	return e
}

func testRequest() ProvisionRequest {
	return ProvisionRequest{
		SiteURL: "https://example.com", LocalUser: "admin", Plan: "personal",
		SSHUser: "u", SSHPass: "ssh-hunter2", SSHPrivateKey: "PRIVATE KEY", FTPPass: "ftp-hunter2",
	}
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// readForm returns the fields of a multipart form, without the help of net/http, which would hide
// mistakes.
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

// outcome returns what a table compares: the code of the error, or the answer.
func outcome(t *testing.T, got any, err error) string {
	t.Helper()
	if err != nil {
		return asError(t, err).Code
	}
	return fmt.Sprint(got)
}
