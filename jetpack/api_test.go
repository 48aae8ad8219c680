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

// clock stands still but for what Sleep lets pass.
type clock struct {
	mu    sync.Mutex
	t     time.Time
	slept []time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// api is a partner API that a test picks the answers of.
type api struct {
	*httptest.Server
	mu    sync.Mutex
	seen  map[string]int // requests by path
	token func(w http.ResponseWriter, r *http.Request, n int)
	other func(w http.ResponseWriter, r *http.Request, n int)
}

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
	if r.URL.Path == tokenPath {
		if a.token == nil {
			fmt.Fprint(w, tokenJSON)
			return
		}
		a.token(w, r, n)
		return
	}
	a.other(w, r, n)
}

// newAPI starts an API whose calls other than the token's are answered by other; n counts the
// requests of that path.
func newAPI(t *testing.T, other func(w http.ResponseWriter, r *http.Request, n int)) *api {
	t.Helper()
	a := &api{seen: map[string]int{}, other: other}
	a.Server = httptest.NewServer(a)
	t.Cleanup(func() {
		a.CloseClientConnections()
		a.Close()
	})
	return a
}

// says answers every request alike.
func says(status int, body string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// client makes a client of a; its log lines must never hold a secret, which is checked when the
// test ends.
func (a *api) client(t *testing.T, change func(*Config)) (*Client, *clock) {
	t.Helper()
	ck := &clock{t: time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)}
	var mu sync.Mutex
	var log strings.Builder
	cfg := Config{
		BaseURL: a.URL, PartnerID: "12345", PartnerSecret: testSecret, now: ck.Now, sleep: ck.Sleep,
		Logf: func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintf(&log, format+"\n", args...)
		},
	}
	if change != nil {
		change(&cfg)
	}
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.http.CloseIdleConnections()
		mu.Lock()
		defer mu.Unlock()
		noSecrets(t, "log", log.String())
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return c, ck
}

// testSecrets are all that must never show up in a text.
func testSecrets() []string {
	return []string{
		testSecret.Reveal(),
		testToken,
		testBearer.Reveal(),
		testKey,
		"c1ient-s3cret",
		"ssh-hunter2",
		"PRIVATE KEY",
		"ftp-hunter2",
		"user-token-9",
	}
}

func noSecrets(t *testing.T, what, text string) {
	t.Helper()
	for _, s := range testSecrets() {
		if strings.Contains(text, s) {
			t.Errorf("%s holds the secret %q: %s", what, s, text)
		}
	}
}

// asError checks that err is an *Error that gives nothing away.
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

// hijacked ends the connection under a request, after writing raw bytes to it.
func hijacked(w http.ResponseWriter, raw string) {
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	buf.WriteString(raw)
	buf.Flush()
	conn.Close()
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

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

func redirect(status int, to string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) { http.Redirect(w, r, to, status) }
}

// outcome is what a table compares: the code of an error, or the answer.
func outcome(t *testing.T, got any, err error) string {
	t.Helper()
	if err != nil {
		return asError(t, err).Code
	}
	return fmt.Sprint(got)
}
