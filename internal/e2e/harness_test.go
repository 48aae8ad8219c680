package e2e

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"jetpack-start/internal/sandbox"
	"jetpack-start/internal/testenv"
)

// harness runs the program against one sandbox, with a proxy between them that makes the faults.
//
// The sandbox's own faults don't suffice: they are for the next request, and with several clients
// it would be unknown which call met which fault. Here each call has a URL of its own,
// BASE/call/ID, so that the fault belongs to the call and the proxy knows for which order each
// license was issued, although the API has no references.
type harness struct {
	t       *testing.T
	program string
	home    string
	ledger  string
	base    string
	api     http.Handler

	mu    sync.Mutex
	calls map[int]*faultCall
	usual time.Duration       // how long an undisturbed call takes at present
	conns map[net.Conn]bool   // connections that may still carry a request
	found map[string]struct{} // forbidden words that an output contained
}

const faultToken = "licensing-token-of-the-fault-test"

func newHarness(t *testing.T, ledger string, sites ...string) *harness {
	t.Helper()
	server, err := sandbox.New(
		sandbox.Config{HTTP: true, Licensing: []string{faultToken}, Sites: sites})
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{
		t: t, program: testenv.Build(t), home: t.TempDir(), ledger: ledger, api: server.Handler(),
		calls: map[int]*faultCall{}, usual: 50 * time.Millisecond, conns: map[net.Conn]bool{},
		found: map[string]struct{}{},
	}
	proxy := httptest.NewUnstartedServer(h)
	proxy.Config.ConnState = func(c net.Conn, state http.ConnState) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.conns[c] = true
		if state == http.StateClosed || state == http.StateHijacked {
			delete(h.conns, c)
		}
	}
	proxy.Start()
	t.Cleanup(proxy.Close)
	h.base = proxy.URL
	return h
}

// waitIdle waits until no request can be on its way: those of a killed client still arrive after
// its end.
func (h *harness) waitIdle() {
	for idle := 0; idle < 10; time.Sleep(10 * time.Millisecond) {
		h.mu.Lock()
		n := len(h.conns)
		h.mu.Unlock()
		if idle++; n > 0 {
			idle = 0
		}
	}
}

// newCall returns a call for an order, with a URL of its own.
func (h *harness) newCall(o *faultOrder, fault string, pause time.Duration) *faultCall {
	h.mu.Lock()
	defer h.mu.Unlock()
	call := &faultCall{
		id: len(h.calls), order: o, fault: fault, pause: pause, started: make(chan struct{}),
	}
	h.calls[call.id] = call
	return call
}

// command returns a command that runs the program with the ledger, the token and a base URL.
func (h *harness) command(base string, args ...string) *exec.Cmd {
	command := exec.Command(h.program, args...)
	command.Dir = h.home
	command.Env = []string{
		"HOME=" + h.home, "PATH=" + os.Getenv("PATH"), "NO_PROXY=127.0.0.1",
		"JETPACK_START_LEDGER=" + h.ledger, "JETPACK_LICENSING_TOKEN=" + faultToken,
		"JETPACK_START_API_URL=" + base,
	}
	return command
}

// issue runs a call. It allows time for retries, because a lost answer must not be retried even
// then.
func (h *harness) issue(call *faultCall, kill time.Duration) {
	timeout := "30s"
	if call.fault == faultHang || call.fault == faultHangAfter {
		timeout = "300ms"
	}
	command := h.command(h.base+"/call/"+strconv.Itoa(call.id), "license", "issue",
		call.order.product, "--reference="+call.order.reference, "--api-timeout="+timeout,
		"--retry-for=5s")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	start := time.Now()
	if err := command.Start(); err != nil {
		h.t.Error(err)
		return
	}
	call.process = command.Process
	close(call.started)
	if call.fault == faultKill {
		timer := time.AfterFunc(kill, func() { call.kill() })
		defer timer.Stop()
	}
	h.recordExit(call, command.Wait(), time.Since(start))
	call.stdout, call.stderr = stdout.String(), stderr.String()
	h.checkOutput(call.stdout, call.stderr)
}

// recordExit records how a call ended, and how long it took if it had no fault.
func (h *harness) recordExit(call *faultCall, err error, took time.Duration) {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		call.code = exit.ExitCode()
		call.killed = call.code < 0
	case err != nil:
		h.t.Error(err)
	case call.fault == faultNone:
		h.mu.Lock()
		defer h.mu.Unlock()
		h.usual += (took - h.usual) / 8
	}
}

// killAfter returns a share of the usual time of a call.
func (h *harness) killAfter(share float64) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Duration(float64(h.usual) * share)
}

// forbidden are words that no output may contain.
var forbidden = []string{
	"database is locked", "SQLITE_BUSY", "Deadlock", "Lock wait", "panic:", "goroutine ",
	"constraint", faultToken,
}

// checkOutput checks that an output contains no forbidden word. It reports each word once.
func (h *harness) checkOutput(texts ...string) {
	for _, text := range texts {
		for _, word := range forbidden {
			if !strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
				continue
			}
			h.mu.Lock()
			if _, reported := h.found[word]; !reported {
				h.t.Errorf("an output contains %q: %s", word, text)
			}
			h.found[word] = struct{}{}
			h.mu.Unlock()
		}
	}
}

// run runs any other command and returns its output and exit code.
func (h *harness) run(args ...string) (stdout string, code int) {
	h.t.Helper()
	command := h.command(h.base, args...)
	var out, stderr bytes.Buffer
	command.Stdout, command.Stderr = &out, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Errorf("%v: %v", args, err)
	}
	h.checkOutput(out.String(), stderr.String())
	if code = command.ProcessState.ExitCode(); code != 0 {
		return out.String() + stderr.String(), code
	}
	return out.String(), code
}

// list runs a command that prints a JSON list.
func (h *harness) list(wantCode int, args ...string) []gjson.Result {
	h.t.Helper()
	command := h.command(h.base, append(args, "--format=json")...)
	out, err := command.Output()
	code := command.ProcessState.ExitCode()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || !gjson.ValidBytes(out) || code != wantCode {
		err = testenv.WithStderr(err)
		h.t.Errorf("%v: exit %d, want %d, %v: %s", args, code, wantCode, err, out)
	}
	return gjson.ParseBytes(out).Array()
}

// state returns the sandbox's state.
func (h *harness) state() gjson.Result {
	h.t.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/sandbox/state", nil)
	request.Host = "public-api.wordpress.com"
	h.api.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusOK {
		h.t.Fatalf("sandbox state: HTTP %d: %s", recorder.Code, recorder.Body)
	}
	return gjson.ParseBytes(recorder.Body.Bytes())
}

// sandboxKeys returns the keys of the sandbox's licenses.
func (h *harness) sandboxKeys() map[string]bool {
	h.t.Helper()
	state, keys := h.state(), map[string]bool{}
	for _, key := range state.Get("licenses.#.license_key").Array() {
		keys[key.String()] = true
	}
	if n := state.Get("counts.licenses").Int(); int(n) != len(keys) {
		h.t.Fatalf("the sandbox counts %d licenses and lists %d", n, len(keys))
	}
	return keys
}

// forEach calls do for every item, for as many at a time as there are workers.
func forEach[T any](workers int, items []T, do func(T)) {
	queue := make(chan T)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for item := range queue {
				do(item)
			}
		})
	}
	for _, item := range items {
		queue <- item
	}
	close(queue)
	group.Wait()
}

const faultWorkers = 4
