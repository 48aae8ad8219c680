package sandbox

import (
	"regexp"
	"strings"
	"testing"
)

// startLicensing starts a sandbox with partners, a licensing token and sites in several states.
func startLicensing(t *testing.T) *testSandbox {
	t.Helper()
	now := newClock()
	return start(t, Config{
		Now:       now.now,
		Licensing: []string{"LIC"},
		Partners:  []string{"1:s,token=T", "2:s,token=U", "3:s,token=OFF,disabled"},
		Sites: []string{
			"a.test/x=connected:11", "b.test=connected:12", "new.test=new",
			"left.test=previously-connected", "bare.test=no-jetpack", "gone.test=unresolved",
		},
	})
}

// json sends JSON to a path of the Licensing API.
func (b *testSandbox) json(method, path, body string) testResponse {
	b.t.Helper()
	return b.send(method, licensing+path, "application/json", body)
}

func TestIssueLicense(t *testing.T) {
	b := startLicensing(t)
	b.token = "LIC"
	want := regexp.MustCompile(
		`^\{"license_id":1,"license_key":"jetpack-scan_[A-Za-z0-9]{25}",` +
			`"issued_at":"2024-05-06 07:08:09","revoked_at":null\}$`,
	)
	got := b.json("POST", "/license", `{"product":"jetpack-scan"}`)
	if got.status != 200 || !want.MatchString(got.body) {
		t.Errorf("%d %s", got.status, got.body)
	}
	b.send("POST", licensing+"/license?product=jetpack-complete", "", "").want(t, 200,
		`"license_id":2,"license_key":"jetpack-complete_`)
	tests := []struct{ query, body, want string }{
		{
			"", `{}`,
			`{"code":"rest_missing_callback_param","message":"Missing parameter(s): product",` +
				`"data":{"status":400}}`,
		},
		{"", `{"product":"gold"}`, `"rest_invalid_param"`},
		{"", `{"product":"personal","count":2}`, `unknown field \"count\"`},
		{"?product=personal", `{"product":"personal"}`, "in the body and in the query"},
		{"?produkt=personal", "", "unknown query parameter"},
		{"", "product=personal", "not a JSON object"},
	}
	for _, tt := range tests {
		b.json("POST", "/license"+tt.query, tt.body).want(t, 400, tt.want)
	}
	b.send("POST", licensing+"/license", formType, "product=personal").want(t, 400,
		"send application\\/json or no body")
	if n := b.counts()["licenses"]; n != 2 {
		t.Errorf("%v licenses", n)
	}
}

