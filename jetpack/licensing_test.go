package jetpack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	licenseBase = "/wpcom/v2/jetpack-licensing"
	testBearer  = Secret("b3arer-of-licenses")
	testKey     = "jetpack-scan_xZjtE12WIVwBus4n2wbIrYcIM"
	issuedJSON  = `{"license_id":1,"license_key":"` + testKey + `","issued_at":"2020-09-08 16:14:58","revoked_at":null}`
	revokedJSON = `{"license_id":1,"license_key":"` + testKey + `","issued_at":"2020-09-08 16:14:58","revoked_at":"2020-10-08T16:14:58+02:00"}`
)

// licensing makes a client of a, as client does.
func (a *api) licensing(t *testing.T, change func(*Config)) (*Licensing, *clock) {
	t.Helper()
	ck := &clock{t: time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)}
	var mu sync.Mutex
	var log strings.Builder
	cfg := Config{
		BaseURL: a.URL, LicensingToken: testBearer, now: ck.Now, sleep: ck.Sleep,
		Logf: func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintf(&log, format+"\n", args...)
		},
	}
	if change != nil {
		change(&cfg)
	}
	l, err := NewLicensing(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.http.CloseIdleConnections()
		mu.Lock()
		defer mu.Unlock()
		noSecrets(t, "log", log.String())
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return l, ck
}

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
		says(200, answer)(w, r, n)
	})
	l, _ := a.licensing(
		t,
		func(cfg *Config) { cfg.HostHeader, cfg.UserAgent = "public-api.wordpress.com", "test/1" },
	)
	ctx := t.Context()
	const odd = "a/b ?&_é"
	for line, do := range map[string]func() error{
		`POST /license {"product":"jetpack-\"scan"}`:                     func() error { _, err := l.Issue(ctx, `jetpack-"scan`); return err },
		`GET /license?license_key=a%2Fb+%3F%26_%C3%A9 `:                  func() error { _, err := l.License(ctx, odd); return err },
		`DELETE /license?license_key=a%2Fb+%3F%26_%C3%A9 `:               func() error { _, err := l.Revoke(ctx, odd); return err },
		`POST /license/a%2Fb%20%3F&_%C3%A9/site {"site":12}`:             func() error { _, err := l.Attach(ctx, odd, "12"); return err },
		`POST /license/k/site {"site":"example.com::a"}`:                 func() error { _, err := l.Attach(ctx, "k", "example.com/a/"); return err },
		`POST /license/k/site {"site":"https://example.com/a/"}`:         func() error { _, err := l.Attach(ctx, "k", "https://example.com/a/"); return err },
		`DELETE /license/k/site `:                                        func() error { _, err := l.Detach(ctx, "k", true); return err },
		`DELETE /license/k/site?cancellation_email=0 `:                   func() error { _, err := l.Detach(ctx, "k", false); return err },
		`GET /product-families `:                                         func() error { _, err := l.ProductFamilies(ctx); return err },
		`GET /partner/product-families `:                                 func() error { _, err := l.PartnerProductFamilies(ctx); return err },
		`POST /site-connection {"local_user":1,"url":"https://e.org"}`:   func() error { _, err := l.ConnectSite(ctx, "https://e.org", "1"); return err },
		`POST /site-connection {"local_user":"0b","url":"http://e.org"}`: func() error { _, err := l.ConnectSite(ctx, "http://e.org", "0b"); return err },
		`POST /site-connection {"local_user":"007","url":"http://e.org"}`: func() error {
			_, err := l.ConnectSite(ctx, "http://e.org", "007")
			return err
		},
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

func TestLicensingRefusesByItself(t *testing.T) {
	a := newAPI(t, says(200, issuedJSON))
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
	for _, cfg := range []Config{{LicensingToken: "a b"}, {LicensingToken: "a\nb"}, {LicensingToken: "é"}, {BaseURL: "http://example.com"}, {HostHeader: "a b"}} {
		if _, err := NewLicensing(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

// Whatever goes wrong once the request may have arrived: one request, and the caller is told that
// the answer is lost.
func TestIssueIsNotRepeatedOnceItMayHaveArrived(t *testing.T) {
	for name, tt := range map[string]struct {
		answer   func(http.ResponseWriter, *http.Request, int)
		code     string
		lost     bool
		salvaged bool
	}{
		"cut":              {func(w http.ResponseWriter, _ *http.Request, _ int) { hijacked(w, "") }, CodeConnectionLost, true, false},
		"HTML 502":         {says(502, "<html>"), CodeServerError, true, false},
		"JSON 500":         {says(500, `{"code":"internal","message":"x","data":{"status":500}}`), "internal", true, false},
		"500 inside 200":   {says(200, `{"code":"internal","message":"x","data":{"status":500}}`), "internal", true, false},
		"403 inside 200":   {says(200, `{"code":"rest_forbidden","message":"x","data":{"status":403}}`), "rest_forbidden", false, false},
		"no key":           {says(200, `{"license_id":1}`), CodeInvalidAnswer, true, false},
		"empty":            {says(200, ""), CodeInvalidAnswer, true, false},
		"list":             {says(200, "[]"), CodeInvalidAnswer, true, false},
		"500 with a key":   {says(500, issuedJSON), CodeServerError, true, true},
		"error with a key": {says(200, `{"error":["x"],"license_key":"`+testKey+`"}`), CodeInvalidAnswer, true, true},
		"400":              {says(400, `{"code":"rest_invalid_param","message":"Invalid parameter(s): product","data":{"status":400}}`), "rest_invalid_param", false, false},
		"400 with a key":   {says(400, issuedJSON), CodeHTTPError, false, false},
		"401":              {says(401, `{"code":"rest_forbidden","message":"b3arer-of-licenses?"}`), "rest_forbidden", false, false},
		"redirect":         {redirect(302, "/other"), CodeHTTPError, false, false},
		"half of an answer": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			hijacked(w, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"+issuedJSON)
		}, CodeInvalidAnswer, true, false},
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
		"license-show": issuedJSON, "license-attach": issuedJSON, "license-detach": issuedJSON, "license-detach with mail": issuedJSON,
		"product-families": "[]", "partner-product-families": "[]", "site-connection": `{"code":"already_connected"}`, "license-issue": issuedJSON,
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
	for name, bad := range map[string]func(http.ResponseWriter, *http.Request, int){
		"cut": func(w http.ResponseWriter, _ *http.Request, _ int) { hijacked(w, "") },
		"502": says(502, "<html>"), "HTML": says(200, "<html>"), "429": says(429, `{"code":"too_many_requests"}`),
	} {
		for which, do := range calls {
			t.Run(name+" "+which, func(t *testing.T) {
				var total atomic.Int32
				a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
					if total.Store(int32(n)); n < 3 {
						bad(w, r, n)
						return
					}
					says(200, good[which])(w, r, n)
				})
				l, ck := a.licensing(
					t,
					func(cfg *Config) { cfg.HTTPClient = new(dialer).client() },
				)
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
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			says(502, "<html>")(w, r, n)
			return
		}
		says(
			400, `{"code":"license_already_attached","message":"`+testKey+` is attached"}`,
		)(
			w,
			r,
			n,
		)
	})
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

func TestRevoke(t *testing.T) {
	no := `{"code":"license_revoked","message":"it was","data":{"status":400}}`
	type answers = map[int]string // "" is cut, "5" a 502, "4" a refusal; else the JSON
	for name, tt := range map[string]struct {
		deletes, shows answers // by their number; the last one stays
		code           string  // "" is success
		asked, looked  int
		lost, repeated bool
		retryFor       time.Duration
	}{
		"good":                      {deletes: answers{1: revokedJSON}, asked: 1},
		"refused":                   {deletes: answers{1: no}, code: "license_revoked", asked: 1},
		"lost, done":                {deletes: answers{1: ""}, shows: answers{1: revokedJSON}, asked: 1, looked: 1},
		"lost, not done":            {deletes: answers{1: "", 2: revokedJSON}, shows: answers{1: issuedJSON}, asked: 2, looked: 1},
		"502, done":                 {deletes: answers{1: "5"}, shows: answers{1: revokedJSON}, asked: 1, looked: 1},
		"lost, looking too, done":   {deletes: answers{1: ""}, shows: answers{1: "5", 2: "", 3: revokedJSON}, asked: 1, looked: 3},
		"lost, not yet, refused":    {deletes: answers{1: "", 2: no}, shows: answers{1: issuedJSON, 2: revokedJSON}, asked: 2, looked: 2},
		"lost, refused for another": {deletes: answers{1: "", 2: `{"code":"rest_forbidden"}`}, shows: answers{1: issuedJSON}, code: "rest_forbidden", asked: 2, looked: 2, repeated: true},
		"lost, looking refused":     {deletes: answers{1: "5"}, shows: answers{1: "4"}, code: CodeServerError, asked: 1, looked: 1, lost: true},
		"no repeats, done":          {deletes: answers{1: ""}, shows: answers{1: revokedJSON}, asked: 1, looked: 1, retryFor: -1},
		"no repeats, not done":      {deletes: answers{1: "5"}, shows: answers{1: issuedJSON}, code: CodeServerError, asked: 1, looked: 1, lost: true, retryFor: -1},
		"no repeats, not known":     {deletes: answers{1: "5"}, shows: answers{1: "5"}, code: CodeServerError, asked: 1, looked: 1, lost: true, retryFor: -1},
		"429":                       {deletes: answers{1: "9", 2: revokedJSON}, asked: 2},
		"zero date isn't revoked": {
			deletes: answers{1: "", 2: revokedJSON}, asked: 2, looked: 1,
			shows: answers{1: strings.Replace(issuedJSON, "null", `"0000-00-00 00:00:00"`, 1)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var deletes, shows atomic.Int32
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
				from, i := tt.deletes, &deletes
				if r.Method == "GET" {
					from, i = tt.shows, &shows
				}
				answer := from[min(int(i.Add(1)), len(from))]
				if r.URL.Query().Get("license_key") != testKey {
					t.Errorf("asked for %s", r.RequestURI)
				}
				switch {
				case answer == "":
					hijacked(w, "")
				case answer == "5":
					says(502, "<html>")(w, r, n)
				case answer == "4":
					says(403, "{}")(w, r, n)
				case answer == "9":
					says(429, "{}")(w, r, n)
				case strings.Contains(answer, `"code"`):
					says(400, answer)(w, r, n)
				default:
					says(200, answer)(w, r, n)
				}
			})
			// Without kept connections: on those net/http repeats a GET by itself.
			l, _ := a.licensing(
				t,
				func(cfg *Config) { cfg.RetryFor, cfg.HTTPClient = tt.retryFor, new(dialer).client() },
			)
			got, err := l.Revoke(t.Context(), testKey)
			if asked, looked := int(deletes.Load()), int(shows.Load()); asked != tt.asked ||
				looked != tt.looked {
				t.Errorf("asked %d times, looked %d times", asked, looked)
			}
			if tt.code == "" {
				if err != nil || got.RevokedAt.IsZero() || !got.Revoked() {
					t.Errorf("%v, %v", got, err)
				}
				return
			}
			if e := asError(t, err); e.Call != "license-revoke" || e.Code != tt.code ||
				e.Lost() != tt.lost ||
				e.Repeated != tt.repeated ||
				got.Key != "" {
				t.Errorf("got %+v", e)
			}
		})
	}
}

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
			says(tt.status, body)(w, r, n)
		})
		l, _ := a.licensing(t, func(cfg *Config) { cfg.RetryFor = -1 })
		got, err := l.ConnectSite(t.Context(), "https://example.org", "1")
		if text := outcome(t, fmt.Sprintf("%s %d %v", got.Code, got.BlogID, got.Connected()), err); text != tt.want {
			t.Errorf("%s: got %s, want %s", body, text, tt.want)
		}
		if err == nil && (got.RequestID != "r1" || !json.Valid(got.Raw)) ||
			err != nil && asError(t, err).RequestID != "r1" {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}
