package e2e

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"jetpack-start/internal/ledger/ledgertest"
	"jetpack-start/internal/sandbox"
	"jetpack-start/internal/testenv"
)

// The faults that an issue call can meet. Those with kill end the client with SIGKILL: at any time
// of its life, or at the moments between two writes, which a random time would seldom hit.
const (
	faultNone       = "none"
	faultCutBefore  = "cut-before" // not carried out, no answer
	faultCutAfter   = "cut-after"  // carried out, no answer
	fault500Before  = "500-before"
	fault500After   = "500-after"
	faultHTMLAfter  = "html-after" // carried out, a proxy's page
	faultTruncate   = "truncate"   // carried out, half of the answer
	faultHang       = "hang"       // not carried out, until the client's time is up
	faultHangAfter  = "hang-after"
	fault429        = "429"           // turned away once, then carried out
	faultRefused    = "refused"       // the API says no
	faultKill       = "kill"          // at any time
	faultKillAsked  = "kill-asked"    // when the request arrives; it is not carried out
	faultKillMade   = "kill-made"     // when the license is made, before the answer
	faultKillAnswer = "kill-answered" // a moment after the answer
)

// faultKinds are dealt evenly.
var faultKinds = []string{
	faultNone, faultCutBefore, faultCutAfter, fault500Before, fault500After, faultHTMLAfter, faultTruncate, faultHang, faultHangAfter,
	fault429, faultRefused, faultKill, faultKillAsked, faultKillMade, faultKillAnswer, faultKill,
}

// What has to come of a call that nobody disturbs, by its fault; the kills may come to anything.
var (
	faultsLost = []string{
		faultCutBefore,
		faultCutAfter,
		fault500Before,
		fault500After,
		faultHTMLAfter,
		faultTruncate,
		faultHang,
		faultHangAfter,
	}
	faultsGood = []string{faultNone, fault429}
)

// faultCall is one run of `license issue`.
type faultCall struct {
	id      int
	order   *faultOrder
	fault   string
	skip    int           // so many requests that change something pass before the fault
	pause   time.Duration // before the API carries the request out, and again before its answer
	started chan struct{} // closed when process is there
	process *os.Process
	group   bool // a kill ends the children, too

	// How the run ended.
	code           int
	killed         bool
	stdout, stderr string

	requests atomic.Int32 // requests that change something, as they arrived
}

// kill ends the process with SIGKILL; with group the processes that it started, too.
func (c *faultCall) kill() {
	if c.group {
		_ = syscall.Kill(-c.process.Pid, syscall.SIGKILL)
		return
	}
	_ = c.process.Kill()
}

func (c *faultCall) json(path string) string { return gjson.Get(c.stdout, path).String() }

func (c *faultCall) String() string {
	return fmt.Sprintf(
		"%s (%s, exit %d, %d requests): %s%s", c.order.reference, c.fault, c.code,
		c.requests.Load(), c.stdout, c.stderr,
	)
}

// faultOrder is one reference. The API doesn't know of references; the calls' addresses tell them
// apart.
type faultOrder struct {
	reference, product string
	calls              []*faultCall
	together           bool // its calls run at the same time

	mu   sync.Mutex
	keys []string // licenses that were made for it
}

func (o *faultOrder) made() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.keys)
}

// faultRig is one sandbox in good health with a proxy before it, that makes the faults. The
// sandbox's own faults wouldn't do: their queue is for whoever comes first, and with several
// clients at once nobody could say which call met which fault. Here each call has an address of
// its own, BASE/call/ID, so the fault belongs to the call, and the proxy knows for which order
// each license was made, while the licenses are counted together in one sandbox.
type faultRig struct {
	t       *testing.T
	program string
	home    string
	ledger  string
	base    string
	api     http.Handler

	mu    sync.Mutex
	calls map[int]*faultCall
	usual time.Duration       // how long an undisturbed call takes at present
	open  map[net.Conn]bool   // connections that may still bring a request
	words map[string]struct{} // what no output may hold and one did
}

const faultToken = "licensing-token-of-the-fault-test"

