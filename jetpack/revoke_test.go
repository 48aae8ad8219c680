package jetpack

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestRevoke(t *testing.T) {
	no := `{"code":"license_revoked","message":"it was","data":{"status":400}}`
	type answers = map[int]string // "" is cut, "5" a 502, "4" a refusal; else the JSON
	for name, tt := range map[string]struct {
		deletes, shows answers // by their number; the last one stays
		code           string  // "" is success
		asked, looked  int
		lost, repeated bool
		retryFor       time.Duration
	}{
		"good":                      {deletes: answers{1: revokedJSON}, asked: 1},
		"refused":                   {deletes: answers{1: no}, code: "license_revoked", asked: 1},
		"lost, done":                {deletes: answers{1: ""}, shows: answers{1: revokedJSON}, asked: 1, looked: 1},
		"lost, not done":            {deletes: answers{1: "", 2: revokedJSON}, shows: answers{1: issuedJSON}, asked: 2, looked: 1},
		"502, done":                 {deletes: answers{1: "5"}, shows: answers{1: revokedJSON}, asked: 1, looked: 1},
		"lost, looking too, done":   {deletes: answers{1: ""}, shows: answers{1: "5", 2: "", 3: revokedJSON}, asked: 1, looked: 3},
		"lost, not yet, refused":    {deletes: answers{1: "", 2: no}, shows: answers{1: issuedJSON, 2: revokedJSON}, asked: 2, looked: 2},
		"lost, refused for another": {deletes: answers{1: "", 2: `{"code":"rest_forbidden"}`}, shows: answers{1: issuedJSON}, code: "rest_forbidden", asked: 2, looked: 2, repeated: true},
		"lost, looking refused":     {deletes: answers{1: "5"}, shows: answers{1: "4"}, code: CodeServerError, asked: 1, looked: 1, lost: true},
		"no repeats, done":          {deletes: answers{1: ""}, shows: answers{1: revokedJSON}, asked: 1, looked: 1, retryFor: -1},
		"no repeats, not done":      {deletes: answers{1: "5"}, shows: answers{1: issuedJSON}, code: CodeServerError, asked: 1, looked: 1, lost: true, retryFor: -1},
		"no repeats, not known":     {deletes: answers{1: "5"}, shows: answers{1: "5"}, code: CodeServerError, asked: 1, looked: 1, lost: true, retryFor: -1},
		"429":                       {deletes: answers{1: "9", 2: revokedJSON}, asked: 2},
		"zero date isn't revoked": {
			deletes: answers{1: "", 2: revokedJSON}, asked: 2, looked: 1,
			shows: answers{1: strings.Replace(issuedJSON, "null", `"0000-00-00 00:00:00"`, 1)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var deletes, shows atomic.Int32
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
				from, i := tt.deletes, &deletes
				if r.Method == "GET" {
					from, i = tt.shows, &shows
				}
				answer := from[min(int(i.Add(1)), len(from))]
				if r.URL.Query().Get("license_key") != testKey {
					t.Errorf("asked for %s", r.RequestURI)
				}
				switch {
				case answer == "":
					cutAfter("")(w, r, n)
				case answer == "5":
					respond(502, "<html>")(w, r, n)
				case answer == "4":
					respond(403, "{}")(w, r, n)
				case answer == "9":
					respond(429, "{}")(w, r, n)
				case strings.Contains(answer, `"code"`):
					respond(400, answer)(w, r, n)
				default:
					respond(200, answer)(w, r, n)
				}
			})
			// Without keep-alive, because on a reused connection net/http repeats a GET by itself.
			l, _ := a.licensing(t, func(cfg *Config) {
				cfg.RetryFor, cfg.HTTPClient = tt.retryFor, new(dialer).client()
			})
			got, err := l.Revoke(t.Context(), testKey)
			asked, looked := int(deletes.Load()), int(shows.Load())
			if asked != tt.asked || looked != tt.looked {
				t.Errorf("asked %d times, looked %d times", asked, looked)
			}
			if tt.code == "" {
				if err != nil || got.RevokedAt.IsZero() || !got.Revoked() {
					t.Errorf("%v, %v", got, err)
				}
				return
			}
			if e := asError(t, err); e.Call != "license-revoke" || e.Code != tt.code ||
				e.Lost() != tt.lost || e.Repeated != tt.repeated || got.Key != "" {
				t.Errorf("got %+v", e)
			}
		})
	}
}
