package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"jetpack-start/internal/sandbox"
	"jetpack-start/internal/testenv"
)

// street runs the program for the sites of TestInterleavings, with a wp that answers with the
// site.json in the docroot.
type street struct {
	t       *testing.T
	seed    uint64
	dir     string
	program string
	usual   atomic.Int64 // how long an undisturbed run takes at present, in nanoseconds

	runs, kills, claims, refused atomic.Int64
}

const streetPartner, streetSecret = "partner", "secret-of-the-street"

// streetWP plays WP-CLI.
const streetWP = `#!/bin/sh
dir=$PWD
for arg; do
	case $arg in
	--path=*) dir=${arg#--path=} ;;
	jetpack-start-probe) call=probe ;;
	jetpack-start-setup) call=setup ;;
	jetpack-start-*) marker=$arg ;;
	esac
done
if [ "$call" = probe ]; then
	printf '%s begin\n' "$marker"
	cat "$dir/site.json"
	printf '\n%s end\n' "$marker"
else
	printf '%s {"start":true}\n%s {"end":true}\n' "$marker" "$marker"
fi
`

func newStreet(t *testing.T, seed uint64) *street {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "wp"), []byte(streetWP), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &street{t: t, seed: seed, dir: dir, program: testenv.Build(t)}
	s.usual.Store(int64(60 * time.Millisecond))
	return s
}

// makeDocroot makes the customer's docroot. As root it belongs to the customer.
func (i *interleaving) makeDocroot(c *customer) {
	err := os.MkdirAll(c.dir, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(c.dir, "wp-load.php"), nil, 0o644)
	}
	if err == nil && os.Getuid() == 0 {
		err = os.Chown(c.dir, c.uid, -1)
	}
	if err != nil {
		i.t.Error(err)
	}
}

// writeSite writes what the customer's site says of itself.
func (i *interleaving) writeSite(c *customer, url, home string, blogID int, connected bool) {
	plugin := map[string]any{"installed": true, "active": true}
	site := map[string]any{
		"siteurl": url, "home": home, "abspath": c.dir + "/", "file_mods": true,
		"plugins": map[string]any{"jetpack": plugin, "akismet": plugin, "vaultpress": plugin},
		"blog_id": blogID, "blog_token": blogID > 0, "akismet_key": true, "vaultpress_key": true,
		"user": map[string]any{"id": 1, "login": "admin", "administrator": true},
	}
	if connected {
		site["master_user"], site["master_user_exists"], site["user_tokens"] = 1, true, []int{1}
	}
	data, err := json.Marshal(site)
	if err == nil {
		err = os.WriteFile(filepath.Join(c.dir, "site.json"), data, 0o644)
	}
	if err != nil {
		i.t.Error(err)
	}
}

// streetRun is one process.
type streetRun struct {
	customer *customer
	output   string
	code     int // -1 if it was killed

	inProgress int // requests
	over       bool
}

// command returns the process for an order in the docroot of the customer. Without root the
// docroots have one owner, so the customers are told apart as with --ssh.
func (i *interleaving) command(c *customer, o order, expected bool, base string) *exec.Cmd {
	var args []string
	switch o.command {
	case "provision":
		args = []string{"provision", "--user=admin", "--plan=" + o.plan, "--plugins=none"}
	case "cancel":
		args = []string{"cancel", "--plan=" + o.plan}
	default:
		args = []string{o.command}
	}
	if expected && i.strict {
		args = append(args, "--expect-url="+c.url)
	}
	if os.Getuid() != 0 {
		args = append(args, "--ssh=web1.example.net"+c.dir)
	}
	command := exec.Command(i.program, append(args, "--poll-interval=10ms")...)
	command.Dir = c.dir
	command.Env = []string{
		"HOME=" + i.dir, "PATH=" + os.Getenv("PATH"), "NO_PROXY=127.0.0.1",
		"JETPACK_START_WP_CLI=" + filepath.Join(i.street.dir, "wp"), "JETPACK_START_RUN_AS=self",
		"JETPACK_START_LEDGER=" + filepath.Join(i.dir, "ledger.db"),
		"JETPACK_START_CACHE_DIR=" + filepath.Join(i.dir, "cache"),
		"JETPACK_START_STRICT_IDENTITY=" + strconv.FormatBool(i.strict),
		"JETPACK_PARTNER_ID=" + streetPartner, "JETPACK_PARTNER_SECRET=" + streetSecret,
		"JETPACK_START_API_URL=" + base,
	}
	return command
}