func newFaultRig(t *testing.T, ledger string, sites ...string) *faultRig {
	t.Helper()
	server, err := sandbox.New(
		sandbox.Config{HTTP: true, Licensing: []string{faultToken}, Sites: sites},
	)
	if err != nil {
		t.Fatal(err)
	}
	r := &faultRig{
		t: t, program: testenv.Build(t), home: t.TempDir(), ledger: ledger, api: server.Handler(),
		calls: map[int]*faultCall{}, usual: 50 * time.Millisecond, open: map[net.Conn]bool{}, words: map[string]struct{}{},
	}
	proxy := httptest.NewUnstartedServer(r)
	proxy.Config.ConnState = func(c net.Conn, state http.ConnState) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.open[c] = true; state == http.StateClosed || state == http.StateHijacked {
			delete(r.open, c)
		}
	}
	proxy.Start()
	t.Cleanup(proxy.Close)
	r.base = proxy.URL
	return r
}

// quiet waits until no request can be under way: what a killed client had sent still arrives after
// its end.
func (r *faultRig) quiet() {
	for calm := 0; calm < 10; time.Sleep(10 * time.Millisecond) {
		r.mu.Lock()
		n := len(r.open)
		r.mu.Unlock()
		if calm++; n > 0 {
			calm = 0
		}
	}
}

func (r *faultRig) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	rest, ok := strings.CutPrefix(request.URL.Path, "/call/")
	if !ok {
		r.api.ServeHTTP(w, request)
		return
	}
	number, path, _ := strings.Cut(rest, "/")
	id, _ := strconv.Atoi(number)
	r.mu.Lock()
	call := r.calls[id]
	r.mu.Unlock()
	// Only once the body is read does the server notice that a client has gone.
	body, _ := io.ReadAll(request.Body)
	inner := request.Clone(request.Context())
	inner.Body = io.NopCloser(bytes.NewReader(body))
	inner.URL.Path, inner.URL.RawPath = "/"+path, ""
	if call == nil || request.Method == http.MethodGet {
		r.api.ServeHTTP(w, inner)
		return
	}
	r.serveIssue(w, inner, call)
}

