package sandbox

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	provisionPath = "/rest/v1.3/jpphp/provision"
	formType      = "application/x-www-form-urlencoded"
)

func TestToken(t *testing.T) {
	b := start(t, Config{Partners: []string{"1:secret,token=T", "2:other"}})
	b.token = ""
	good := []string{
		"grant_type", "client_credentials", "scope", "jetpack-partner", "client_id", "1",
		"client_secret", "secret",
	}
	want := `{"access_token":"T","token_type":"bearer","blog_id":"0","blog_url":"0",` +
		`"scope":"jetpack-partner"}`
	b.form("/oauth2/token", good...).wantBody(t, 200, want)
	b.multipart("/oauth2/token", good...).wantBody(t, 200, want)

	other := append(good[:4:4], "client_id", "2", "client_secret", "other")
	random := b.form("/oauth2/token", other...).json(t)["access_token"].(string)
	if len(random) != 40 {
		t.Errorf("random token %q", random)
	}

	tests := []struct {
		name  string
		pairs []string
		want  string
	}{
		{
			"wrong secret",
			[]string{
				"grant_type", "client_credentials", "scope", "jetpack-partner", "client_id", "1",
				"client_secret", "x",
			},
			"invalid_client",
		},
		{
			"unknown client",
			[]string{
				"grant_type", "client_credentials", "scope", "jetpack-partner", "client_id", "9",
				"client_secret", "x",
			},
			"invalid_client",
		},
		{
			"no client",
			[]string{"grant_type", "client_credentials", "scope", "jetpack-partner"},
			"invalid_client",
		},
		{"grant type", []string{"grant_type", "password"}, "unsupported_grant_type"},
		{
			"scope",
			[]string{
				"grant_type", "client_credentials", "client_id", "1", "client_secret", "secret",
			},
			"invalid_scope",
		},
		{"unknown field", append(good, "redirect_uri", "x"), "invalid_request"},
		{"repeated field", append(good, "scope", "x"), "invalid_request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b.form("/oauth2/token", tt.pairs...).want(t, 400,
				`{"error":"`+tt.want+`","error_description":"`)
		})
	}
}

func TestBearer(t *testing.T) {
	b := start(t, Config{
		Partners: []string{
			"1:s,token=T", "2:s,token=OFF,disabled", "3:s,token=NARROW,no-scope",
			"4:s,token=TEST,test",
		},
		Sites: []string{"a.test=connected"},
	})
	for token, want := range map[string]string{
		"":       `{"error":"invalid_token","message":"`,
		"wrong":  `{"error":"invalid_token","message":"`,
		"OFF":    `{"error":"partner_key_disabled","message":"This key is disabled."}`,
		"NARROW": `{"error":"invalid_scope","message":"This token is not authorized to provision partner sites"}`,
	} {
		b.token = token
		b.provision("https://a.test", "premium").want(t, 403, want)
		b.form("/rest/v1.3/jpphp/partner-keys/verify").want(t, 403, want)
	}
	b.token = "OFF" // the only page that documents a status says 400
	b.status("a.test").want(t, 400, "partner_key_disabled")
	b.token = "TEST"
	b.provision("https://a.test", "premium").want(t, 200)
	b.status("a.test").wantBody(t, 403,
		`{"error":"invalid_blog","message":"The blog ID a.test is invalid"}`)
	b.token = "T"
	b.form("/rest/v1.3/jpphp/partner-keys/verify").wantBody(t, 200, `{"success":true}`)
	b.send("POST", "/rest/v1.3/jpphp/partner-keys/verify", "", "").wantBody(t, 200,
		`{"success":true}`)
}

