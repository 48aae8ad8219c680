package jetpack

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestReadingCallsAndCancelAreRepeated(t *testing.T) {
	good := map[string]string{
		"status": `{"blog":{"is_connected":true},"products":[]}`,
		"cancel": `{"success":false}`,
		"verify": `{}`,
		"ping":   `{"errors":{}}`,
	}
	calls := map[string]func(*Client) error{
		"status": func(c *Client) error { _, err := c.Status(t.Context(), "1"); return err },
		"cancel": func(c *Client) error { _, err := c.Cancel(t.Context(), "1", CancelRequest{}); return err },
		"verify": func(c *Client) error { return c.Verify(t.Context()) },
		"ping":   func(c *Client) error { _, err := c.Ping(t.Context()); return err },
	}
	for name, bad := range map[string]handler{
		"cut":   cutAfter(""),
		"502":   respond(502, "<html>"),
		"HTML":  respond(200, "<html>"),
		"empty": respond(200, ""),
		"429":   respond(429, "slow down"),
		"half":  cutAfter("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"),
	} {
		for which, do := range calls {
			t.Run(name+" "+which, func(t *testing.T) {
				var total atomic.Int32
				a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
					if total.Store(int32(n)); n < 3 {
						bad(w, r, n)
						return
					}
					respond(200, good[which])(w, r, n)
				})
				// Without keep-alive: on a reused connection net/http repeats a GET by itself.
				c, ck := a.client(t, func(cfg *Config) { cfg.HTTPClient = new(dialer).client() })
				if err := do(c); err != nil || total.Load() != 3 || len(ck.slept) != 2 {
					t.Errorf("%v after %d requests, slept %v", err, total.Load(), ck.slept)
				}
				// Without repeats, the first failure is the last.
				a.seen = map[string]int{}
				c, _ = a.client(t, func(cfg *Config) {
					cfg.RetryFor, cfg.HTTPClient = -1, new(dialer).client()
				})
				if e := asError(t, do(c)); e.Call != which || total.Load() != 1 {
					t.Errorf("%v after %d requests", e, total.Load())
				}
			})
		}
	}
}

func TestRefusalsAreNotRepeated(t *testing.T) {
	a := newAPI(t, respond(400, `{"error":"invalid_input","message":"no"}`))
	c, ck := a.client(t, nil)
	_, err := c.Cancel(t.Context(), "1", CancelRequest{})
	if e := asError(t, err); e.Code != "invalid_input" || e.Retryable() || e.Lost() ||
		len(ck.slept) != 0 {
		t.Errorf("got %+v", e)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	for name, tt := range map[string]struct {
		header map[string]string
		least  time.Duration
		fails  bool // without a second try
	}{
		"seconds":         {map[string]string{"Retry-After": "7"}, 7 * time.Second, false},
		"date":            {map[string]string{"Retry-After": "Sat, 01 Mar 2025 12:00:09 GMT", "Date": "Sat, 01 Mar 2025 12:00:01 GMT"}, 8 * time.Second, false},
		"past":            {map[string]string{"Retry-After": "Sat, 01 Mar 2020 12:00:09 GMT"}, 0, false},
		"nonsense":        {map[string]string{"Retry-After": "soon"}, 0, false},
		"negative":        {map[string]string{"Retry-After": "-5"}, 0, false},
		"all there is":    {map[string]string{"Retry-After": "30"}, 30 * time.Second, false},
		"too long":        {map[string]string{"Retry-After": "31"}, 31 * time.Second, true},
		"absurd":          {map[string]string{"Retry-After": "99999999999999999999"}, time.Hour, true},
		"another century": {map[string]string{"Retry-After": "Sat, 01 Mar 2225 12:00:09 GMT"}, time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
				if n == 1 {
					for k, v := range tt.header {
						w.Header().Set(k, v)
					}
					respond(429, `{"error":"too_many_requests"}`)(w, r, n)
					return
				}
				respond(200, goodJSON)(w, r, n)
			})
			c, ck := a.client(t, nil)
			_, err := c.Provision(t.Context(), testRequest())
			if tt.fails {
				if e := asError(t, err); !e.Retryable() || e.Lost() || e.RetryAfter < tt.least ||
					len(ck.slept) != 0 || a.count(provisionPath) != 1 {
					t.Errorf("got %+v, slept %v", e, ck.slept)
				}
				return
			}
			if err != nil || len(ck.slept) != 1 || ck.slept[0] < tt.least ||
				ck.slept[0] > tt.least+time.Second {
				t.Errorf("%v, slept %v", err, ck.slept)
			}
		})
	}
}

func TestLimitWithoutStatus429(t *testing.T) {
	a := newAPI(t, firstThen(1,
		respond(400, `{"error":"too_many_requests"}`), respond(200, goodJSON)))
	c, _ := a.client(t, nil)
	if _, err := c.Provision(t.Context(), testRequest()); err != nil {
		t.Error(err)
	}
}

// The time that a token takes doesn't count as time of the call.
func TestSlowTokenLeavesTimeForRetries(t *testing.T) {
	wait := func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Retry-After", "20")
		respond(429, `{"error":"too_many_requests"}`)(w, r, n)
	}
	a := newAPI(t, firstThen(1, wait, respond(200, goodJSON)))
	c, ck := a.client(t, nil)
	a.token = func(w http.ResponseWriter, r *http.Request, n int) {
		ck.Sleep(r.Context(), defaultRetryFor-time.Second)
		respond(200, tokenJSON)(w, r, n)
	}
	if _, err := c.Provision(t.Context(), testRequest()); err != nil {
		t.Error(err)
	}
}

func TestRetriesEnd(t *testing.T) {
	a := newAPI(t, respond(503, "<html>"))
	c, ck := a.client(t, nil)
	start := ck.Now()
	_, err := c.Status(t.Context(), "1")
	if took := ck.Now().Sub(start); asError(t, err).Code != CodeServerError ||
		took > defaultRetryFor || took < defaultRetryFor/4 {
		t.Errorf("%v after %s", err, took)
	}
	// Retries end even if neither the clock nor sleep moves.
	stuck, _ := a.client(t, func(cfg *Config) {
		cfg.now = func() time.Time { return time.Time{} }
		cfg.sleep = func(context.Context, time.Duration) error { return nil }
	})
	if _, err := stuck.Status(t.Context(), "1"); asError(t, err).Code != CodeServerError {
		t.Error(err)
	}
}
