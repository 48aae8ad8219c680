package jetpack

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"jetpack-start/internal/sleep"
)

// Whatever fails after the request may have arrived, there is one request, and the error is Lost.
func TestProvisionIsNotRepeatedOnceItMayHaveArrived(t *testing.T) {
	for name, tt := range map[string]struct {
		answer handler
		code   string
		status int
		lost   bool
	}{
		"cut":                     {cutAfter(""), CodeConnectionLost, 0, true},
		"half a header":           {cutAfter("HTTP/1.1 200 OK\r\nConte"), CodeConnectionLost, 0, true},
		"not HTTP":                {cutAfter("ssh-hunter2 " + testToken + "\r\n\r\n"), CodeConnectionLost, 0, true},
		"half a body":             {cutAfter("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + `{"success":`), CodeInvalidAnswer, 200, true},
		"half a chunk":            {cutAfter("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{}"), CodeInvalidAnswer, 200, true},
		"half a 400":              {cutAfter("HTTP/1.1 400 Bad\r\nContent-Length: 90\r\n\r\n" + `{"error":`), CodeHTTPError, 400, true},
		"whole but long":          {cutAfter("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + goodJSON), CodeInvalidAnswer, 200, true},
		"empty":                   {respond(200, ""), CodeInvalidAnswer, 200, true},
		"204":                     {respond(204, ""), CodeInvalidAnswer, 204, true},
		"HTML 200":                {respond(200, "<html>ok</html>"), CodeInvalidAnswer, 200, true},
		"HTML 502":                {respond(502, "<html>bad gateway</html>"), CodeServerError, 502, true},
		"JSON 503":                {respond(503, `{"error":"maintenance"}`), "maintenance", 503, true},
		"JSON 500":                {respond(500, `{}`), CodeServerError, 500, true},
		"HTML 404":                {respond(404, "<html>no</html>"), CodeHTTPError, 404, true},
		"empty 403":               {respond(403, ""), CodeHTTPError, 403, true},
		"HTML 401":                {respond(401, "<html>log in</html>"), CodeHTTPError, 401, true},
		"HTML 408":                {respond(408, "<html>late</html>"), CodeHTTPError, 408, true},
		"HTML 429":                {respond(429, "<html>slow down</html>"), CodeHTTPError, 429, true},
		"HTML 451":                {respond(451, "<html>no</html>"), CodeHTTPError, 451, true},
		"JSON 403 without a code": {respond(403, `{"message":"Forbidden"}`), CodeHTTPError, 403, true},
		"JSON 400":                {respond(400, `{"error":"invalid_plan","message":"x is not a valid plan"}`), "invalid_plan", 400, false},
		"list":                    {respond(200, `[]`), CodeInvalidAnswer, 200, true},
		"deep":                    {respond(200, strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)), CodeInvalidAnswer, 200, true},
		"huge":                    {respond(200, `{"success":true,"auth_required":false,"x":"`+strings.Repeat("x", maxBody)+`"}`), CodeInvalidAnswer, 200, true},
		"huge 500":                {respond(500, strings.Repeat("x", 2*maxBody)), CodeServerError, 500, true},
		"redirect":                {redirect(301, "https://elsewhere.example/?token=user-token-9"), CodeHTTPError, 301, true},
		"redirect nowhere":        {redirect(302, "https://"+testToken), CodeHTTPError, 302, true},
		"redirect 308":            {redirect(308, "/other"), CodeHTTPError, 308, true},
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

func TestTimeouts(t *testing.T) {
	for name, answer := range map[string]handler{
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
				!errors.Is(err, context.DeadlineExceeded) || a.count(provisionPath) != 1 {
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
		!errors.Is(err, context.Canceled) || a.count(provisionPath) != 1 {
		t.Errorf("interrupted before: got %+v", e)
	}
}

func TestInterruptedWhileWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := newAPI(t, respond(503, "{}"))
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
