package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tidwall/gjson"
)

// The faults that an issue call can meet. Those with "kill" end the client with SIGKILL: at a
// random time, or at moments between two writes, which a random time would seldom hit.
const (
	faultNone       = "none"
	faultCutBefore  = "cut-before" // not carried out, no answer
	faultCutAfter   = "cut-after"  // carried out, no answer
	fault500Before  = "500-before"
	fault500After   = "500-after"
	faultHTMLAfter  = "html-after" // carried out, answered with a proxy's error page
	faultTruncate   = "truncate"   // carried out, half of the answer
	faultHang       = "hang"       // not carried out, no answer until the client times out
	faultHangAfter  = "hang-after"
	fault429        = "429"           // refused once with 429, then carried out
	faultRefused    = "refused"       // refused by the API
	faultKill       = "kill"          // killed at a random time
	faultKillAsked  = "kill-asked"    // killed when the request arrives, which is not carried out
	faultKillMade   = "kill-made"     // killed when the license is made, before the answer
	faultKillAnswer = "kill-answered" // killed shortly after the answer
)

// faultKinds are used equally often.
var faultKinds = []string{
	faultNone, faultCutBefore, faultCutAfter, fault500Before, fault500After, faultHTMLAfter,
	faultTruncate, faultHang, faultHangAfter, fault429, faultRefused, faultKill, faultKillAsked,
	faultKillMade, faultKillAnswer, faultKill,
}

// The faults whose outcome is certain if no other call interferes. A kill can have any outcome.
var (
	faultsLost = []string{
		faultCutBefore, faultCutAfter, fault500Before, fault500After, faultHTMLAfter,
		faultTruncate, faultHang, faultHangAfter,
	}
	faultsGood = []string{faultNone, fault429}
)

// faultCall is one run of the program, with a fault.
type faultCall struct {
	id      int
	order   *faultOrder
	fault   string
	skip    int           // how many changing requests pass before the one with the fault
	pause   time.Duration // before the API carries out the request, and again before its answer
	started chan struct{} // closed when process is set
	process *os.Process
	group   bool // a kill also kills the processes that it started

	// How the run ended.
	code           int
	killed         bool
	stdout, stderr string

	requests atomic.Int32 // changing requests that have arrived
}

// kill kills the process, and with group set the processes that it started.
func (c *faultCall) kill() {
	if c.group {
		_ = syscall.Kill(-c.process.Pid, syscall.SIGKILL)
		return
	}
	_ = c.process.Kill()
}

func (c *faultCall) json(path string) string { return gjson.Get(c.stdout, path).String() }

func (c *faultCall) String() string {
	return fmt.Sprintf("%s (%s, exit %d, %d requests): %s%s", c.order.reference, c.fault, c.code,
		c.requests.Load(), c.stdout, c.stderr)
}

// faultOrder is one reference and the calls for it.
type faultOrder struct {
	reference, product string
	calls              []*faultCall
	concurrent         bool // its calls run at the same time

	mu   sync.Mutex
	keys []string // licenses that were issued for it
}

// issued returns the keys of the licenses that were issued for the order.
func (o *faultOrder) issued() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.keys)
}

// ServeHTTP is the proxy before the sandbox. It passes BASE/call/ID/PATH on as PATH, with the
// fault of that call.
func (h *harness) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	rest, ok := strings.CutPrefix(request.URL.Path, "/call/")
	if !ok {
		h.api.ServeHTTP(w, request)
		return
	}
	number, path, _ := strings.Cut(rest, "/")
	id, _ := strconv.Atoi(number)
	h.mu.Lock()
	call := h.calls[id]
	h.mu.Unlock()
	// The server notices that a client has gone only after the body was read.
	body, _ := io.ReadAll(request.Body)
	inner := request.Clone(request.Context())
	inner.Body = io.NopCloser(bytes.NewReader(body))
	inner.URL.Path, inner.URL.RawPath = "/"+path, ""
	if call == nil || request.Method == http.MethodGet {
		h.api.ServeHTTP(w, inner)
		return
	}
	h.serveFault(w, inner, call)
}

