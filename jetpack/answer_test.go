package jetpack

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestProvisionAnswers(t *testing.T) {
	yes, no := true, false
	for name, tt := range map[string]struct {
		body string
		want ProvisionAnswer
	}{
		"done":         {goodJSON, ProvisionAnswer{Success: true, NextURL: "https://wordpress.com/plans/example.com"}},
		"pending":      {`{"success":true,"next_url":"https:\/\/jetpack.wordpress.com\/x?a=b&c","auth_required":true}`, ProvisionAnswer{Success: true, AuthRequired: true, NextURL: "https://jetpack.wordpress.com/x?a=b&c"}},
		"unresolved":   {"{\n  \"success\": true,\n  \"next_url\": \"\",\n  \"auth_required\": true\n}", ProvisionAnswer{Success: true, AuthRequired: true}},
		"no next_url":  {`{"success":true,"auth_required":false}`, ProvisionAnswer{Success: true}},
		"null":         {`{"success":true,"auth_required":false,"next_url":null,"access_token":null,"error_code":null,"error":false}`, ProvisionAnswer{Success: true}},
		"user token":   {`{"success":true,"auth_required":false,"access_token":"a\"'\u00e9\/b"}`, ProvisionAnswer{Success: true, AccessToken: `a"'é/b`}},
		"as text":      {`{"success":"true","auth_required":"false"}`, ProvisionAnswer{Success: true}},
		"as numbers":   {`{"success":1,"auth_required":1}`, ProvisionAnswer{Success: true, AuthRequired: true}},
		"ssh saved":    {`{"success":true,"auth_required":false,"ssh_set":true,"ssh_error":""}`, ProvisionAnswer{Success: true, SSHSet: &yes}},
		"ssh failed":   {`{"success":true,"auth_required":false,"ssh_set":false,"ssh_error":"no login with ssh-hunter2"}`, ProvisionAnswer{Success: true, SSHSet: &no, SSHError: "no login with [redacted]"}},
		"escaped name": {`{"s\u0075ccess":true,"auth_required":false}`, ProvisionAnswer{Success: true}},
		"empty error":  {`{"success":true,"auth_required":false,"error_code":"","error_message":"","code":"success"}`, ProvisionAnswer{Success: true}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
				w.Header().Set("X-Jetpack-Request-Id", "req-1")
				says(200, tt.body)(w, r, n)
			})
			c, _ := a.client(t, nil)
			got, err := c.Provision(t.Context(), testRequest())
			tt.want.Raw, tt.want.RequestID = []byte(tt.body), "req-1"
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%v, got  %#v\nwant %#v", err, got, tt.want)
			}
		})
	}
}

