package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestFaults makes a provision call with each fault, and checks both what the client receives and
// whether the plan was activated.
func TestFaults(t *testing.T) {
	tests := []struct {
		fault  string
		status int // 0 if there is no response
		body   string
		made   bool
	}{
		{"500-before", 500, `{"error":"internal_server_error","message":`, false},
		{"500-after", 500, `{"error":"internal_server_error","message":`, true},
		{"502-after", 502, `{"error":"bad_gateway"`, true},
		{"503-before", 503, `{"error":"service_unavailable"`, false},
		{"504-after", 504, `{"error":"gateway_timeout"`, true},
		{"599-after", 599, `{"error":"status_599"`, true},
		{"status=418", 418, `{"error":"i'm_a_teapot"`, false},
		{
			"429", 429,
			`{"error":"too_many_requests","message":"Too many requests per time interval"}`, false,
		},
		{"html=502", 502, "<html>\r\n<head><title>502 Bad Gateway</title>", false},
		{"html-after=200", 200, "<title>200 OK</title>", true},
		{"cut-before", 0, "", false},
		{"cut-after", 0, "", true},
		{"truncate", 0, "", true},
		{"empty", 200, "", true},
		{"empty=403", 403, "", true},
		{
			"error=invalid_blog", 403,
			`{"error":"invalid_blog","message":"The blog ID  is invalid"}`, false,
		},
		{"error=out_of_cheese", 400, `{"error":"out_of_cheese"`, false},
		{
			"error-code=invalid_scope", 403,
			`{"success":false,"error_code":"invalid_scope","error_message":"This token`, false,
		},
		{
			"oauth-error=invalid_client", 400, `{"error":"invalid_client","error_description":"`,
			false,
		},
		{`body={"success":true} * 2 = 4`, 200, `{"success":true} * 2 = 4`, false},
		{"body=", 200, "", false},
		{"spaces", 200, "{\n    \"success\": true,\n", true},
		{"latency=1ms", 200, `{"success":true,`, true},
	}
	for _, tt := range tests {
		t.Run(tt.fault, func(t *testing.T) {
			log := tempPath(t, "log")
			b := start(t, Config{Faults: []string{"provision:" + tt.fault + "*1"}, Log: log})
			got := b.provision("https://a.test", "premium")
			if tt.status == 0 {
				if got.err == nil {
					t.Errorf("got a response: %d %s", got.status, got.body)
				}
			} else {
				got.want(t, tt.status, tt.body)
			}
			if made := b.counts()["activations_made"] == 1; made != tt.made {
				t.Errorf("plan activated: %v, want %v", made, tt.made)
			}
			entry := readLog(t, log, 1)[0]
			if entry.Call != "provision" || entry.Fault != tt.fault || entry.Effect != tt.made ||
				entry.Fields["plan"] != "premium" {
				t.Errorf("log %+v", entry)
			}
			b.provision("https://a.test", "premium").want(t, 200, `"success":true,"next_url"`)
		})
	}
}

func TestFaultStyles(t *testing.T) {
	b := start(t, Config{
		Faults: []string{
			"token:error=invalid_client", "license-show:error=invalid_input",
			"license-show:500-before",
		},
	})
	b.form("/oauth2/token").wantBody(t, 400,
		`{"error":"invalid_client","error_description":"The client ID or secret is wrong"}`)
	b.get(licensing+"/license").wantBody(t, 400,
		`{"code":"invalid_input","message":"A parameter is wrong","data":{"status":400}}`)
}

func TestFaultRetryAfter(t *testing.T) {
	now := newClock()
	b := start(t, Config{
		Now:    now.now,
		Faults: []string{"errors:429=7*1", "errors:429=date*1", "errors:429*1"},
	})
	want := []string{"7", "Mon, 06 May 2024 07:08:10 GMT", ""}
	for _, w := range want {
		got := b.get("/rest/v1.3/jpphp/errors")
		got.want(t, 429)
		if h := got.header.Get("Retry-After"); h != w {
			t.Errorf("Retry-After %q, want %q", h, w)
		}
	}
}

func TestFaultHuge(t *testing.T) {
	got := start(t, Config{Faults: []string{"any:huge"}}).get("/rest/v1.3/jpphp/errors")
	if len(got.body) < 8<<20 || !json.Valid([]byte(got.body)) {
		t.Errorf("%d bytes", len(got.body))
	}
}

func TestFaultTruncate(t *testing.T) {
	got := start(t, Config{Faults: []string{"any:truncate"}}).get("/rest/v1.3/jpphp/errors")
	if !errors.Is(got.err, io.ErrUnexpectedEOF) || got.status != 200 || got.body == "" {
		t.Errorf("got %d bytes, status %d, %v", len(got.body), got.status, got.err)
	}
}

