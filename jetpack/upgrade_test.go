package jetpack

import (
	"net/http"
	"testing"
)

func TestUpgradePathsAnswers(t *testing.T) {
	for body, want := range map[string]string{
		`{"jetpack-backup":["jetpack-backup-daily","jetpack-backup-realtime"],"a":["b"]}`: "[{jetpack-backup [jetpack-backup-daily jetpack-backup-realtime]} {a [b]}]",
		`{"z":{"1":"x","2":"y"},"a":[]}`:   "[{z [x y]} {a []}]",
		`{"a":["b"],"success":true,"n":1}`: "[{a [b]}]",
		`{}`:                               "[]",
		`[]`:                               "[]",
		`["personal"]`:                     CodeInvalidAnswer,
		`{"a":[1]}`:                        CodeInvalidAnswer,
		`{"a":["b",""],"c":["d"]}`:         CodeInvalidAnswer,
		`{"a":[["b"]]}`:                    CodeInvalidAnswer,
		`{"error":"invalid_blog"}`:         "invalid_blog",
		`<html>`:                           CodeInvalidAnswer,
	} {
		a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if r.Method != "GET" ||
				r.RequestURI != "/rest/v1.3/jpphp/example.com::demo/upgrade-paths" ||
				r.Header.Get("Authorization") != "Bearer "+testToken {
				t.Errorf("%s %s", r.Method, r.RequestURI)
			}
			w.Header().Set("X-Jetpack-Request-Id", "r1")
			respond(200, body)(w, r, n)
		})
		c, _ := a.client(t, func(cfg *Config) { cfg.RetryFor = -1 })
		got, err := c.UpgradePaths(t.Context(), "https://example.com/demo/")
		if text := outcome(t, got.Families, err); text != want {
			t.Errorf("%s: got %s, want %s", body, text, want)
		}
		if err == nil && (string(got.Raw) != body || got.RequestID != "r1") {
			t.Errorf("%s: got %+v", body, got)
		}
		if err != nil && asError(t, err).Lost() {
			t.Errorf("%s: lost", body)
		}
	}
}