func TestErrorAnswers(t *testing.T) {
	for body, tt := range map[string]struct {
		status        int
		code, message string
		lost          bool
	}{
		`{"error":"method_not_found","message":"remoteRegister method not found on remote site."}`: {400, "method_not_found", "remoteRegister method not found on remote site.", false},
		`{"error_code":"invalid_plan","error_message":"x is not a valid plan"}`:                    {400, "invalid_plan", "x is not a valid plan", false},
		`{"success":false,"error_code":"invalid_plan","error_message":"x"}`:                        {200, "invalid_plan", "x", false},
		`{"error":"invalid_client","error_description":"x"}`:                                       {200, "invalid_client", "x", false},
		`{"error":"a","error_message":"x"}`:                                                        {403, "a", "x", false},
		`{"error_code":"b","message":"x"}`:                                                         {403, "b", "x", false},
		`{"code":"rest_forbidden","message":"x","data":{"status":403}}`:                            {403, "rest_forbidden", "x", false},
		`{"code":"c","message":"x"}`:                                                               {200, "c", "x", false},
		`{"error":"","error_code":"d","message":"","error_message":"x"}`:                           {400, "d", "x", false},
		`{"error_code":1234,"error_message":"x"}`:                                                  {400, "1234", "x", false},
		`{"error":"e"}`:                          {400, "e", "", false},
		`{"message":"x"}`:                        {404, CodeHTTPError, "x", false},
		`{"error":{"code":"x"}}`:                 {400, CodeHTTPError, "", false},
		`{"success":true,"auth_required":false}`: {400, CodeHTTPError, "", false},
		`{"success":false}`:                      {200, CodeProvisionFailed, "the API says that it failed, and not why", false},
		`{"success":"0","message":"x"}`:          {200, CodeProvisionFailed, "x", false},
		`{"error":"internal","message":"x"}`:     {500, "internal", "x", true},
		`{}`:                                     {200, CodeInvalidAnswer, "success is neither true nor false", true},
		`{"success":null,"auth_required":false}`: {200, CodeInvalidAnswer, "success is neither true nor false", true},
		`{"success":"yes"}`:                      {200, CodeInvalidAnswer, "success is neither true nor false", true},
		`{"success":2}`:                          {200, CodeInvalidAnswer, "success is neither true nor false", true},
		`{"success":[true]}`:                     {200, CodeInvalidAnswer, "success is neither true nor false", true},
		`{"success":true}`:                       {200, CodeInvalidAnswer, "auth_required is neither true nor false", true},
		`{"success":true,"auth_required":{}}`:    {200, CodeInvalidAnswer, "auth_required is neither true nor false", true},
		`{"success":true,"auth_required":true,"next_url":false}`:                         {200, CodeInvalidAnswer, "next_url isn't text", true},
		`{"success":true,"auth_required":true,"next_url":["x"]}`:                         {200, CodeInvalidAnswer, "next_url isn't text", true},
		`{"success":true,"auth_required":false,"access_token":{"token":"user-token-9"}}`: {200, CodeInvalidAnswer, "access_token isn't text", true},
		`{"success":true,"auth_required":false,"error":"x","message":"y"}`:               {200, CodeInvalidAnswer, "the answer says success and an error at once: y", true},
		`{"success":true,"auth_required":false,"error":{"code":"x"}}`:                    {200, CodeInvalidAnswer, "the answer says success and an error at once: ", true},
		`{"error":["x"]}`: {200, CodeInvalidAnswer, "the answer's error isn't text", true},
		`{"error":"a","message":"your token ` + testToken + ` and s3cr3t-of-the-partner and ssh-hunter2"}`: {400, "a", "your token [redacted] and [redacted] and [redacted]", false},
		`{"error":"a","access_token":"user-token-9","message":"\u001b[31m\n\u202ered"}`:                    {400, "a", "\x1b[31m\n\u202ered", false},
	} {
		t.Run(body, func(t *testing.T) {
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
				w.Header().Set("X-Jetpack-Request-Id", "req-1")
				says(tt.status, body)(w, r, n)
			})
			c, _ := a.client(t, nil)
			_, err := c.Provision(t.Context(), testRequest())
			e := asError(t, err)
			if e.Status != tt.status || e.Code != tt.code || e.Message != tt.message ||
				e.Lost() != tt.lost ||
				e.RequestID != "req-1" {
				t.Errorf("got %+v, lost %v", e, e.Lost())
			}
			if len(e.Raw) == 0 {
				t.Error("the API's JSON isn't kept")
			}
			if n := a.count(provisionPath); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestCancelAnswers(t *testing.T) {
	for body, want := range map[string]string{
		`{"success":true}`:  `true [] [] `,
		`{"success":false}`: `false [] [] `,
		`{"success":"1","activations":[ {"id":1} ],"pending_activations":[]}`: `true [ {"id":1} ] [] `,
		`{"success":true,"activations":null}`:                                 `true [] [] `,
		`{"success":"maybe"}`:                                                 `invalid_answer`,
		`{"activations":[]}`:                                                  `invalid_answer`,
		`{"success":false,"error_code":"not_jps_plan"}`:                       `not_jps_plan`,
	} {
		a := newAPI(t, says(200, body))
		c, _ := a.client(t, nil)
		got, err := c.Cancel(t.Context(), "1", CancelRequest{All: true})
		text := ""
		if err != nil {
			text = asError(t, err).Code
		} else {
			orNone := func(raw []byte) string {
				if raw == nil {
					return "[]"
				}
				return string(raw)
			}
			text = fmt.Sprintf("%v %s %s ", got.Success, orNone(got.Activations), orNone(got.PendingActivations))
		}
		if text != want {
			t.Errorf("%s: got %s, want %s", body, text, want)
		}
	}
}

func TestStatusAnswers(t *testing.T) {
	scan := `{"slug":"jetpack-scan","is_provisioned_by_partner":true,"is_provisioned_by_calling_partner":"1","is_pending":0}`
	for body, want := range map[string]string{
		`{"blog":{"is_connected":true,"has_backups_credentials":false},"products":[` + scan + `]}`: `true false [{jetpack-scan true true false}]`,
		`{"blog":{"is_connected":false},"products":[]}`:                                            `false nil []`,
		`{"blog":[{"is_connected":"true"}],"products":{"2":` + scan + `}}`:                         `true nil [{jetpack-scan true true false}]`,
		`{"blog":[],"products":[{"slug":"x"}]}`:                                                    `false nil [{x false false false}]`,
		`{"blog":{},"products":[]}`:                                                                CodeInvalidAnswer,
		`{"blog":{"is_connected":null},"products":[]}`:                                             CodeInvalidAnswer,
		`{"blog":"x","products":[]}`:                                                               CodeInvalidAnswer,
		`{"products":[]}`:                                                                          CodeInvalidAnswer,
		`{"blog":{"is_connected":true}}`:                                                           CodeInvalidAnswer,
		`{"blog":{"is_connected":true},"products":["x"]}`:                                          CodeInvalidAnswer,
		`{"blog":{"is_connected":true},"products":[{"slug":""}]}`:                                  CodeInvalidAnswer,
		`{"blog":{"is_connected":true},"products":[{"slug":"x","is_pending":"soon"}]}`:             CodeInvalidAnswer,
		`{"blog":{"is_connected":true},"products":[{"slug":"x","is_pending":[]},{"slug":"y"}]}`:    CodeInvalidAnswer,
		`{"error":"invalid_blog"}`:                                                                 "invalid_blog",
	} {
		a := newAPI(t, says(200, body))
		c, _ := a.client(t, nil)
		got, err := c.Status(t.Context(), "1")
		text := ""
		if err != nil {
			e := asError(t, err)
			if text = e.Code; e.Lost() {
				t.Errorf("%s: a status is never lost", body)
			}
		} else {
			has := "nil"
			if got.HasBackupsCredentials != nil {
				has = fmt.Sprint(*got.HasBackupsCredentials)
			}
			text = fmt.Sprintf("%v %s %v", got.Connected, has, got.Products)
			if string(got.Raw) != body {
				t.Errorf("raw: %s", got.Raw)
			}
		}
		if text != want {
			t.Errorf("%s: got %s, want %s", body, text, want)
		}
	}
}

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
			says(tt.status, tt.body)(w, r, n)
		})
		c, _ := a.client(t, func(cfg *Config) { cfg.PartnerID, cfg.RetryFor = "", -1 })
		date, err := c.Ping(t.Context())
		if want := time.Date(2025, 3, 1, 12, 0, 9, 0, time.UTC); !date.Equal(want) {
			t.Errorf("%s: date %v", name, date)
		}
		if (err == nil) != (tt.code == "") || err != nil && asError(t, err).Code != tt.code {
			t.Errorf("%s: %v", name, err)
		}
		if a.count(tokenPath) != 0 {
			t.Errorf("%s: asked for a token", name)
		}
	}
}