func TestLicenseLife(t *testing.T) {
	b := startLicensing(t)
	issued := b.json("POST", "/license", `{"product":"personal"}`)
	key := issued.json(t)["license_key"].(string)
	site, show := "/license/"+key+"/site", "/license?license_key="+key
	steps := []struct {
		name, token, method, path, body string
		status                          int
		want                            string
	}{
		{"show", "T", "GET", show, "", 200, issued.body},
		{"show with the licensing token", "LIC", "GET", show, "", 200, issued.body},
		{"another's", "U", "GET", show, "", 403, `{"code":"invalid_license_key"`},
		{"no key", "T", "GET", "/license", "", 400, "Missing parameter(s): license_key"},
		{
			"wrong token", "x", "GET", show, "", 403,
			`{"code":"rest_forbidden","message":"The token is missing or wrong","data":{"status":403}}`,
		},
		{"disabled", "OFF", "GET", show, "", 403, `{"code":"partner_key_disabled"`},
		{"detach too early", "T", "DELETE", site, "", 400, "license_not_attached"},
		{"attach without body", "T", "POST", site, "", 400, "The body is missing"},
		{"attach without site", "T", "POST", site, `{}`, 400, "Missing parameter(s): site"},
		{
			"attach to an unknown site", "T", "POST", site, `{"site":"https://c.test"}`, 400,
			"invalid_site",
		},
		{"attach to a new site", "T", "POST", site, `{"site":"new.test"}`, 400, "invalid_site"},
		{"attach to an unknown ID", "T", "POST", site, `{"site":99}`, 400, "invalid_site"},
		{"attach by URL", "T", "POST", site, `{"site":"https://a.test/x/"}`, 200, issued.body},
		{"attach again, by ID", "T", "POST", site, `{"site":11}`, 200, issued.body},
		{"attach again, by path", "T", "POST", site, `{"site":"a.test::x"}`, 200, issued.body},
		{"attach elsewhere", "T", "POST", site, `{"site":"12"}`, 400, "license_already_attached"},
		{
			"detach oddly", "T", "DELETE", site + "?cancellation_email=no", "", 400,
			"cancellation_email",
		},
		{"detach", "T", "DELETE", site + "?cancellation_email=0", "", 200, issued.body},
		{"attach to the other", "T", "POST", site, `{"site":"12"}`, 200, issued.body},
		{"revoke", "T", "DELETE", show, "", 200, `"revoked_at":"2024-05-06 07:08:09"}`},
		{"revoke again", "T", "DELETE", show, "", 400, "license_revoked"},
		{"show revoked", "T", "GET", show, "", 200, `"revoked_at":"2024-05-06 07:08:09"}`},
		{"attach revoked", "T", "POST", site, `{"site":11}`, 400, "license_revoked"},
		{"detach revoked", "T", "DELETE", site, "", 400, "license_revoked"},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			b.token = step.token
			b.json(step.method, step.path, step.body).want(t, step.status, step.want)
		})
	}
	if n := b.counts()["licenses_revoked"]; n != 1 {
		t.Errorf("%v were revoked", n)
	}
}

func TestFamilies(t *testing.T) {
	b := startLicensing(t)
	b.get(licensing+"/partner/product-families").want(t, 200,
		`{"product_id":9001,"name":"Jetpack Complete","slug":"jetpack-complete","currency":"usd","amount":62.5,"price_interval":"month"}`,
		`"slug":"free","currency":"usd","amount":0,`)
	b.token = ""
	got := b.get(licensing + "/product-families")
	got.want(
		t, 200,
		`[{"name":"Jetpack Packs","slug":"jetpack-packs","description":"Jetpack Packs, as the sandbox describes it.","products":[{"product_id":9001,"name":"Jetpack Complete","slug":"jetpack-complete"},`,
	)
	if strings.Contains(got.body, "amount") {
		t.Error("the list without a token has prices")
	}
	b.get(licensing+"/partner/product-families").want(t, 403, "rest_forbidden")
}

func TestSiteConnection(t *testing.T) {
	b := startLicensing(t)
	b.provision("https://new.test", "premium").want(t, 200, `"auth_required":true`)
	connect := func(body string) testResponse { return b.json("POST", "/site-connection", body) }
	connect(`{"url":"https://a.test/x","local_user":1}`).wantBody(t, 200,
		`{"code":"already_connected","blog_id":11}`)
	connect(`{"url":"https://left.test","local_user":1}`).want(t, 200,
		`{"code":"previously_connected","blog_id":1`)
	connect(`{"url":"https://new.test","local_user":"admin"}`).want(t, 200,
		`{"code":"success","blog_id":1`)
	connect(`{"url":"https://new.test","local_user":"admin"}`).want(t, 200,
		`{"code":"already_connected",`)
	connect(`{"url":"https://bare.test","local_user":"admin"}`).want(t, 403,
		`{"code":"method_not_found"`, `"data":{"status":403}}`)
	connect(`{"url":"https://gone.test","local_user":"admin"}`).want(t, 403,
		`{"code":"site_inaccessible"`)
	connect(`{"url":"https://new.test"}`).want(t, 400, "Missing parameter(s): local_user")
	connect(`{"url":"new.test","local_user":1}`).want(t, 400, "rest_invalid_param")
	form := []string{"url", "https://form.test", "local_user", "1"}
	b.multipart(licensing+"/site-connection", form...).want(t, 200, `"success"`)
	b.status("new.test").want(t, 200, `"is_connected":true`, `"is_pending":false`)
	b.status("left.test").want(t, 200, `"is_connected":false`)
}
