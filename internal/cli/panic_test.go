package cli

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	"jetpack-start/internal/crash"
	"jetpack-start/internal/sandbox"
)

// panicWriter panics until it was called as often as panics says.
type panicWriter struct {
	bytes.Buffer
	panics int
}

func (w *panicWriter) Write(p []byte) (int, error) {
	if w.panics--; w.panics >= 0 {
		var none []int
		return none[len(p)], nil
	}
	return w.Buffer.Write(p)
}

// A panic has an exit code of its own, and what is known is reported if it can be.
func TestPanic(t *testing.T) {
	api, err := sandbox.New(sandbox.Config{Partners: []string{"demo:partner-s3cret"}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	cache := t.TempDir()
	for name, c := range map[string]struct {
		args   []string
		panics int // of stdout
		stdout []string
		stderr []string
	}{
		"command": {
			[]string{"jetpack-start", "partner-key", "verify", "--no-token-cache"},
			1,
			[]string{`"success":false`, `"error_code":"internal_error"`, `partner-keys/verify`},
			[]string{
				"a bug in jetpack-start: runtime error: index", "partner-keys/verify: HTTP 200",
			},
		},
		"command that can't print": {
			[]string{"jetpack-start", "partner-key", "verify", "--no-token-cache"},
			100,
			nil,
			[]string{"a bug in jetpack-start: runtime error: index"},
		},
		"drop-in": {
			[]string{"partner-provision.sh", "--help"},
			1,
			nil,
			[]string{`"error":"internal_error"`, `panic_test.go`, `"success":false`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			getenv := func(name string) string {
				return map[string]string{
					envAPIURL: server.URL, envPartnerID: "demo", envPartnerSecret: "partner-s3cret",
					envCacheDir: cache,
				}[name]
			}
			stdout, stderr := &panicWriter{panics: c.panics}, &bytes.Buffer{}
			code := Run(c.args, strings.NewReader(""), stdout, stderr, getenv, nil)
			if code != exitPanic {
				t.Errorf("exit code %d", code)
			}
			contains(t, stdout.String(), c.stdout)
			contains(t, stderr.String(), c.stderr)
			if strings.Contains(stdout.String()+stderr.String(), "s3cret") {
				t.Errorf("the secret is in %s%s", stdout, stderr)
			}
		})
	}
}

func contains(t *testing.T, text string, want []string) {
	t.Helper()
	if want == nil && text != "" {
		t.Errorf("got %s, want nothing", text)
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("got %s, want %s", text, w)
		}
	}
}

// The value of a panic can hold anything, so it isn't printed unless it is the runtime's.
func TestPanicReport(t *testing.T) {
	var stdout, stderr bytes.Buffer
	a := &app{output: newOutput(nil, &stdout, &stderr, func(string) string { return "" })}
	a.history.addChange("plan pending")
	for range maxCalls + 5 {
		a.logCall("POST /provision")
	}
	p := &crash.Panic{Value: "partner-s3cret", Stack: []string{"provision.setUp (setup.go:7)"}}
	if code := a.reportPanic(p); code != exitPanic {
		t.Errorf("exit code %d", code)
	}
	contains(t, stdout.String(), []string{`"done":["plan pending"]`})
	contains(t, stderr.String(), []string{
		"a panic of type string, at provision.setUp (setup.go:7)", "done before that: plan pending",
	})
	if strings.Contains(stdout.String()+stderr.String(), "s3cret") ||
		strings.Count(stderr.String(), "POST") != maxCalls {
		t.Errorf("%s%s", &stdout, &stderr)
	}
}