func TestVerify(t *testing.T) {
	for body, code := range map[string]string{
		`{}`: "", `{"success":true}`: "", `{"code":"success"}`: "", `{"success":false}`: CodeVerifyFailed, `{"error":"x"}`: "x", `<html>`: CodeInvalidAnswer,
	} {
		a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if r.Method != "POST" || r.URL.Path != "/rest/v1.3/jpphp/partner-keys/verify" ||
				r.Header.Get("Authorization") != "Bearer "+testToken {
				t.Errorf("%s %s %s", r.Method, r.URL, r.Header)
			}
			says(200, body)(w, r, n)
		})
		c, _ := a.client(t, func(cfg *Config) { cfg.RetryFor = -1 })
		if err := c.Verify(t.Context()); (err == nil) != (code == "") ||
			err != nil && asError(t, err).Code != code {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*Error{
		"provision: invalid_plan: gold is not a valid plan (HTTP 400, request ID r)": {Call: "provision", Code: "invalid_plan", Message: "gold is not a valid plan", Status: 400, RequestID: "r"},
		"status: http_error (HTTP 404)":                                              {Call: "status", Code: CodeHTTPError, Status: 404},
		`token: x: a\nb\x1b[0m\u202e`:                                                {Call: "token", Code: "x", Message: "a\nb\x1b[0m\u202e"},
		"unreachable":                                                                {Code: CodeUnreachable},
		"ping: x: " + strings.Repeat("é", 300) + "…":                                 {Call: "ping", Code: "x", Message: strings.Repeat("é", 5000)},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestErrorWithoutACallIsJudgedByWhatItSays(t *testing.T) {
	for code, lost := range map[string]bool{
		CodeUnreachable: false, CodeTimeout: true, CodeConnectionLost: true, CodeInvalidAnswer: true, CodeServerError: true,
		CodeHTTPError: false, CodeInvalidRequest: false, "invalid_plan": false,
	} {
		if e := (&Error{Code: code}); e.Lost() != lost {
			t.Errorf("%s: lost is %v", code, e.Lost())
		}
		if e := (&Error{Call: "status", Code: code}); e.Lost() {
			t.Errorf("%s of a status: lost", code)
		}
	}
}

func TestProxyPasswordIsNotQuoted(t *testing.T) {
	for in, want := range map[string]string{
		`invalid proxy address "http://user:pa@ss@proxy:1": x`: `invalid proxy address "http://[redacted]@proxy:1": x`,
		"dial tcp 1.2.3.4:443":                                 `dial tcp 1.2.3.4:443`,
		"a http://b/c d@e https://u@f":                         `a http://b/c d@e https://[redacted]@f`,
	} {
		if got := withoutUserinfo(in); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestEchoedSecretsAreTakenOutEverywhere(t *testing.T) {
	e := &Error{
		Code: "x-hunter2", RequestID: "hunter2", Err: errors.New("malformed hunter2"),
		Raw: []byte(`{"a":["hunter2",1],"hunter2":{"b":"hunter2"},"n":null}`),
	}
	e.hide([]Secret{"hunter2", "1"})
	if text := fmt.Sprint(e, e.Err, string(e.Raw)); strings.Contains(text, "hunter2") ||
		!strings.Contains(text, `"n":null`) {
		t.Errorf("got %s", text)
	}
	raw := []byte(`{"a" : 1.50}`)
	same := &Error{Raw: raw}
	if same.hide([]Secret{"hunter2"}); string(same.Raw) != `{"a" : 1.50}` {
		t.Errorf("got %s", same.Raw)
	}
}
