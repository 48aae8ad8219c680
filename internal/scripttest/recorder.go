package scripttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdRecorder starts an API that takes everything and points jetpack-start at it: recorder
// [--latency=TIME] [ANSWER-FILE]. What it gets goes to $WORK/secrets/requests, one line of JSON a
// request, secrets and all, which the sandbox's log leaves out, and each field, as it was last
// sent, to $WORK/secrets/sent-NAME, for cmp. The file is what it answers to anything but the
// request for a token.
func cmdRecorder(ts *testscript.TestScript, neg bool, args []string) {
	answer := `{"success":true,"auth_required":false,"next_url":"https:\/\/example.com\/wp-admin\/"}`
	var latency time.Duration
	for _, arg := range args {
		if text, ok := strings.CutPrefix(arg, "--latency="); ok {
			var err error
			latency, err = time.ParseDuration(text)
			ts.Check(err)
		} else {
			answer = ts.ReadFile(arg)
		}
	}
	dir := filepath.Join(ts.Getenv("WORK"), "secrets")
	ts.Check(os.MkdirAll(dir, 0o700))
	log, err := os.Create(filepath.Join(dir, "requests"))
	ts.Check(err)
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_ = r.ParseMultipartForm(1 << 20) // a form of the other kind is read all the same
		fields := map[string]string{}
		for name, values := range r.PostForm {
			fields[name] = strings.Join(values, "|") // twice the same field would show
			_ = os.WriteFile(
				filepath.Join(dir, "sent-"+filepath.Base(name)), []byte(fields[name]), 0o600,
			)
		}
		kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		lines := json.NewEncoder(log)
		lines.SetEscapeHTML(false)
		_ = lines.Encode(
			map[string]any{
				"path":   r.URL.Path,
				"query":  r.URL.RawQuery,
				"type":   kind,
				"bearer": r.Header.Get("Authorization"),
				"fields": fields,
			},
		)
		time.Sleep(latency)
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/oauth2/token") {
			fmt.Fprint(
				w,
				`{"access_token":"recorded-token","token_type":"bearer","blog_id":"0","blog_url":"0","scope":"jetpack-partner"}`,
			)
			return
		}
		fmt.Fprint(w, answer)
	}))
	ts.Setenv("JETPACK_START_API_URL", server.URL)
	ts.Defer(func() {
		server.Close()
		_ = log.Close()
	})
}
