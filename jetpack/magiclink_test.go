package jetpack

import (
	"net/http"
	"testing"
)

func TestMagicLinkIsSentOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		first    handler
		code     string
		requests int
		lost     bool
	}{
		"cut":          {cutAfter(""), CodeConnectionLost, 1, true},
		"502":          {respond(502, "<html>"), CodeServerError, 1, true},
		"the limit":    {respond(429, `{"error":"too_many_requests"}`), "too_many_requests", 1, false},
		"limit as 400": {respond(400, `{"error":"too_many_requests"}`), "too_many_requests", 1, false},
		"a proxy's":    {respond(429, "slow down"), "", 2, false},
		"token":        {respond(401, `{"error":"invalid_token"}`), "", 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
				if form := readForm(t, r); form["email"] != "a+b@example.com" {
					t.Errorf("sent %v", form)
				}
				if n == 1 {
					tt.first(w, r, n)
					return
				}
				respond(200, `{"success":true}`)(w, r, n)
			})
			c, _ := a.client(t, nil)
			useOldToken(t, c)
			_, err := c.MagicLink(t.Context(), "a+b@example.com")
			if n := a.count("/rest/v1.3/jpphp/mobile-magic-link"); n != tt.requests {
				t.Errorf("%d requests", n)
			}
			if tt.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := asError(t, err); e.Code != tt.code || e.Lost() != tt.lost || !e.Retryable() {
				t.Errorf("got %+v", e)
			}
		})
	}
	c, _ := newAPI(t, respond(200, "{}")).client(t, nil)
	if _, err := c.MagicLink(t.Context(), ""); asError(t, err).Code != CodeInvalidRequest {
		t.Error(err)
	}
}
