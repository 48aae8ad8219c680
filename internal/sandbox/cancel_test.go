package sandbox

import (
	"strings"
	"testing"
	"time"
)

func TestCancel(t *testing.T) {
	b := start(t, Config{
		Partners: []string{"1:s,token=T", "2:s,token=U"},
		Sites: []string{
			"a.test/x=connected:11,plan=premium,plan=jetpack-videopress",
			"foreign.test=foreign-plan", "idle.test=connected:12",
		},
	})
	b.provision("https://unresolved.test", "premium").want(t, 200)
	tests := []struct {
		name, token, site string
		pairs             []string
		status            int
		want              string
	}{
		{
			"unknown ID", "T", "99", nil, 403,
			`{"error":"invalid_blog","message":"The blog ID 99 is invalid"}`,
		},
		{
			"unknown site", "T", "b.test", nil, 404,
			`{"error":"unknown_blog","message":"Unknown blog"}`,
		},
		{
			"another's", "U", "11", nil, 403,
			`{"error":"incorrect_partner_key","message":"Subscriptions can only be cancelled by the oAuth client that created them"}`,
		},
		{
			"nobody's", "T", "foreign.test", nil, 400,
			`{"error":"not_jps_plan","message":"The plan for this site was not provisioned by Jetpack Start"}`,
		},
		{"nothing there", "T", "idle.test", nil, 200, `{"success":false}`},
		{
			"unknown plan", "T", "11",
			[]string{"plan", "gold"},
			400,
			`{"error":"invalid_plan","message":"gold is not a valid plan"}`,
		},
		{"other plan", "T", "11", []string{"plan", "personal"}, 200, `{"success":false}`},
		{
			"bad flag", "T", "11",
			[]string{"cancel-all", "yes"},
			400,
			`{"error":"invalid_input","message":"\"cancel-all\" must be 1, 0, true or false"}`,
		},
		{"the plan", "T", "a.test::x", nil, 200, `{"success":true}`},
		{"again", "T", "a.test::x", nil, 200, `{"success":false}`},
		{
			"product by name", "T", "11",
			[]string{"plan", "jetpack-videopress", "cancel-all", "0"},
			200, `{"success":true}`,
		},
		{"pending", "T", "unresolved.test", []string{"plan", "premium"}, 200, `{"success":true}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b.token = tt.token
			b.cancel(tt.site, tt.pairs...).wantBody(t, tt.status, tt.want)
		})
	}
	if n := b.counts()["activations_cancelled"]; n != 3 {
		t.Errorf("%v were cancelled", n)
	}
}

func TestCancelAll(t *testing.T) {
	b := start(t, Config{
		Partners: []string{"1:s,token=T", "2:s,token=U"},
		Sites:    []string{"a.test=connected"},
	})
	b.provision("https://a.test", "personal").want(t, 200)
	b.provision("https://a.test", "jetpack-scan").want(t, 200)
	b.token = "U"
	b.provision("https://a.test", "jetpack-videopress").want(t, 200)
	b.token = "T"
	b.cancel("a.test", "cancel-all", "1").wantBody(t, 200,
		`{"success":true,"activations":["personal","jetpack-scan"],"pending_activations":[]}`)
	b.cancel("a.test", "cancel-all", "true").wantBody(t, 200,
		`{"success":false,"activations":[],"pending_activations":[]}`)
	b.status("a.test").want(t, 200,
		`"slug":"jetpack-videopress","is_provisioned_by_partner":true,"is_provisioned_by_calling_partner":false`)

	b.provision("https://b.test", "premium").want(t, 200)
	path := "/rest/v1.3/jpphp/b.test/partner-cancel?partner_tracking_id=7"
	b.multipart(path, "cancel-all", "true").wantBody(t, 200,
		`{"success":true,"activations":[],"pending_activations":["premium"]}`)
}

func TestEnvelopeAndPretty(t *testing.T) {
	b := start(t, Config{})
	const path = "/rest/v1.4/jpphp/99/status"
	b.get(path+"?http_envelope=true").wantBody(t, 200,
		`{"code":403,"headers":[{"name":"Content-Type","value":"application\/json"}],"body":{"error":"invalid_blog","message":"The blog ID 99 is invalid"}}`)
	b.get(path+"?pretty=1").wantBody(t, 403,
		"{\n    \"error\": \"invalid_blog\",\n    \"message\": \"The blog ID 99 is invalid\"\n}\n")
	b.get(path+"?pretty=0").wantBody(t, 403,
		`{"error":"invalid_blog","message":"The blog ID 99 is invalid"}`)
}

func TestStatus(t *testing.T) {
	b := start(t, Config{
		Sites: []string{
			"a.test=connected:11", "new.test=new", "foreign.test=foreign-plan",
			"mismatch.test=token-mismatch",
		},
	})
	b.status("a.test").wantBody(t, 200,
		`{"blog":{"is_connected":true,"has_backups_credentials":false},"products":[]}`)
	b.status("12").want(t, 403, "invalid_blog")
	b.status("99999999999999999999").want(t, 403, "invalid_blog")
	b.status("new.test").want(t, 404, "unknown_blog")
	b.status("foreign.test").want(t, 200,
		`{"slug":"premium","is_provisioned_by_partner":false,"is_provisioned_by_calling_partner":false,"is_pending":false}`)
	b.status("mismatch.test").want(t, 200, `"is_connected":false`)
}

func TestUpgradePaths(t *testing.T) {
	b := start(t, Config{
		Sites: []string{
			"a.test=connected,plan=free", "p.test=connected,plan=professional",
			"r.test=connected,plan=jetpack-backup-realtime",
		},
	})
	paths := func(site string) testResponse {
		return b.get("/rest/v1.3/jpphp/" + site + "/upgrade-paths")
	}
	paths("a.test").wantBody(t, 200,
		`{"jetpack-anti-spam":["jetpack-anti-spam"],`+
			`"jetpack-backup":["jetpack-backup-daily","jetpack-backup-realtime"],`+
			`"jetpack-plans":["personal","premium","professional","complete"],`+
			`"jetpack-scan":["jetpack-scan"],"jetpack-videopress":["jetpack-videopress"]}`)
	paths("p.test").wantBody(t, 200,
		`{"jetpack-plans":["complete"],"jetpack-videopress":["jetpack-videopress"]}`)
	paths("r.test").want(t, 200, `"professional"`)
	paths("b.test").want(t, 404, "unknown_blog")
	if strings.Contains(paths("r.test").body, "jetpack-backup") {
		t.Error("a backup is offered to a site that has the larger one")
	}
}

func TestCredentials(t *testing.T) {
	b := start(t, Config{Sites: []string{"a.test=connected:11"}})
	ssh, ftp := "/rest/v1.3/jpphp/11/ssh-credentials", "/rest/v1.3/jpphp/11/ftp-credentials"
	b.form(ssh, "ssh_user", "u", "ssh_pass", "p").want(t, 400, `\"ssh_host\" is missing`)
	b.form(ssh, "ssh_user", "u", "ssh_host", "h").want(t, 400, "needs")
	b.form(ssh, "ssh_host", "h").want(t, 400, `\"ssh_user\" is missing`)
	b.form(ftp, "ftp_user", "u").want(t, 400, `\"ftp_host\" is missing`)
	for _, site := range []string{"a.test", "12"} {
		path := "/rest/v1.3/jpphp/" + site + "/ftp-credentials"
		b.form(path, "ftp_user", "u", "ftp_host", "h").want(t, 403, "invalid_blog")
	}
	b.status("11").want(t, 200, `"has_backups_credentials":false`)
	key := []string{"ssh_user", "u", "ssh_private_key", "k", "ssh_host", "h", "ssh_port", "22"}
	b.multipart(ssh, key...).wantBody(t, 200, `{"success":true}`)
	b.form(ftp, "ftp_user", "u", "ftp_host", "h").wantBody(t, 200, `{"success":true}`)
	b.status("11").want(t, 200, `"has_backups_credentials":true`)
}

func TestMagicLink(t *testing.T) {
	now := newClock()
	b := start(t, Config{Now: now.now})
	link := func(email string) testResponse {
		return b.form("/rest/v1.3/jpphp/mobile-magic-link", "email", email)
	}
	link("nobody").want(t, 400, "invalid_input")
	for range 5 {
		link("a@a.test").wantBody(t, 200, `{"success":true}`)
	}
	link("A@a.test").wantBody(t, 429,
		`{"error":"too_many_requests","message":"Too many requests per time interval"}`)
	link("b@a.test").want(t, 200)
	now.add(time.Hour)
	link("a@a.test").want(t, 200)
}

func TestErrorList(t *testing.T) {
	b := start(t, Config{})
	b.token = ""
	b.get("/rest/v1.3/jpphp/errors").want(t, 200,
		`{"errors":{`,
		`"activation_limit_reached":"This key has reached its activation limit for product %s"`)
	b.get("/rest/v1.3/jpphp/errors?verbose").want(t, 200,
		`"could_not_load_product_class":{"description":"Could not load a product class","cause":"`,
		`"solution":"`)
}

func TestPartnerKeys(t *testing.T) {
	b := start(t, Config{State: tempPath(t, "state")})
	const path = "/rest/v1.3/jpphp/partner-keys/new"
	b.form(path).want(t, 400, "invalid_input")
	b.form(path, "notes", "x").want(t, 400, `\"name\" is missing`)
	b.form(path, "name", "Bundle", "allowed_personal_plans", "-1").want(t, 400, "must be a number")
	made := b.form(path, "name", "Bundle", "allowed_premium_plans", "1")
	made.want(t, 200, `{"id":1,"name":"Bundle","allowed_personal_plans":"0",`+
		`"allowed_premium_plans":"1","allowed_professional_plans":"0","notes":null,`+
		`"client_id":"90001","client_secret":"`)
	b.form(path, "name", "Second", "notes", "n").want(t, 200,
		`{"id":2,`, `"notes":"n","client_id":"90002"`)

	secret := made.json(t)["client_secret"].(string)
	got := b.form(
		"/oauth2/token", "grant_type", "client_credentials", "scope", "jetpack-partner",
		"client_id", "90001", "client_secret", secret,
	)
	b.token = got.json(t)["access_token"].(string)
	b.provision("https://a.test", "personal").want(t, 400, "activation_limit_reached")
	b.provision("https://a.test", "premium").want(t, 200)
	b.provision("https://b.test", "premium").want(t, 400, "activation_limit_reached")
	b.provision("https://b.test", "jetpack-scan").want(t, 200)
	state := b.get("/sandbox/state").body
	if strings.Contains(state, secret) || strings.Contains(state, b.token) {
		t.Error("the state shows a secret")
	}
}