// runOrder runs a process for an order, with --expect-url if expected is set. It kills the process
// after the given share of the usual time, unless that is 0.
func (i *interleaving) runOrder(c *customer, o order, kill float64, expected bool) *streetRun {
	r := &streetRun{customer: c}
	command := i.command(c, o, expected, i.api.start(r))
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	begin := time.Now()
	if err := command.Start(); err != nil {
		i.t.Error(err)
		return r
	}
	if kill > 0 {
		after := time.Duration(kill * float64(i.usual.Load()))
		timer := time.AfterFunc(after, func() { _ = command.Process.Kill() })
		defer timer.Stop()
	}
	err := command.Wait()
	i.api.finish(r)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		i.t.Error(err)
	}
	r.code, r.output = command.ProcessState.ExitCode(), out.String()
	i.runs.Add(1)
	if r.code < 0 {
		i.kills.Add(1)
	} else {
		usual := i.usual.Load()
		i.usual.Store(usual + (int64(time.Since(begin))-usual)/8)
	}
	if strings.Contains(r.output, "panic:") {
		i.fail("%s", r.output)
	}
	return r
}

// countingAPI is a proxy before a sandbox, with a URL for each run. It records which site each call
// that costs money is about.
type countingAPI struct {
	server  *httptest.Server
	sandbox http.Handler
	both    []*customer

	mu    sync.Mutex
	idle  *sync.Cond
	runs  []*streetRun
	busy  map[*customer]int // calls in progress about the customer's site
	found []string
}

func newCountingAPI(t *testing.T, sites []string, both []*customer) *countingAPI {
	t.Helper()
	box, err := sandbox.New(sandbox.Config{
		HTTP: true, Sites: sites, Partners: []string{streetPartner + ":" + streetSecret},
	})
	if err != nil {
		t.Fatal(err)
	}
	a := &countingAPI{sandbox: box.Handler(), both: both, busy: map[*customer]int{}}
	a.idle = sync.NewCond(&a.mu)
	a.server = httptest.NewServer(a)
	return a
}

func (a *countingAPI) close() { a.server.Close() }

// start returns the base URL for a run.
func (a *countingAPI) start(r *streetRun) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs = append(a.runs, r)
	return a.server.URL + "/run/" + strconv.Itoa(len(a.runs)-1)
}

// finish waits for the requests of a run that has ended. Those that arrive later are lost.
func (a *countingAPI) finish(r *streetRun) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r.over = true
	for r.inProgress > 0 {
		a.idle.Wait()
	}
}

func (a *countingAPI) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	rest := strings.TrimPrefix(request.URL.Path, "/run/")
	number, path, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(number)
	body, readErr := io.ReadAll(request.Body)
	if err != nil || readErr != nil {
		return
	}
	request.URL.Path, request.URL.RawPath = "/"+path, ""
	request.Body = io.NopCloser(bytes.NewReader(body))
	about := a.about(request, body)
	if !a.begin(n, about) {
		panic(http.ErrAbortHandler)
	}
	defer a.end(n, about)
	if about != nil { // so that calls that may overlap do
		time.Sleep(2 * time.Millisecond)
	}
	a.sandbox.ServeHTTP(w, request)
}

// begin counts a request of a run, and reports whether the run is still in progress.
func (a *countingAPI) begin(n int, about *customer) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.runs[n]
	if r.over {
		return false
	}
	r.inProgress++
	if about == nil {
		return true
	}
	if about != r.customer {
		a.found = append(a.found, fmt.Sprintf("an order of %s is about the site of %s",
			r.customer.name, about.name))
	}
	if a.busy[about]++; a.busy[about] > 1 {
		a.found = append(a.found, "two calls at once are about the site of "+about.name)
	}
	return true
}

func (a *countingAPI) end(n int, about *customer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs[n].inProgress--
	if about != nil {
		a.busy[about]--
	}
	a.idle.Broadcast()
}

// about returns whose site a provision or a cancel is about; nil for other calls.
func (a *countingAPI) about(request *http.Request, body []byte) *customer {
	name := ""
	if strings.HasSuffix(request.URL.Path, "/jpphp/provision") {
		_, params, _ := mime.ParseMediaType(request.Header.Get("Content-Type"))
		form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).
			ReadForm(1 << 20)
		if err == nil && len(form.Value["siteurl"]) > 0 {
			name = strings.TrimPrefix(form.Value["siteurl"][0], "https://")
		}
	} else if site, found := strings.CutSuffix(request.URL.Path, "/partner-cancel"); found {
		name = site[strings.LastIndex(site, "/")+1:]
	}
	for _, c := range a.both {
		if name == c.key || name != "" && name == strconv.Itoa(a.blogID(c)) {
			return c
		}
	}
	return nil
}

// state returns the sandbox's state.
func (a *countingAPI) state() gjson.Result {
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/sandbox/state", nil)
	request.Host = "public-api.wordpress.com"
	a.sandbox.ServeHTTP(recorder, request)
	return gjson.ParseBytes(recorder.Body.Bytes())
}

// blogID returns the blog ID of the customer's site at the sandbox, 0 if it has none.
func (a *countingAPI) blogID(c *customer) int {
	return int(a.state().Get("sites").Map()[c.key].Get("blog_id").Int())
}

// plans returns what each site has.
func (a *countingAPI) plans() map[string][]string {
	plans := map[string][]string{}
	for _, activation := range a.state().Get("activations").Array() {
		site := activation.Get("site").String()
		plans[site] = append(plans[site], activation.Get("plan").String())
	}
	return plans
}

func (a *countingAPI) problems() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.found
}
