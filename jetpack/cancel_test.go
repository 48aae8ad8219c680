package jetpack

import (
	"fmt"
	"net/http"
	"testing"
)

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
		a := newAPI(t, respond(200, body))
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
			text = fmt.Sprintf("%v %s %s ",
				got.Success, orNone(got.Activations), orNone(got.PendingActivations))
		}
		if text != want {
			t.Errorf("%s: got %s, want %s", body, text, want)
		}
	}
}

func TestCancelSends(t *testing.T) {
	var form map[string]string
	var got *http.Request
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		got, form = r, nil
		if r.ContentLength > 0 {
			form = readForm(t, r)
		}
		respond(200, `{"success":true}`)(w, r, n)
	})
	c, _ := a.client(t, nil)
	r := CancelRequest{Plan: "personal", All: true, TrackingID: "x y"}
	if _, err := c.Cancel(t.Context(), "https://example.com/demo/", r); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(form) != "map[cancel-all:1 plan:personal]" ||
		got.RequestURI != "/rest/v1.3/jpphp/example.com::demo/partner-cancel"+
			"?partner_tracking_id=x+y" {
		t.Errorf("%v to %s", form, got.RequestURI)
	}
	if _, err := c.Cancel(t.Context(), "9", CancelRequest{}); err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.ContentLength != 0 || got.Header.Get("Content-Type") != "" ||
		got.RequestURI != "/rest/v1.3/jpphp/9/partner-cancel" {
		t.Errorf("%s %s %v", got.Method, got.RequestURI, got.Header)
	}
}

func TestCancelReportsALostAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		first    handler
		then     handler
		repeated bool
		fails    bool
	}{
		"first try":     {respond(200, `{"success":false}`), nil, false, false},
		"lost":          {respond(502, "<html>"), respond(200, `{"success":false}`), true, false},
		"lost, then no": {respond(502, "<html>"), respond(400, `{"error":"not_jps_plan"}`), true, true},
		"turned away":   {respond(429, "{}"), respond(200, `{"success":true}`), false, false},
		"another token": {respond(401, "{}"), respond(200, `{"success":true}`), false, false},
		"lost, then turned away": {
			respond(502, ""), firstThen(2, respond(429, "{}"), respond(200, `{"success":false}`)),
			true, false,
		},
		"lost every time": {respond(502, ""), respond(502, ""), true, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, firstThen(1, tt.first, tt.then))
			c, _ := a.client(t, nil)
			useOldToken(t, c)
			got, err := c.Cancel(t.Context(), "1", CancelRequest{})
			if got.Repeated != tt.repeated || (err != nil) != tt.fails {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}
