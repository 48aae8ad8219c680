package jetpack

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

const (
	licenseBase = "/wpcom/v2/jetpack-licensing"
	testBearer  = Secret("b3arer-of-licenses")
	testKey     = "jetpack-scan_xZjtE12WIVwBus4n2wbIrYcIM"
	issuedJSON  = `{"license_id":1,"license_key":"` + testKey + `","issued_at":"2020-09-08 16:14:58","revoked_at":null}`
	revokedJSON = `{"license_id":1,"license_key":"` + testKey + `","issued_at":"2020-09-08 16:14:58","revoked_at":"2020-10-08T16:14:58+02:00"}`
)

func TestLicensingSends(t *testing.T) {
	type request struct{ line, body, kind, auth string }
	var got request
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		raw, _ := io.ReadAll(r.Body)
		got = request{
			r.Method + " " + strings.TrimPrefix(r.RequestURI, licenseBase),
			string(raw),
			r.Header.Get("Content-Type"),
			r.Header.Get("Authorization"),
		}
		if r.Host != "public-api.wordpress.com" || r.UserAgent() != "test/1" {
			t.Errorf("host %s, agent %s", r.Host, r.UserAgent())
		}
		answer := issuedJSON
		switch {
		case strings.HasSuffix(r.URL.Path, "families"):
			answer = "[]"
		case strings.HasSuffix(r.URL.Path, "connection"):
			answer = `{"code":"success","blog_id":"9"}`
		}
		w.Header().Set("X-Jetpack-Request-Id", "r1")
		respond(200, answer)(w, r, n)
	})
	l, _ := a.licensing(t, func(cfg *Config) {
		cfg.HostHeader, cfg.UserAgent = "public-api.wordpress.com", "test/1"
	})
	ctx := t.Context()
	const odd = "a/b ?&_é"
	for line, do := range map[string]func() error{
		`POST /license {"product":"jetpack-\"scan"}`:                      func() error { _, err := l.Issue(ctx, `jetpack-"scan`); return err },
		`GET /license?license_key=a%2Fb+%3F%26_%C3%A9 `:                   func() error { _, err := l.License(ctx, odd); return err },
		`DELETE /license?license_key=a%2Fb+%3F%26_%C3%A9 `:                func() error { _, err := l.Revoke(ctx, odd); return err },
		`POST /license/a%2Fb%20%3F&_%C3%A9/site {"site":12}`:              func() error { _, err := l.Attach(ctx, odd, "12"); return err },
		`POST /license/k/site {"site":"example.com::a"}`:                  func() error { _, err := l.Attach(ctx, "k", "example.com/a/"); return err },
		`POST /license/k/site {"site":"https://example.com/a/"}`:          func() error { _, err := l.Attach(ctx, "k", "https://example.com/a/"); return err },
		`DELETE /license/k/site `:                                         func() error { _, err := l.Detach(ctx, "k", true); return err },
		`DELETE /license/k/site?cancellation_email=0 `:                    func() error { _, err := l.Detach(ctx, "k", false); return err },
		`GET /product-families `:                                          func() error { _, err := l.ProductFamilies(ctx); return err },
		`GET /partner/product-families `:                                  func() error { _, err := l.PartnerProductFamilies(ctx); return err },
		`POST /site-connection {"local_user":1,"url":"https://e.org"}`:    func() error { _, err := l.ConnectSite(ctx, "https://e.org", "1"); return err },
		`POST /site-connection {"local_user":"0b","url":"http://e.org"}`:  func() error { _, err := l.ConnectSite(ctx, "http://e.org", "0b"); return err },
		`POST /site-connection {"local_user":"007","url":"http://e.org"}`: func() error { _, err := l.ConnectSite(ctx, "http://e.org", "007"); return err },
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		auth, kind := "Bearer "+testBearer.Reveal(), ""
		if strings.HasPrefix(line, "GET /product") {
			auth = ""
		}
		if got.body != "" {
			kind = "application/json"
		}
		if got.line+" "+got.body != line || got.auth != auth || got.kind != kind {
			t.Errorf("%s: sent %+v", line, got)
		}
	}
	a.CloseClientConnections()
}