// serveIssue makes the fault of a call. Only one of its requests has it: a client that asked a
// second time would get the second license that it must not have.
func (r *faultRig) serveIssue(w http.ResponseWriter, request *http.Request, call *faultCall) {
	fault := call.fault
	if int(call.requests.Add(1)) != 1+call.skip {
		fault = faultNone
	}
	<-call.started
	time.Sleep(call.pause)
	switch fault {
	case faultCutBefore:
		panic(http.ErrAbortHandler)
	case fault500Before:
		answer(
			w, http.StatusInternalServerError, "application/json",
			`{"code":"internal_server_error","message":"Oops","data":{"status":500}}`,
		)
		return
	case faultHang:
		<-request.Context().Done()
		return
	case fault429:
		answer(
			w, http.StatusTooManyRequests, "application/json",
			`{"code":"too_many_requests","message":"Patience","data":{"status":429}}`,
		)
		return
	case faultRefused:
		answer(
			w, http.StatusBadRequest, "application/json",
			`{"code":"rest_invalid_param","message":"No","data":{"status":400}}`,
		)
		return
	case faultKillAsked:
		call.kill()
		panic(http.ErrAbortHandler)
	}
	made := r.carryOut(request, call)
	time.Sleep(call.pause)
	switch fault {
	case faultCutAfter:
		panic(http.ErrAbortHandler)
	case fault500After:
		answer(
			w, http.StatusInternalServerError, "application/json",
			`{"code":"internal_server_error","message":"Oops","data":{"status":500}}`,
		)
		return
	case faultHTMLAfter:
		answer(
			w, http.StatusBadGateway, "text/html",
			"<html><body><h1>502 Bad Gateway</h1></body></html>\n",
		)
		return
	case faultTruncate:
		w.Header().Set("Content-Length", strconv.Itoa(made.Body.Len()))
		w.WriteHeader(made.Code)
		_, _ = w.Write(made.Body.Bytes()[:made.Body.Len()/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case faultHangAfter:
		<-request.Context().Done()
		return
	case faultKillMade:
		call.kill()
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), made.Header())
	answer(w, made.Code, made.Header().Get("Content-Type"), made.Body.String())
	if fault == faultKillAnswer {
		time.Sleep(call.pause / 2)
		call.kill()
	}
}

// carryOut lets the sandbox issue the license, and notes for which order. The client that asked
// may be gone by then: so it is out there, too.
func (r *faultRig) carryOut(request *http.Request, call *faultCall) *httptest.ResponseRecorder {
	made := httptest.NewRecorder()
	r.api.ServeHTTP(made, request.WithContext(context.WithoutCancel(request.Context())))
	if key := gjson.GetBytes(made.Body.Bytes(), "license_key").String(); key != "" &&
		request.Method == http.MethodPost &&
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

// newCall makes a call of an order, with an address of its own.
func (r *faultRig) newCall(o *faultOrder, fault string, pause time.Duration) *faultCall {
	r.mu.Lock()
	defer r.mu.Unlock()
	call := &faultCall{
		id:      len(r.calls),
		order:   o,
		fault:   fault,
		pause:   pause,
		started: make(chan struct{}),
	}
	r.calls[call.id] = call
	return call
}

// command is a jetpack-start that knows nothing but the ledger, the token and an address.
func (r *faultRig) command(base string, args ...string) *exec.Cmd {
	command := exec.Command(r.program, args...)
	command.Dir = r.home
	command.Env = []string{
		"HOME=" + r.home, "PATH=" + os.Getenv("PATH"), "NO_PROXY=127.0.0.1",
		"JETPACK_START_LEDGER=" + r.ledger, "JETPACK_LICENSING_TOKEN=" + faultToken, "JETPACK_START_API_URL=" + base,
	}
	return command
}

// issue runs a call. Lost answers must not be repeated however much time there is for repeats, so
// it gives some.
func (r *faultRig) issue(call *faultCall, kill time.Duration) {
	timeout := "30s"
	if call.fault == faultHang || call.fault == faultHangAfter {
		timeout = "300ms"
	}
	command := r.command(
		r.base+"/call/"+strconv.Itoa(call.id), "license", "issue", call.order.product,
		"--reference="+call.order.reference, "--api-timeout="+timeout, "--retry-for=5s",
	)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	start := time.Now()
	if err := command.Start(); err != nil {
		r.t.Error(err)
		return
	}
	call.process = command.Process
	close(call.started)
	if call.fault == faultKill {
		timer := time.AfterFunc(kill, func() { call.kill() })
		defer timer.Stop()
	}
	r.ended(call, command.Wait(), time.Since(start))
	call.stdout, call.stderr = stdout.String(), stderr.String()
	r.read(call.stdout, call.stderr)
}

func (r *faultRig) ended(call *faultCall, err error, took time.Duration) {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		call.code = exit.ExitCode()
		call.killed = call.code < 0
	case err != nil:
		r.t.Error(err)
	case call.fault == faultNone:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.usual += (took - r.usual) / 8
	}
}

// read looks for what must never be in an output.
func (r *faultRig) read(texts ...string) {
	for _, text := range texts {
		for _, word := range []string{"database is locked", "SQLITE_BUSY", "Deadlock", "Lock wait", "panic:", "goroutine ", "constraint", faultToken} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
				r.mu.Lock()
				if _, told := r.words[word]; !told {
					r.t.Errorf("an output holds %q: %s", word, text)
				}
				r.words[word] = struct{}{}
				r.mu.Unlock()
			}
		}
	}
}

// run runs any other command and gives its output and exit code.
func (r *faultRig) run(args ...string) (stdout string, code int) {
	r.t.Helper()
	command := r.command(r.base, args...)
	var out, stderr bytes.Buffer
	command.Stdout, command.Stderr = &out, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Errorf("%v: %v", args, err)
	}
	r.read(out.String(), stderr.String())
	if code = command.ProcessState.ExitCode(); code != 0 {
		return out.String() + stderr.String(), code
	}
	return out.String(), code
}

// listed runs a command that prints a JSON list.
func (r *faultRig) listed(wantCode int, args ...string) []gjson.Result {
	r.t.Helper()
	command := r.command(r.base, append(args, "--format=json")...)
	out, err := command.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || !gjson.ValidBytes(out) ||
		command.ProcessState.ExitCode() != wantCode {
		r.t.Errorf(
			"%v: exit %d, want %d, %v: %s", args, command.ProcessState.ExitCode(), wantCode,
			testenv.WithStderr(err), out,
		)
	}
	return gjson.ParseBytes(out).Array()
}

// state is what the sandbox says that it has.
func (r *faultRig) state() gjson.Result {
	r.t.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/sandbox/state", nil)
	request.Host = "public-api.wordpress.com"
	r.api.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusOK {
		r.t.Fatalf("the sandbox says %d: %s", recorder.Code, recorder.Body)
	}
	return gjson.ParseBytes(recorder.Body.Bytes())
}

