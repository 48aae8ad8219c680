package jetpack

import (
	"net/http"
	"testing"
	"time"
)

func TestPing(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		code   string
	}{
		"good":       {200, `{"errors":{}}`, ""},
		"JSON 404":   {404, `{"error":"not_found"}`, ""},
		"JSON 500":   {500, `[]`, ""},
		"HTML":       {200, `<html>`, CodeInvalidAnswer},
		"HTML 403":   {403, `<html>`, CodeHTTPError},
		"HTML 502":   {502, `<html>`, CodeServerError},
		"redirected": {302, ``, CodeHTTPError},
	} {
		a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if r.Method != "GET" || r.URL.Path != "/rest/v1.3/jpphp/errors" ||
				r.Header.Get("Authorization") != "" {
				t.Errorf("%s %s", r.Method, r.URL)
			}
			w.Header().Set("Date", "Sat, 01 Mar 2025 12:00:09 GMT")
			respond(tt.status, tt.body)(w, r, n)
		})
		c, _ := a.client(t, func(cfg *Config) { cfg.PartnerID, cfg.RetryFor = "", -1 })
		date, err := c.Ping(t.Context())
		if want := time.Date(2025, 3, 1, 12, 0, 9, 0, time.UTC); !date.Equal(want) {
			t.Errorf("%s: date %v", name, date)
		}
		if code := outcome(t, "", err); code != tt.code {
			t.Errorf("%s: %v", name, err)
		}
		if a.count(tokenPath) != 0 {
			t.Errorf("%s: asked for a token", name)
		}
	}
}

func TestVerify(t *testing.T) {
	for body, code := range map[string]string{
		`{}`:                 "",
		`{"success":true}`:   "",
		`{"code":"success"}`: "",
		`{"success":false}`:  CodeVerifyFailed,
		`{"error":"x"}`:      "x",
		`<html>`:             CodeInvalidAnswer,
	} {
		a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if r.Method != "POST" || r.URL.Path != "/rest/v1.3/jpphp/partner-keys/verify" ||
				r.Header.Get("Authorization") != "Bearer "+testToken {
				t.Errorf("%s %s %s", r.Method, r.URL, r.Header)
			}
			respond(200, body)(w, r, n)
		})
		c, _ := a.client(t, func(cfg *Config) { cfg.RetryFor = -1 })
		if got := outcome(t, "", c.Verify(t.Context())); got != code {
			t.Errorf("%s: got %q, want %q", body, got, code)
		}
	}
}
