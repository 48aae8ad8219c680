package jetpack

import (
	"net/http"
	"testing"
)

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
		`{"error_code":1234,"error_message":"x"}`:                                                  {400, "1234", "x", true},
		`{"error":"Forbidden","message":"x"}`:                                                      {403, "Forbidden", "x", true},
		`{"error":"e"}`:                                                                            {400, "e", "", false},
		`{"message":"x"}`:                                                                          {404, CodeHTTPError, "x", true},
		`{"error":{"code":"x"}}`:                                                                   {400, CodeHTTPError, "", true},
		`{"success":true,"auth_required":false}`:                                                   {400, CodeHTTPError, "", true},
		`{"success":false}`:                                                                        {200, CodeProvisionFailed, "the API says that it failed, and not why", false},
		`{"success":"0","message":"x"}`:                                                            {200, CodeProvisionFailed, "x", false},
		`{"error":"internal","message":"x"}`:                                                       {500, "internal", "x", true},
		`{}`:                                                                                       {200, CodeInvalidAnswer, "success is neither true nor false", true},
		`{"success":null,"auth_required":false}`:                                                   {200, CodeInvalidAnswer, "success is neither true nor false", true},
		`{"success":"yes"}`:                                                                        {200, CodeInvalidAnswer, "success is neither true nor false", true},
		`{"success":2}`:                                                                            {200, CodeInvalidAnswer, "success is neither true nor false", true},
		`{"success":[true]}`:                                                                       {200, CodeInvalidAnswer, "success is neither true nor false", true},
		`{"success":true}`:                                                                         {200, CodeInvalidAnswer, "auth_required is neither true nor false", true},
		`{"success":true,"auth_required":{}}`:                                                      {200, CodeInvalidAnswer, "auth_required is neither true nor false", true},
		`{"success":true,"auth_required":true,"next_url":false}`:                                   {200, CodeInvalidAnswer, "next_url isn't text", true},
		`{"success":true,"auth_required":true,"next_url":["x"]}`:                                   {200, CodeInvalidAnswer, "next_url isn't text", true},

		// What no answer of the API has.
		`{"success":true,"auth_required":false,"access_token":{"token":"user-token-9"}}`: {200, CodeInvalidAnswer, "access_token isn't text", true},
		`{"success":true,"auth_required":false,"error":"x","message":"y"}`:               {200, CodeInvalidAnswer, "the answer says success and an error at once: y", true},
		`{"success":true,"auth_required":false,"error":{"code":"x"}}`:                    {200, CodeInvalidAnswer, "the answer says success and an error at once: ", true},
		`{"error":["x"]}`: {200, CodeInvalidAnswer, "the answer's error isn't text", true},

		// Secrets and control characters.
		`{"error":"a","message":"your token ` + testToken + ` and s3cr3t-of-the-partner and ssh-hunter2"}`: {400, "a", "your token [redacted] and [redacted] and [redacted]", false},
		`{"error":"a","access_token":"user-token-9","message":"\u001b[31m\n\u202ered"}`:                    {400, "a", "\x1b[31m\n\u202ered", false},
	} {
		t.Run(body, func(t *testing.T) {
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
				w.Header().Set("X-Jetpack-Request-Id", "req-1")
				respond(tt.status, body)(w, r, n)
			})
			c, _ := a.client(t, nil)
			_, err := c.Provision(t.Context(), testRequest())
			e := asError(t, err)
			if e.Status != tt.status || e.Code != tt.code || e.Message != tt.message ||
				e.Lost() != tt.lost || e.RequestID != "req-1" {
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
