package jetpack

import (
	"net/http"
	"sort"
	"testing"
)

func TestErrorList(t *testing.T) {
	for body, want := range map[string]string{
		`{"errors":{"a":{"description":"D %s","cause":"C","solution":"S"},"b":{"description":"E"}}}`: "[a=D %s|C|S b=E||]",
		`{"errors":{"a":"D","b":{"description":"E","cause":null}}}`:                                  "[a=D|| b=E||]",
		`{"errors":{}}`:                         "[]",
		`{"errors":[]}`:                         "[]",
		`{"errors":["a"]}`:                      CodeInvalidAnswer,
		`{}`:                                    CodeInvalidAnswer,
		`{"errors":{"a":1}}`:                    CodeInvalidAnswer,
		`{"errors":{"a":{"cause":"x"},"b":""}}`: CodeInvalidAnswer,
		`{"errors":{"a":{"description":"x","solution":[]}}}`: CodeInvalidAnswer,
	} {
		a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if r.Method != "GET" || r.URL.Path != "/rest/v1.3/jpphp/errors" ||
				!r.URL.Query().Has("verbose") || r.Header.Get("Authorization") != "" {
				t.Errorf("%s %s", r.Method, r.RequestURI)
			}
			respond(200, body)(w, r, n)
		})
		c, _ := a.client(t, func(cfg *Config) { cfg.PartnerID, cfg.RetryFor = "", -1 })
		got, err := c.Errors(t.Context())
		lines := []string{}
		for code, e := range got {
			lines = append(lines, code+"="+e.Description+"|"+e.Cause+"|"+e.Solution)
		}
		sort.Strings(lines)
		if text := outcome(t, lines, err); text != want {
			t.Errorf("%s: got %s, want %s", body, text, want)
		}
		if a.count(tokenPath) != 0 {
			t.Error("asked for a token")
		}
	}
}