// serveFault handles a request with the fault of its call. Only one request of a call has the
// fault: if the client repeats a request, it must get the second license that it must not request.
func (h *harness) serveFault(w http.ResponseWriter, request *http.Request, call *faultCall) {
	fault := call.fault
	if int(call.requests.Add(1)) != 1+call.skip {
		fault = faultNone
	}
	<-call.started
	time.Sleep(call.pause)
	if failBefore(w, request, call, fault) {
		return
	}
	made := h.forward(request, call)
	time.Sleep(call.pause)
	if failAfter(w, request, call, fault, made) {
		return
	}
	maps.Copy(w.Header(), made.Header())
	answer(w, made.Code, made.Header().Get("Content-Type"), made.Body.String())
	if fault == faultKillAnswer {
		time.Sleep(call.pause / 2)
		call.kill()
	}
}

const (
	internalError = `{"code":"internal_server_error","message":"Oops","data":{"status":500}}`
	tooMany       = `{"code":"too_many_requests","message":"Patience","data":{"status":429}}`
	invalidParam  = `{"code":"rest_invalid_param","message":"No","data":{"status":400}}`
)

// failBefore makes a fault of a request that isn't carried out, and reports whether fault is one.
func failBefore(
	w http.ResponseWriter, request *http.Request, call *faultCall, fault string,
) bool {
	switch fault {
	case faultCutBefore:
		panic(http.ErrAbortHandler)
	case fault500Before:
		answer(w, http.StatusInternalServerError, "application/json", internalError)
	case faultHang:
		<-request.Context().Done()
	case fault429:
		answer(w, http.StatusTooManyRequests, "application/json", tooMany)
	case faultRefused:
		answer(w, http.StatusBadRequest, "application/json", invalidParam)
	case faultKillAsked:
		call.kill()
		panic(http.ErrAbortHandler)
	default:
		return false
	}
	return true
}

// failAfter makes a fault of a request that was carried out, and reports whether fault is one.
func failAfter(
	w http.ResponseWriter, request *http.Request, call *faultCall, fault string,
	made *httptest.ResponseRecorder,
) bool {
	switch fault {
	case faultCutAfter:
		panic(http.ErrAbortHandler)
	case fault500After:
		answer(w, http.StatusInternalServerError, "application/json", internalError)
	case faultHTMLAfter:
		const page = "<html><body><h1>502 Bad Gateway</h1></body></html>\n"
		answer(w, http.StatusBadGateway, "text/html", page)
	case faultTruncate:
		w.Header().Set("Content-Length", strconv.Itoa(made.Body.Len()))
		w.WriteHeader(made.Code)
		_, _ = w.Write(made.Body.Bytes()[:made.Body.Len()/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case faultHangAfter:
		<-request.Context().Done()
	case faultKillMade:
		call.kill()
		panic(http.ErrAbortHandler)
	default:
		return false
	}
	return true
}

// forward passes a request on to the sandbox and records for which order a license was issued. It
// ignores that the client may be gone by then: the API would carry out the request, too.
func (h *harness) forward(request *http.Request, call *faultCall) *httptest.ResponseRecorder {
	made := httptest.NewRecorder()
	h.api.ServeHTTP(made, request.WithContext(context.WithoutCancel(request.Context())))
	key := gjson.GetBytes(made.Body.Bytes(), "license_key").String()
	if key != "" && request.Method == http.MethodPost &&
		strings.HasSuffix(request.URL.Path, "/license") {
		call.order.mu.Lock()
		defer call.order.mu.Unlock()
		call.order.keys = append(call.order.keys, key)
	}
	return made
}

func answer(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
	_ = http.NewResponseController(w).Flush()
}
