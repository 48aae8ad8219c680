package jetpack

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// roundTripper is an http.RoundTripper that ignores net/http/httptrace.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRequestWithoutTraceCountsAsSent(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
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
		respond(200, goodJSON)(w, r, n)
	})
	var log bytes.Buffer
	c, _ := a.client(t, func(cfg *Config) {
		cfg.Logf = func(f string, args ...any) { fmt.Fprintf(&log, f+"\n", args...) }
	})
	if _, err := c.Provision(t.Context(), testRequest()); err != nil {
		t.Fatal(err)
	}
	noSecrets(t, "log", log.String())
	want := "POST /rest/v1.3/jpphp/provision " +
		"(siteurl, local_user, plan, ssh_user, ssh_pass, ssh_private_key, ftp_pass): HTTP 200 after 0s"
	if !strings.Contains(log.String(), want) ||
		!strings.Contains(log.String(), "request ID req-77") ||
		strings.Contains(log.String(), "admin") {
		t.Errorf("got %s", log.String())
	}
}