func TestStrictness(t *testing.T) {
	b := start(t, Config{})
	full := []string{"siteurl", "https://a.test", "local_user", "1", "plan", "premium"}
	multi, body := multipartBody(t, full...)
	file := "--B\r\nContent-Disposition: form-data; name=\"ssh_pass\"; filename=\"key\"\r\n" +
		"\r\nx\r\n--B--\r\n"
	tests := []struct {
		name, method, path, contentType, body string
		status                                int
		want                                  string
	}{
		{
			"unknown endpoint", "GET", "/rest/v1.3/jpphp/nothing", "", "", 404,
			`{"error":"unknown_endpoint"`,
		},
		{"older version", "GET", "/rest/v1.3/jpphp/a.test/status", "", "", 404, "unknown_endpoint"},
		{"no site", "GET", "/rest/v1.4/jpphp//status", "", "", 404, "unknown_endpoint"},
		{"escaped slash", "GET", "/rest/v1.4/jpphp/a%2Fstatus", "", "", 404, "unknown_endpoint"},
		{
			"unknown endpoint of licensing", "GET", licensing + "/x", "", "", 404,
			`{"code":"unknown_endpoint","message":`,
		},
		{"method", "GET", provisionPath, "", "", 405, "GET is not allowed here, only POST"},
		{
			"urlencoded provision", "POST", provisionPath, formType, "plan=premium", 400,
			`"invalid_input","message":"The body is application\/x-www-form-urlencoded: send multipart\/form-data"`,
		},
		{
			"JSON provision", "POST", provisionPath, "application/json", "{}", 400,
			`The body is application\/json`,
		},
		{"no body", "POST", provisionPath, multi, "", 400, "The body is missing"},
		{"no type", "POST", provisionPath, "", body, 400, "of an unknown type"},
		{"no boundary", "POST", provisionPath, "multipart/form-data", body, 400, "no boundary"},
		{"broken multipart", "POST", provisionPath, multi, body[:len(body)/2], 400, "malformed"},
		{
			"file", "POST", provisionPath, "multipart/form-data; boundary=B", file, 400,
			`\"ssh_pass\" is a file`,
		},
		{
			"nameless part", "POST", provisionPath, "multipart/form-data; boundary=B",
			"--B\r\n\r\nx\r\n--B--\r\n", 400, "has no name",
		},
		{
			"query", "POST", provisionPath + "?partner-tracking-id=1", multi, body, 400,
			`unknown query parameter \"partner-tracking-id\"`,
		},
		{
			"repeated query", "POST",
			provisionPath + "?partner_tracking_id=1&partner_tracking_id=2", multi, body, 400,
			`\"partner_tracking_id\" is repeated`,
		},
		{"body of a GET", "GET", "/rest/v1.4/jpphp/1/status", formType, "a=b", 400, "send no body"},
		{
			"large", "POST", provisionPath, multi, strings.Repeat("x", maxBody+1), 413,
			"request_too_large",
		},
		{
			"tracking", "POST", provisionPath + "?partner_tracking_id=1", multi, body, 200,
			`"success":true`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := b.send(tt.method, tt.path, tt.contentType, tt.body)
			got.want(t, tt.status, tt.want)
			id := got.header.Get("X-Jetpack-Request-Id")
			if !strings.HasPrefix(id, "sandbox-0000") {
				t.Errorf("request ID %q", id)
			}
			if ct := got.header.Get("Content-Type"); ct != "application/json" {
				t.Errorf("Content-Type %q", ct)
			}
		})
	}
	allow := b.get(licensing + "/license/x_y/site").header.Get("Allow")
	if allow != "POST, DELETE" {
		t.Errorf("Allow %q", allow)
	}
	b.provision("https://b.test", "premium", "color", "red").want(t, 400,
		`unknown field \"color\"`)
	b.provision("https://b.test", "premium", "plan", "personal").want(t, 400,
		`\"plan\" is repeated`)
}

func TestHost(t *testing.T) {
	b := start(t, Config{})
	port := b.base[strings.LastIndex(b.base, ":"):]
	for host, status := range map[string]int{
		"public-api.wordpress.com": 200,
		"127.0.0.1" + port:         200,
		"localhost" + port:         200,
		"127.0.0.1":                421,
		"localhost:1":              421,
		"example.com" + port:       421,
	} {
		req, err := http.NewRequest("GET", b.base+"/rest/v1.3/jpphp/errors", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		if got := b.do(req); got.status != status {
			t.Errorf("Host %s: status %d, want %d: %s", host, got.status, status, got.body)
		}
	}
}

func TestHandler(t *testing.T) {
	s, err := New(Config{Partners: []string{"1:s,token=T"}})
	if err != nil {
		t.Fatal(err)
	}
	contentType, body := multipartBody(
		t, "siteurl", "http://a.test", "local_user", "1", "plan", "free",
	)
	web := httptest.NewTLSServer(s.Handler())
	defer web.Close()
	req, err := http.NewRequest("POST", web.URL+provisionPath, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "bearer T")
	resp, err := web.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	want := strings.ReplaceAll(web.URL, "/", `\/`) + `\/sandbox\/approve?site=a.test`
	if !strings.Contains(string(text), want) {
		t.Errorf("%s lacks %s", text, want)
	}
}

func TestParseJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"b","c":12}`: "",
		`{}`:               "",
		`[]`:               "not a JSON object",
		`{"a":{}}`:         "neither a string nor a number",
		`{"a":true}`:       "neither a string nor a number",
		`{"a":"b","a":1}`:  "is repeated",
		`{"a":"b"} x`:      "followed by more data",
		`{"a":"b"`:         "not JSON",
		`{"a"`:             "not JSON",
		`{1`:               "not JSON",
	} {
		_, err := parseJSON([]byte(in))
		if want == "" && err != nil ||
			want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", in, err, want)
		}
	}
}
