package jetpack

import (
	"net/http"
	"testing"
)

func TestMagicLinkIsSentOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		first    func(http.ResponseWriter, *http.Request, int)
		code     string
		requests int
		lost     bool
	}{
		"cut":          {func(w http.ResponseWriter, _ *http.Request, _ int) { hijacked(w, "") }, CodeConnectionLost, 1, true},
		"502":          {says(502, "<html>"), CodeServerError, 1, true},
		"the limit":    {says(429, `{"error":"too_many_requests"}`), "too_many_requests", 1, false},
		"limit as 400": {says(400, `{"error":"too_many_requests"}`), "too_many_requests", 1, false},
		"a proxy's":    {says(429, "slow down"), "", 2, false},
		"token":        {says(401, `{"error":"invalid_token"}`), "", 2, false},
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
				says(200, `{"success":true}`)(w, r, n)
			})
			c, _ := a.client(t, nil)
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
	c, _ := newAPI(t, says(200, "{}")).client(t, nil)
	if _, err := c.MagicLink(t.Context(), ""); asError(t, err).Code != CodeInvalidRequest {
		t.Error(err)
	}
}
