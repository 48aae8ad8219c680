package scripttest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"jetpack-start/internal/plainjson"
)

const (
	recorderToken = `{"access_token":"recorded-token","token_type":"bearer","blog_id":"0",` +
		`"blog_url":"0","scope":"jetpack-partner"}`
	recorderAnswer = `{"success":true,"auth_required":false,` +
		`"next_url":"https:\/\/example.com\/wp-admin\/"}`
)

// cmdRecorder starts an API that accepts every request, and sets the variable by which
// jetpack-start finds it. It answers a request for a token with one, the question whose a blog ID
// is with https://example.com, and every other request with the contents of the file given. Unlike
// the sandbox's log, its files in $WORK/secrets hold the secrets sent: requests has a line of JSON
// for each request, and sent-NAME the last value of each field.
func cmdRecorder(ts *testscript.TestScript, _ bool, args []string) {
	r := recorder{dir: filepath.Join(ts.Getenv("WORK"), "secrets"), answer: recorderAnswer}
	for _, arg := range args {
		if text, found := strings.CutPrefix(arg, "--latency="); found {
			latency, err := time.ParseDuration(text)
			ts.Check(err)
			r.latency = latency
		} else if strings.HasPrefix(arg, "-") {
			ts.Fatalf("recorder: unknown argument %s", arg)
		} else {
			r.answer = ts.ReadFile(arg)
		}
	}
	ts.Check(os.MkdirAll(r.dir, 0o700))
	log, err := os.Create(filepath.Join(r.dir, "requests"))
	ts.Check(err)
	r.log = log
	server := httptest.NewServer(&r)
	ts.Setenv("JETPACK_START_API_URL", server.URL)
	ts.Defer(func() {
		server.Close()
		_ = log.Close()
	})
}

type recorder struct {
	dir     string // of sent-NAME
	answer  string
	latency time.Duration
	mu      sync.Mutex
	log     *os.File
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record(request)
	time.Sleep(r.latency)
	w.Header().Set("Content-Type", "application/json")
	answer := r.answer
	if strings.HasSuffix(request.URL.Path, "/oauth2/token") {
		answer = recorderToken
	} else if id, found := strings.CutPrefix(request.URL.Path, "/rest/v1.1/sites/"); found {
		answer = `{"ID":` + id + `,"URL":"https://example.com","jetpack":true}`
	}
	fmt.Fprint(w, answer)
}

func (r *recorder) record(request *http.Request) {
	// Parses a URL-encoded form too, and returns an error for it.
	_ = request.ParseMultipartForm(1 << 20)
	fields := map[string]string{}
	for name, values := range request.PostForm {
		fields[name] = strings.Join(values, "|") // so that a field sent twice is seen
		file := filepath.Join(r.dir, "sent-"+filepath.Base(name))
		_ = os.WriteFile(file, []byte(fields[name]), 0o600)
	}
	kind, _, _ := strings.Cut(request.Header.Get("Content-Type"), ";")
	line, _ := plainjson.Marshal(map[string]any{
		"path":   request.URL.Path,
		"query":  request.URL.RawQuery,
		"type":   kind,
		"bearer": request.Header.Get("Authorization"),
		"fields": fields,
	})
	fmt.Fprintf(r.log, "%s\n", line)
}