func TestLicensingRejectsInvalidRequests(t *testing.T) {
	a := newAPI(t, respond(200, issuedJSON))
	l, _ := a.licensing(t, nil)
	bare, _ := a.licensing(t, func(cfg *Config) { cfg.LicensingToken = "" })
	ctx := t.Context()
	for name, do := range map[string]func() error{
		"no product":       func() error { _, err := l.Issue(ctx, ""); return err },
		"NUL":              func() error { _, err := l.Issue(ctx, "a\x00"); return err },
		"not UTF-8":        func() error { _, err := l.Issue(ctx, "a\xff"); return err },
		"no key":           func() error { _, err := l.License(ctx, ""); return err },
		"no key to revoke": func() error { _, err := l.Revoke(ctx, ""); return err },
		"a path":           func() error { _, err := l.Detach(ctx, "..", true); return err },
		"no site":          func() error { _, err := l.Attach(ctx, testKey, ""); return err },
		"a query":          func() error { _, err := l.Attach(ctx, testKey, "https://e.org/?a"); return err },
		"no scheme":        func() error { _, err := l.ConnectSite(ctx, "e.org", "1"); return err },
		"a blog ID":        func() error { _, err := l.ConnectSite(ctx, "12", "1"); return err },
		"a password":       func() error { _, err := l.ConnectSite(ctx, "https://a:ssh-hunter2@e.org", "1"); return err },
		"no user":          func() error { _, err := l.ConnectSite(ctx, "https://e.org", ""); return err },
		"no token":         func() error { _, err := bare.Issue(ctx, "jetpack-scan"); return err },
		"no token, revoke": func() error { _, err := bare.Revoke(ctx, testKey); return err },
	} {
		e := asError(t, do())
		want := CodeInvalidRequest
		if strings.HasPrefix(name, "no token") {
			want = CodeCredentialsMissing
		}
		if e.Code != want || e.Lost() || e.Retryable() || e.Call == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if len(a.seen) != 0 {
		t.Errorf("sent %v", a.seen)
	}
	for _, cfg := range []Config{
		{LicensingToken: "a b"},
		{LicensingToken: "a\nb"},
		{LicensingToken: "é"},
		{BaseURL: "http://example.com"},
		{HostHeader: "a b"},
	} {
		if _, err := NewLicensing(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

// Whatever fails after the request may have arrived, there is one request, and the error is Lost.
func TestIssueIsNotRepeatedOnceItMayHaveArrived(t *testing.T) {
	for name, tt := range map[string]struct {
		answer   handler
		code     string
		lost     bool
		salvaged bool
	}{
		"cut":               {cutAfter(""), CodeConnectionLost, true, false},
		"HTML 502":          {respond(502, "<html>"), CodeServerError, true, false},
		"JSON 500":          {respond(500, `{"code":"internal","message":"x","data":{"status":500}}`), "internal", true, false},
		"500 inside 200":    {respond(200, `{"code":"internal","message":"x","data":{"status":500}}`), "internal", true, false},
		"403 inside 200":    {respond(200, `{"code":"rest_forbidden","message":"x","data":{"status":403}}`), "rest_forbidden", false, false},
		"no key":            {respond(200, `{"license_id":1}`), CodeInvalidAnswer, true, false},
		"empty":             {respond(200, ""), CodeInvalidAnswer, true, false},
		"list":              {respond(200, "[]"), CodeInvalidAnswer, true, false},
		"500 with a key":    {respond(500, issuedJSON), CodeServerError, true, true},
		"error with a key":  {respond(200, `{"error":["x"],"license_key":"`+testKey+`"}`), CodeInvalidAnswer, true, true},
		"400":               {respond(400, `{"code":"rest_invalid_param","message":"Invalid parameter(s): product","data":{"status":400}}`), "rest_invalid_param", false, false},
		"400 with a key":    {respond(400, issuedJSON), CodeHTTPError, true, true},
		"401":               {respond(401, `{"code":"rest_forbidden","message":"b3arer-of-licenses?"}`), "rest_forbidden", false, false},
		"redirect":          {redirect(302, "/other"), CodeHTTPError, true, false},
		"403 HTML":          {respond(403, "<html>"), CodeHTTPError, true, false},
		"half of an answer": {cutAfter("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + issuedJSON), CodeInvalidAnswer, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, tt.answer)
			l, ck := a.licensing(t, nil)
			made, err := l.Issue(t.Context(), "jetpack-scan")
			e := asError(t, err)
			if e.Call != "license-issue" || e.Code != tt.code || e.Lost() != tt.lost ||
				made.Key != map[bool]string{true: testKey}[tt.salvaged] {
				t.Errorf("got %+v, lost %v, %q", e, e.Lost(), made.Key)
			}
			if n := a.count(licenseBase + "/license"); n != 1 || len(ck.slept) != 0 ||
				a.count("/other") != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestLicensingRepeats(t *testing.T) {
	good := map[string]string{
		"license-issue": issuedJSON, "license-show": issuedJSON, "license-attach": issuedJSON,
		"license-detach": issuedJSON, "license-detach with mail": issuedJSON,
		"product-families": "[]", "partner-product-families": "[]",
		"site-connection": `{"code":"already_connected"}`,
	}
	calls := map[string]func(*Licensing) error{
		"license-issue":            func(l *Licensing) error { _, err := l.Issue(t.Context(), "jetpack-scan"); return err },
		"license-show":             func(l *Licensing) error { _, err := l.License(t.Context(), testKey); return err },
		"license-attach":           func(l *Licensing) error { _, err := l.Attach(t.Context(), testKey, "1"); return err },
		"license-detach":           func(l *Licensing) error { _, err := l.Detach(t.Context(), testKey, false); return err },
		"license-detach with mail": func(l *Licensing) error { _, err := l.Detach(t.Context(), testKey, true); return err },
		"product-families":         func(l *Licensing) error { _, err := l.ProductFamilies(t.Context()); return err },
		"partner-product-families": func(l *Licensing) error { _, err := l.PartnerProductFamilies(t.Context()); return err },
		"site-connection":          func(l *Licensing) error { _, err := l.ConnectSite(t.Context(), "https://e.org", "1"); return err },
	}
	once := map[string]bool{"license-issue": true, "license-detach with mail": true}
	for name, bad := range map[string]handler{
		"cut":  cutAfter(""),
		"502":  respond(502, "<html>"),
		"HTML": respond(200, "<html>"),
		"429":  respond(429, `{"code":"too_many_requests"}`),
	} {
		for which, do := range calls {
			t.Run(name+" "+which, func(t *testing.T) {
				var total atomic.Int32
				a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
					if total.Store(int32(n)); n < 3 {
						bad(w, r, n)
						return
					}
					respond(200, good[which])(w, r, n)
				})
				l, ck := a.licensing(t, func(cfg *Config) { cfg.HTTPClient = new(dialer).client() })
				err := do(l)
				requests := total.Load()
				if once[which] && name != "429" {
					if e := asError(t, err); requests != 1 || !e.Lost() {
						t.Errorf("%v after %d requests", err, requests)
					}
				} else if err != nil || requests != 3 || len(ck.slept) != 2 {
					t.Errorf("%v after %d requests, slept %v", err, requests, ck.slept)
				}
			})
		}
	}
}

func TestRefusalAfterALostAnswer(t *testing.T) {
	a := newAPI(t, firstThen(1, respond(502, "<html>"),
		respond(400, `{"code":"license_already_attached","message":"`+testKey+` is attached"}`)))
	l, _ := a.licensing(t, nil)
	_, err := l.Attach(t.Context(), testKey, "1")
	if e := asError(t, err); e.Code != "license_already_attached" || !e.Repeated || e.Lost() ||
		e.Message != "[redacted] is attached" {
		t.Errorf("got %+v", e)
	}
	_, err = l.Attach(t.Context(), testKey, "1")
	if e := asError(t, err); e.Repeated {
		t.Errorf("got %+v", e)
	}
}
