package jetpack

import (
	"strings"
	"testing"
)

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
		CodeUnreachable: false, CodeTimeout: true, CodeConnectionLost: true,
		CodeInvalidAnswer: true, CodeServerError: true,
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
