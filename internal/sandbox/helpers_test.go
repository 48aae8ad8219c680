package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a clock that only moves when add is called. It is safe for concurrent use.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// testSandbox is a running sandbox, with a client.
type testSandbox struct {
	t      *testing.T
	server *Server
	base   string
	token  string // the bearer token of requests; none if it is empty
	client *http.Client
	stop   func() error
}

// start runs a sandbox over plain HTTP until the test ends. Without partners and licensing tokens
// in cfg, it has one partner with the token T. Requests use this token.
func start(t *testing.T, cfg Config) *testSandbox {
	t.Helper()
	if cfg.Partners == nil && cfg.Licensing == nil {
		cfg.Partners = []string{"1:secret,token=T"}
	}
	cfg.HTTP = true
	server, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- server.Run(ctx, func(base string) { ready <- base }) }()
	b := &testSandbox{
		t:      t,
		server: server,
		token:  "T",
		client: &http.Client{
			Timeout: 20 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
		},
	}
	b.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() {
		if err := b.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	select {
	case b.base = <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	return b
}

// testResponse is a response, with its body.
type testResponse struct {
	status int
	header http.Header
	body   string
	err    error // of the request, or of reading the body
}

// send sends a request with the token.
func (b *testSandbox) send(method, path, contentType, body string) testResponse {
	b.t.Helper()
	req, err := http.NewRequest(method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if b.token != "" {
		req.Header.Set("Authorization", "Bearer "+b.token)
	}
	return b.do(req)
}

func (b *testSandbox) do(req *http.Request) testResponse {
	resp, err := b.client.Do(req)
	if err != nil {
		return testResponse{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return testResponse{resp.StatusCode, resp.Header, string(text), err}
}

func (b *testSandbox) get(path string) testResponse {
	b.t.Helper()
	return b.send(http.MethodGet, path, "", "")
}

// form posts name, value pairs as an urlencoded form.
func (b *testSandbox) form(path string, pairs ...string) testResponse {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return b.send(http.MethodPost, path, "application/x-www-form-urlencoded", values.Encode())
}

// multipartBody returns name, value pairs as a multipart form.
func multipartBody(t *testing.T, pairs ...string) (contentType, body string) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for i := 0; i < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), buf.String()
}

// multipart posts name, value pairs as a multipart form.
func (b *testSandbox) multipart(path string, pairs ...string) testResponse {
	b.t.Helper()
	contentType, body := multipartBody(b.t, pairs...)
	return b.send(http.MethodPost, path, contentType, body)
}

// provision makes a provision call. More fields can be given as name, value pairs.
func (b *testSandbox) provision(siteurl, plan string, more ...string) testResponse {
	b.t.Helper()
	return b.multipart(
		"/rest/v1.3/jpphp/provision",
		append([]string{"siteurl", siteurl, "local_user", "admin", "plan", plan}, more...)...)
}

// cancel makes a cancel call with name, value pairs, or without a body.
func (b *testSandbox) cancel(site string, pairs ...string) testResponse {
	b.t.Helper()
	path := "/rest/v1.3/jpphp/" + site + "/partner-cancel"
	if len(pairs) == 0 {
		return b.send(http.MethodPost, path, "", "")
	}
	return b.form(path, pairs...)
}

func (b *testSandbox) status(site string) testResponse {
	b.t.Helper()
	return b.get("/rest/v1.4/jpphp/" + site + "/status")
}

// want checks the status and that the body contains all parts.
func (r testResponse) want(t *testing.T, status int, parts ...string) {
	t.Helper()
	if r.err != nil {
		t.Fatalf("request failed: %v", r.err)
	}
	if r.status != status {
		t.Errorf("status %d, want %d; body %s", r.status, status, r.body)
	}
	for _, part := range parts {
		if !strings.Contains(r.body, part) {
			t.Errorf("body %s lacks %s", r.body, part)
		}
	}
}

// wantBody checks the status and the whole body.
func (r testResponse) wantBody(t *testing.T, status int, body string) {
	t.Helper()
	r.want(t, status)
	if r.body != body {
		t.Errorf("body\n%s, want\n%s", r.body, body)
	}
}

func (r testResponse) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	return v
}

// counts returns the counts of GET /sandbox/state.
func (b *testSandbox) counts() map[string]float64 {
	b.t.Helper()
	var v struct {
		Counts map[string]float64 `json:"counts"`
	}
	if err := json.Unmarshal([]byte(b.get("/sandbox/state").body), &v); err != nil {
		b.t.Fatal(err)
	}
	return v.Counts
}

// readLog returns the entries of the log. It waits until there are at least want, because a request
// that hangs is logged only when its client has disconnected.
func readLog(t *testing.T, path string, want int) []logEntry {
	t.Helper()
	var entries []logEntry
	for begin := time.Now(); time.Since(begin) < 5*time.Second; time.Sleep(5 * time.Millisecond) {
		entries = nil
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			var e logEntry
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			entries = append(entries, e)
		}
		if len(entries) >= want {
			return entries
		}
	}
	t.Fatalf("%d lines in the log, want %d", len(entries), want)
	return nil
}

// tempPath returns the path of a file in a temporary folder.
func tempPath(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join(t.TempDir(), name)
}