func TestFaultOrder(t *testing.T) {
	b := start(t, Config{Faults: []string{
		"status:500-before", "errors:503-before*2", "any:latency=1ms*1", "any:latency=2ms*2",
		"errors:body=x*1", "product-families:body=y",
	}})
	want := []struct {
		status int
		body   string
	}{{503, ""}, {503, ""}, {200, "x"}, {200, "errors"}, {200, "errors"}}
	for _, w := range want {
		b.get("/rest/v1.3/jpphp/errors").want(t, w.status, w.body)
	}
	b.get(licensing+"/product-families").wantBody(t, 200, "y")
	b.get(licensing+"/product-families").wantBody(t, 200, "y")

	q := newFaultQueue(faultCalls())
	err := q.replace([]string{"any:latency=1ms*1", "token:latency=2ms", "token:hang"})
	if err != nil {
		t.Fatal(err)
	}
	const spec = "latency=1ms+latency=2ms+hang"
	f := q.take("token")
	if f.latency != 3*time.Millisecond || f.kind != "hang" || f.spec != spec {
		t.Errorf("%+v", f)
	}
	if f := q.take("cancel"); f.spec != "" || f.latency != 0 {
		t.Errorf("%+v", f)
	}
}

func TestSetFaults(t *testing.T) {
	b := start(t, Config{Faults: []string{"any:500-before"}})
	b.token = ""
	set := func(text string) testResponse {
		return b.send("POST", "/sandbox/faults", "text/plain", text)
	}
	set("errors:empty\nerrors:explode").want(t, 400, "unknown kind")
	b.get("/rest/v1.3/jpphp/errors").want(t, 500)
	set("\nerrors:status=503*1\r\nerrors:body=z*1\n").wantBody(t, 200, `{"faults":"2"}`)
	b.get("/rest/v1.3/jpphp/errors").want(t, 503)
	b.get("/rest/v1.3/jpphp/errors").wantBody(t, 200, "z")
	b.get("/rest/v1.3/jpphp/errors").want(t, 200, `{"errors"`)
	set("").wantBody(t, 200, `{"faults":"0"}`)
}

func TestLatency(t *testing.T) {
	const latency = time.Second // far above what a busy machine adds
	b := start(t, Config{Latency: latency, Faults: []string{"errors:latency=1s"}})
	begin := time.Now()
	b.get("/rest/v1.3/jpphp/errors").want(t, 200)
	if took := time.Since(begin); took < 2*latency {
		t.Errorf("took %s", took)
	}
	begin = time.Now()
	b.get("/sandbox/state").want(t, 200)
	if took := time.Since(begin); took > latency/2 {
		t.Errorf("the control endpoint took %s", took)
	}
}

func TestHang(t *testing.T) {
	for fault, made := range map[string]float64{"hang": 0, "hang-after": 1} {
		t.Run(fault, func(t *testing.T) {
			log := tempPath(t, "log")
			b := start(t, Config{Faults: []string{"provision:" + fault}, Log: log})

			// The client disconnects.
			contentType, body := multipartBody(
				t, "siteurl", "https://a.test", "local_user", "1", "plan", "premium",
			)
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			req, err := http.NewRequestWithContext(
				ctx, "POST", b.base+provisionPath, strings.NewReader(body),
			)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", contentType)
			req.Header.Set("Authorization", "Bearer T")
			if got := b.do(req); !errors.Is(got.err, context.DeadlineExceeded) {
				t.Errorf("%d, %v", got.status, got.err)
			}
			e := readLog(t, log, 1)[0]
			if e.Status != 0 || e.Fault != fault || e.Effect != (made == 1) {
				t.Errorf("log %+v", e)
			}
			if n := b.counts()["activations_made"]; n != made {
				t.Errorf("%v plans were activated", n)
			}

			// The sandbox stops.
			hung := make(chan error, 1)
			go func() { hung <- b.provision("https://a.test", "premium").err }()
			for b.server.callCount("provision") < 2 {
				time.Sleep(time.Millisecond)
			}
			begin := time.Now()
			if err := b.stop(); err != nil {
				t.Error(err)
			}
			if took := time.Since(begin); took > shutdownTimeout {
				t.Errorf("stopping took %s", took)
			}
			if err := <-hung; err == nil {
				t.Error("a request that hangs got a response")
			}
			if got := readLog(t, log, 3); len(got) < 3 {
				t.Errorf("%d lines", len(got))
			}
		})
	}
}

// callCount returns how many requests for a call were received.
func (s *Server) callCount(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.callCounts[name]
}