// atSandbox are the keys of the licenses that there are.
func (r *faultRig) atSandbox() map[string]bool {
	r.t.Helper()
	state, keys := r.state(), map[string]bool{}
	for _, key := range state.Get("licenses.#.license_key").Array() {
		keys[key.String()] = true
	}
	if n := state.Get("counts.licenses").Int(); int(n) != len(keys) {
		r.t.Fatalf("the sandbox counts %d licenses and lists %d", n, len(keys))
	}
	return keys
}

// each does something with every item, some at a time.
func each[T any](workers int, items []T, do func(T)) {
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

// TestIssueUnderFaults issues a thousand licenses against every fault there is, and afterwards
// counts on both sides.
func TestIssueUnderFaults(t *testing.T) {
	count := func(n int) int {
		if testing.Short() {
			return min(n, 100)
		}
		return n
	}
	t.Run("sqlite", func(t *testing.T) { issueUnderFaults(t, ledgertest.SQLite(t), count(1000)) })
	t.Run("mariadb", func(t *testing.T) { issueUnderFaults(t, ledgertest.MariaDB(t), count(200)) })
}

func issueUnderFaults(t *testing.T, ledger string, calls int) {
	const seed = 20240506
	r := newFaultRig(t, ledger)
	random := rand.New(rand.NewPCG(seed, uint64(calls)))
	orders := r.deal(random, calls)
	start := time.Now()
	r.storm(random, orders)
	t.Logf(
		"%d calls for %d orders, and %d of them once more, in %s (seed %d)", calls, len(orders),
		len(r.calls)-calls, time.Since(start).Round(time.Millisecond), seed,
	)

	r.checkCalls(orders)
	open := r.count(orders)
	start = time.Now()
	r.settle(open)
	t.Logf("%d entries settled in %s", len(open), time.Since(start).Round(time.Millisecond))
	start = time.Now()
	r.again(orders)
	t.Logf("asked for again in %s", time.Since(start).Round(time.Millisecond))
}

// deal makes the orders and their calls: in ten, one of two calls at the same time and one of two
// in turn.
func (r *faultRig) deal(random *rand.Rand, calls int) []*faultOrder {
	products := []string{"jetpack-scan", "jetpack-backup-daily", "jetpack-complete", "personal"}
	faults := make([]string, calls)
	for i := range faults {
		faults[i] = faultKinds[i%len(faultKinds)]
	}
	random.Shuffle(calls, func(i, k int) { faults[i], faults[k] = faults[k], faults[i] })
	var orders []*faultOrder
	for len(faults) > 0 {
		n := len(orders)
		o := &faultOrder{
			reference: fmt.Sprintf("order-%d", n),
			product:   products[n%len(products)],
			together:  n%10 == 3,
		}
		size := 1
		if n%10 == 3 || n%10 == 6 {
			size = min(2, len(faults))
		}
		for _, fault := range faults[:size] {
			o.calls = append(
				o.calls, r.newCall(o, fault, time.Duration(random.IntN(4000))*time.Microsecond),
			)
		}
		faults = faults[size:]
		orders = append(orders, o)
	}
	return orders
}

// storm makes all calls, and half of them once more, as automation would that saw them fail.
func (r *faultRig) storm(random *rand.Rand, orders []*faultOrder) {
	type job struct {
		order *faultOrder
		kills []float64 // when a call is killed, in parts of the usual time
		again bool
	}
	jobs := make([]job, len(orders))
	for i, o := range orders {
		jobs[i] = job{
			o,
			[]float64{1.2 * random.Float64(), 1.2 * random.Float64()},
			random.IntN(2) == 0,
		}
	}
	each(faultWorkers, jobs, func(j job) {
		var together sync.WaitGroup
		for i, call := range j.order.calls {
			r.mu.Lock()
			kill := time.Duration(float64(r.usual) * j.kills[i])
			r.mu.Unlock()
			together.Go(func() { r.issue(call, kill) })
			if !j.order.together {
				together.Wait()
			}
		}
		together.Wait()
		if j.again {
			call := r.newCall(j.order, faultNone, 0)
			j.order.calls = append(j.order.calls, call)
			r.issue(call, 0)
		}
	})
	r.quiet()
}

// checkCalls holds what each call said against what happened.
func (r *faultRig) checkCalls(orders []*faultOrder) {
	met := map[string]int{}
	for _, o := range orders {
		keys := o.made()
		if len(keys) > 1 {
			r.t.Errorf("%s has %d licenses: %v", o.reference, len(keys), o.calls)
		}
		for _, call := range o.calls {
			met[call.fault+" "+r.outcome(call)]++
			if n := call.requests.Load(); n > 1 && call.fault != fault429 || n > 2 {
				r.t.Errorf("asked more than once: %v", call)
			}
			if key := call.json("license_key"); key != "" && !slices.Contains(keys, key) {
				r.t.Errorf("a key that was made for somebody else: %v", call)
			}
			if call.code == 0 &&
				(call.json("license_key") == "" || call.json("success") != "true" || call.stderr != "") {
				r.t.Errorf("exit 0 without a license: %v", call)
			}
		}
		r.checkFirst(o)
		for _, call := range o.calls[1:] {
			before := o.calls[0]
			if lost := slices.Contains(faultsLost, before.fault); lost && !o.together &&
				(call.requests.Load() > 0 || call.fault == faultNone && call.json("error_code") != "outcome_unknown") {
				r.t.Errorf("after an answer that was lost: %v", call)
			}
			if slices.Contains(faultsGood, before.fault) && !o.together &&
				call.fault == faultNone &&
				(call.requests.Load() > 0 || call.json("outcome") != "unchanged") {
				r.t.Errorf("after a license that was issued: %v", call)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(met)) {
		r.t.Logf("%5d %s", met[name], name)
	}
}

// checkFirst looks at a call that nothing came before or beside.
func (r *faultRig) checkFirst(o *faultOrder) {
	call := o.calls[0]
	if o.together {
		return
	}
	want := ""
	switch {
	case slices.Contains(faultsLost, call.fault):
		want = "outcome_unknown"
	case slices.Contains(faultsGood, call.fault):
		want = "issued"
	case call.fault == faultRefused:
		want = "rest_invalid_param"
	}
	if want != "" && r.outcome(call) != want {
		r.t.Errorf("want %s: %v", want, call)
	}
}

func (r *faultRig) outcome(call *faultCall) string {
	if call.killed {
		return "killed"
	}
	return cmp.Or(call.json("error_code"), call.json("outcome"), fmt.Sprint("exit ", call.code))
}

// faultOpen is an entry that waits for the operator.
type faultOpen struct {
	entry string
	order *faultOrder
}

// count holds the ledger against the sandbox: each license is in the ledger, or its order is named
// by reconcile.
func (r *faultRig) count(orders []*faultOrder) (open []faultOpen) {
	r.t.Helper()
	byReference := map[string]*faultOrder{}
	owner := map[string]string{}
	for _, o := range orders {
		byReference[o.reference] = o
		for _, key := range o.made() {
			owner[key] = o.reference
		}
	}
	named, doneFor := map[string]bool{}, map[string]bool{}
	mayBe := 0 // open entries whose license was made
	for _, e := range r.listed(1, "license", "reconcile", "--min-age=0s") {
		o := byReference[e.Get("reference").String()]
		if o == nil || named[o.reference] || e.Get("product").String() != o.product {
			r.t.Errorf("reconcile names %s", e)
			continue
		}
		named[o.reference] = true
		open = append(open, faultOpen{e.Get("id").String(), o})
		mayBe += min(1, len(o.made()))
	}
	there, done, states := r.atSandbox(), map[string]bool{}, map[string]int{}
	for _, e := range r.listed(0, "license", "list", "--limit=0") {
		state, key, reference := e.Get("state").
			String(),
			e.Get("license_key").
				String(),
			e.Get("reference").
				String()
		states[state]++
		if state != "done" {
			continue
		}
		if done[key] || doneFor[reference] || !there[key] || owner[key] != reference {
			r.t.Errorf("an entry with a license that isn't its own: %s", e)
		}
		done[key], doneFor[reference] = true, true
	}
	for key := range there {
		if !done[key] && !named[owner[key]] {
			r.t.Errorf(
				"nobody knows of the license %s for %s: %v", key, owner[key],
				byReference[owner[key]].calls,
			)
		}
	}
	for reference := range named {
		if doneFor[reference] {
			r.t.Errorf("%s is done and open", reference)
		}
	}
	r.t.Logf(
		"%d licenses = %d done + %d of the %d open entries; entries: %v", len(there), len(done),
		mayBe, len(open), states,
	)
	if len(there) != len(done)+mayBe {
		r.t.Errorf(
			"%d licenses, but %d done and %d open ones that were made", len(there), len(done),
			mayBe,
		)
	}
	if states["intended"]+states["unknown"] != len(open) || states["intended"] == 0 ||
		states["unknown"] == 0 {
		r.t.Errorf("%v, and %d open", states, len(open))
	}
	return open
}

// settle says of every open entry what the proxy knows.
func (r *faultRig) settle(open []faultOpen) {
	each(faultWorkers, open, func(f faultOpen) {
		word, state := "--void", "void"
		if keys := f.order.made(); len(keys) > 0 {
			word, state = "--license-key="+keys[0], "done"
		}
		out, code := r.run("license", "reconcile", f.entry, word, "--min-age=0s", "--by=the test")
		if code != 0 || gjson.Get(out, "state").String() != state {
			r.t.Errorf("reconcile %s %s: exit %d: %s", f.entry, word, code, out)
		}
	})
	if left := r.listed(0, "license", "reconcile", "--min-age=0s"); len(left) > 0 {
		r.t.Errorf("still open: %v", left)
	}
}

// again asks for every order once more, and once more where that brought its license.
func (r *faultRig) again(orders []*faultOrder) {
	each(faultWorkers, orders, func(o *faultOrder) {
		before := o.made()
		for range 2 {
			call := r.newCall(o, faultNone, 0)
			r.issue(call, 0)
			keys, want := o.made(), "unchanged"
			if len(before) == 0 {
				want = "issued"
			}
			if len(keys) != 1 || call.code != 0 || call.json("license_key") != keys[0] ||
				call.json("outcome") != want {
				r.t.Errorf("want %s: %v, %d licenses", want, call, len(keys))
				return
			}
			if len(before) > 0 {
				return
			}
			before = keys
		}
	})
	r.quiet()
	if n := len(r.atSandbox()); n != len(orders) {
		r.t.Errorf("%d licenses for %d orders", n, len(orders))
	}
}

// TestManyIssueAndList lets eight processes at a time work on one ledger, each in a loop: an order
// of its own, one that all want, and the list.
func TestManyIssueAndList(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { manyIssueAndList(t, ledgertest.SQLite(t)) })
	t.Run("mariadb", func(t *testing.T) { manyIssueAndList(t, ledgertest.MariaDB(t)) })
}

func manyIssueAndList(t *testing.T, ledger string) {
	const loops = 8
	rounds := 15
	if testing.Short() {
		rounds = 3
	}
	r := newFaultRig(t, ledger)
	shared := make([]*faultOrder, rounds)
	for i := range shared {
		shared[i] = &faultOrder{reference: fmt.Sprint("shared-", i), product: "jetpack-scan"}
	}
	var mu sync.Mutex
	all := slices.Clone(shared)
	start := time.Now()
	each(loops, slices.Collect(func(yield func(int) bool) {
		for i := range loops {
			if !yield(i) {
				return
			}
		}
	}), func(loop int) {
		for round := range rounds {
			own := &faultOrder{
				reference: fmt.Sprintf("own-%d-%d", loop, round),
				product:   "jetpack-scan",
			}
			call := r.newCall(own, faultNone, 0)
			r.issue(call, 0)
			if call.code != 0 || call.json("outcome") != "issued" {
				t.Errorf("%v", call)
			}
			call = r.newCall(shared[round], faultNone, 0)
			r.issue(call, 0)
			// Whoever comes while the first one waits for its answer is turned away without a
			// request.
			if unknown := call.json("error_code") == "outcome_unknown" && call.requests.Load() == 0; call.code != 0 &&
				!unknown {
				t.Errorf("%v", call)
			}
			if found := r.listed(0, "license", "list", "--reference="+own.reference); len(
				found,
			) != 1 ||
				found[0].Get("license_key").String() != own.made()[0] {
				t.Errorf("list of %s: %v", own.reference, found)
			}
			mu.Lock()
			all = append(all, own)
			mu.Unlock()
		}
	})
	t.Logf(
		"%d processes, %d at a time, in %s", 3*loops*rounds, loops,
		time.Since(start).Round(time.Millisecond),
	)
	r.quiet()
	there := r.atSandbox()
	entries := map[string]string{}
	for _, e := range r.listed(0, "license", "list") {
		entries[e.Get("reference").String()] = e.Get("license_key").String()
	}
	if len(there) != len(all) || len(entries) != len(all) {
		t.Errorf("%d orders, %d licenses, %d entries", len(all), len(there), len(entries))
	}
	for _, o := range all {
		if keys := o.made(); len(keys) != 1 || entries[o.reference] != keys[0] {
			t.Errorf("%s: made %v, entry %q", o.reference, keys, entries[o.reference])
		}
	}
}
