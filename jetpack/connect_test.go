package jetpack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
)

func TestConnectSiteAnswers(t *testing.T) {
	for body, tt := range map[string]struct {
		status int
		want   string
	}{
		`{"code":"success","blog_id":"9"}`:                                           {200, "success 9 true"},
		`{"code":"already_connected","blog_id":9}`:                                   {200, "already_connected 9 true"},
		`{"code":"previously_connected","blog_id":"9"}`:                              {200, "previously_connected 9 false"},
		`{"code":"another","blog_id":null}`:                                          {200, "another 0 false"},
		`{"code":"success","blog_id":"nine"}`:                                        {200, CodeInvalidAnswer},
		`{"blog_id":9}`:                                                              {200, CodeInvalidAnswer},
		`{"code":1,"blog_id":9}`:                                                     {200, CodeInvalidAnswer},
		`{"code":"site_inaccessible","message":"no","data":{"status":403}}`:          {403, "site_inaccessible"},
		`{"code":"site_inaccessible","message":"no","data":{"status":403},"more":1}`: {200, "site_inaccessible"},
		`{"code":"site_inaccessible","data":{"status":403}}`:                         {200, "site_inaccessible"},
		`{"code":"already_connected","blog_id":9,"error":"x"}`:                       {200, "x"},
		`[]`: {200, CodeInvalidAnswer},
		`{"code":"already_connected","blog_id":10}`: {403, "already_connected"},
	} {
		a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
			w.Header().Set("X-Jetpack-Request-Id", "r1")
			respond(tt.status, body)(w, r, n)
		})
		l, _ := a.licensing(t, func(cfg *Config) { cfg.RetryFor = -1 })
		got, err := l.ConnectSite(t.Context(), "https://example.org", "1")
		shown := fmt.Sprintf("%s %d %v", got.Code, got.BlogID, got.Connected())
		if text := outcome(t, shown, err); text != tt.want {
			t.Errorf("%s: got %s, want %s", body, text, tt.want)
		}
		if err == nil && (got.RequestID != "r1" || !json.Valid(got.Raw)) ||
			err != nil && asError(t, err).RequestID != "r1" {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}
