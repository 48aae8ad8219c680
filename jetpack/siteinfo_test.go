package jetpack

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestSiteInfo(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		url    string // "" means an error
		code   string
	}{
		{200, `{"ID":42,"URL":"https:\/\/example.com","jetpack":true}`, "https://example.com", ""},
		{200, `{"ID":"42","URL":"https://example.com/blog"}`, "https://example.com/blog", ""},
		{200, `{"ID":43,"URL":"https://example.com"}`, "", CodeInvalidAnswer},
		{200, `{"ID":42,"URL":""}`, "", CodeInvalidAnswer},
		{200, `{"ID":42}`, "", CodeInvalidAnswer},
		{403, `{"error":"unauthorized","message":"private"}`, "", "unauthorized"},
		{404, `{"error":"unknown_blog","message":"Unknown blog"}`, "", "unknown_blog"},
		{403, `<html>`, "", CodeHTTPError},
	} {
		server := httptest.NewServer(http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet || r.URL.Path != "/rest/v1.1/sites/42" ||
					r.Header.Get("Authorization") != "" {
					t.Errorf("%s %s", r.Method, r.URL)
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
		client, err := NewClient(Config{
			BaseURL: server.URL, PartnerID: "1", PartnerSecret: "s", RetryFor: -1,
		})
		if err != nil {
			t.Fatal(err)
		}
		info, err := client.SiteInfo(t.Context(), 42)
		var apiErr *Error
		errors.As(err, &apiErr)
		if info.URL != c.url || (err == nil) != (c.code == "") ||
			apiErr != nil && (apiErr.Code != c.code || apiErr.Status != c.status) {
			t.Errorf("%d %s: %+v, %v", c.status, c.body, info, err)
		}
		server.Close()
	}
}
