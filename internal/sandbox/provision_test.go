package sandbox

import (
	"sync"
	"testing"
	"time"
)

func TestProvisionStates(t *testing.T) {
	b := start(t, Config{Sites: []string{
		"new.test=new", "connected.test/wp=connected:4711", "unresolved.test=unresolved",
		"bare.test=no-jetpack", "mismatch.test=token-mismatch", "down.test=inaccessible",
		"odd.test=registration-failed", "classless.test=no-product-class",
		"tokenless.test=no-user-token", "foreign.test=foreign-plan",
		"left.test=previously-connected", "has.test=connected,plan=premium,plan=jetpack-scan",
	}})
	approve := `http:\/\/` + b.base[7:] + `\/sandbox\/approve?site=`
	tests := []struct {
		name, siteurl, plan string
		more                []string
		status              int
		want                string
	}{
		{
			"unknown", "https://Other.test/wp/", "premium", nil, 200,
			`{"success":true,"next_url":"` + approve + `other.test%2Fwp","auth_required":true}`,
		},
		{
			"new", "http://new.test", "free", nil, 200,
			`{"success":true,"next_url":"` + approve + `new.test","auth_required":true}`,
		},
		{
			"connected", "https://connected.test/wp", "premium", nil, 200,
			`{"success":true,"next_url":"https:\/\/connected.test\/wp\/wp-admin\/","auth_required":false}`,
		},
		{
			"unresolved", "https://unresolved.test", "premium", nil, 200,
			`{"success":true,"next_url":"","auth_required":true}`,
		},
		{
			"no jetpack", "https://bare.test", "premium", nil, 400,
			`{"error":"method_not_found","message":"remoteRegister method not found on remote site."}`,
		},
		{
			"mismatch", "https://mismatch.test", "premium",
			[]string{"force_register", "0"},
			400,
			`{"error":"method_not_found","message":"remoteProvision method not found on remote site. Try calling again with --force_register=true."}`,
		},
		{
			"repaired", "https://mismatch.test", "premium",
			[]string{"force_register", "true"},
			200,
			`{"success":true,"next_url":"` + approve + `mismatch.test","auth_required":true}`,
		},
		{
			"stays repaired", "https://mismatch.test", "premium", nil, 200,
			`{"success":true,"next_url":"` + approve + `mismatch.test","auth_required":true}`,
		},
		{
			"down", "https://down.test", "premium", nil, 400,
			`{"error":"site_inaccessible","message":"We couldn't contact your site"}`,
		},
		{
			"registration", "https://odd.test", "premium", nil, 400,
			`{"error":"failed_registration_unknown_blog","message":"Remote site returned an invalid site ID"}`,
		},
		{
			"class", "https://classless.test", "premium", nil, 400,
			`{"error":"could_not_load_product_class","message":"Could not load a product class"}`,
		},
		{
			"user token", "https://tokenless.test", "premium", nil, 400,
			`{"error":"error_access_token","message":"Failed to create access token"}`,
		},
		{
			"upgrade of a foreign plan", "https://foreign.test", "professional", nil, 200,
			`{"success":true,"next_url":"https:\/\/foreign.test\/wp-admin\/","auth_required":false}`,
		},
		{
			"previously connected", "https://left.test", "premium", nil, 200,
			`{"success":true,"next_url":"` + approve + `left.test","auth_required":true}`,
		},
		{
			"has it", "https://has.test", "premium", nil, 200,
			`{"success":true,"next_url":"https:\/\/has.test\/wp-admin\/","auth_required":false}`,
		},
		{
			"downgrade", "https://has.test", "personal", nil, 400,
			`{"error":"plan_downgrade_disallowed","message":"Can not automatically downgrade plans. Contact support."}`,
		},
		{
			"included", "https://has.test", "jetpack-anti-spam", nil, 400,
			`{"error":"plan_downgrade_disallowed","message":"Can not automatically downgrade plans. Contact support."}`,
		},
		{
			"ssh", "https://connected.test/wp", "premium",
			[]string{"ssh_user", "u", "ssh_pass", "p", "ssh_port", "2222"},
			200,
			`{"success":true,"next_url":"https:\/\/connected.test\/wp\/wp-admin\/","auth_required":false,"ssh_set":true,"ssh_error":""}`,
		},
		{
			"ssh too early", "https://unresolved.test", "premium",
			[]string{"ssh_user", "u", "ssh_private_key", "k"},
			200,
			`{"success":true,"next_url":"","auth_required":true,"ssh_set":false,"ssh_error":"The site has no blog ID yet"}`,
		},
		{
			"ftp", "https://connected.test/wp", "premium",
			[]string{"ftp_user", "u"},
			200,
			`{"success":true,"next_url":"https:\/\/connected.test\/wp\/wp-admin\/","auth_required":false,"ftp_set":true,"ftp_error":""}`,
		},
		{
			"ftp and ssh too early", "https://unresolved.test", "premium",
			[]string{"ftp_user", "u", "ftp_pass", "p", "ssh_user", "u", "ssh_pass", "p"},
			200,
			`{"success":true,"next_url":"","auth_required":true,"ssh_set":false,"ssh_error":"The site has no blog ID yet","ftp_set":false,"ftp_error":"The site has no blog ID yet"}`,
		},
		{
			"user ID too early", "https://unresolved.test", "premium",
			[]string{"wpcom_user_id", "5"},
			200,
			`{"success":true,"next_url":"","auth_required":true}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b.provision(tt.siteurl, tt.plan, tt.more...).wantBody(t, tt.status, tt.want)
		})
	}
}

func TestProvisionValidates(t *testing.T) {
	b := start(t, Config{})
	tests := []struct {
		name  string
		pairs []string
		code  string
	}{
		{
			"no siteurl",
			[]string{"local_user", "1", "plan", "free"},
			`"invalid_siteurl","message":"The required \"siteurl\" argument is missing."`,
		},
		{
			"no scheme",
			[]string{"siteurl", "a.test", "local_user", "1", "plan", "free"},
			"invalid_siteurl",
		},
		{
			"other scheme",
			[]string{"siteurl", "ftp://a.test", "local_user", "1", "plan", "free"},
			"invalid_siteurl",
		},
		{
			"no host",
			[]string{"siteurl", "https:///x", "local_user", "1", "plan", "free"},
			"invalid_siteurl",
		},
		{
			"query",
			[]string{"siteurl", "https://a.test/?x=1", "local_user", "1", "plan", "free"},
			"invalid_siteurl",
		},
		{
			"user",
			[]string{"siteurl", "https://u:p@a.test/", "local_user", "1", "plan", "free"},
			"invalid_siteurl",
		},
		{
			"no local_user",
			[]string{"siteurl", "https://a.test", "plan", "free"},
			`"invalid_local_user","message":"The required \"local_user\" argument is missing."`,
		},
		{
			"no plan",
			[]string{"siteurl", "https://a.test", "local_user", "1"},
			`"invalid_plan","message":"is not a valid plan"`,
		},
		{
			"unknown plan",
			[]string{"siteurl", "https://a.test", "local_user", "1", "plan", "gold"},
			`"invalid_plan","message":"gold is not a valid plan"`,
		},
	}
	for _, tt := range tests {
		t.Run(
			tt.name,
			func(t *testing.T) { b.multipart(provisionPath, tt.pairs...).want(t, 400, tt.code) },
		)
	}
	for _, more := range [][]string{
		{"force_register", "yes"},
		{"force_connect", ""},
		{"onboarding", "2"},
		{"wpcom_user_id", "me"},
		{"home_url", "a.test"},
		{"ssh_user", "u"},
		{"ssh_pass", "p"},
		{"ssh_user", "u", "ssh_pass", "p", "ssh_private_key", "k"},
		{"ssh_user", "u", "ssh_pass", "p", "ssh_port", "ssh"},
		{"ssh_user", "u", "ssh_pass", "p", "ssh_port", "70000"},
		{"ftp_pass", "p"},
		{"ftp_user", "u", "ftp_port", "+21"},
	} {
		t.Run(more[0], func(t *testing.T) {
			b.provision("https://a.test", "free", more...).want(t, 400, `"invalid_input"`)
		})
	}
	if n := b.counts()["activations_made"]; n != 0 {
		t.Errorf("%v activations", n)
	}
	b.provision(
		"https://a.test", "free",
		"force_register", "0", "force_connect", "true", "onboarding", "1",
		"home_url", "https://a.test", "wpcom_user_email", "a@a.test",
		"ftp_user", "u", "ftp_pass", "p", "ftp_host", "h", "ftp_port", "21",
	).want(t, 200)
}

func TestProvisionRepeat(t *testing.T) {
	b := start(t, Config{Partners: []string{"1:s,token=T", "2:s,token=U"}})
	first := b.provision("https://a.test", "premium")
	b.provision("http://A.test/", "premium").wantBody(t, 200, first.body)
	if c := b.counts(); c["activations"] != 1 || c["activations_made"] != 1 || c["pending"] != 1 {
		t.Errorf("counts %v", c)
	}
	b.token = "U" // for another partner it is another activation
	b.provision("https://a.test", "premium").want(t, 200)
	if c := b.counts(); c["activations_made"] != 2 {
		t.Errorf("counts %v", c)
	}

	b = start(t, Config{RepeatCode: "invalid_input"})
	b.provision("https://a.test", "premium").want(t, 200)
	b.provision("https://a.test", "premium").want(t, 400, `{"error":"invalid_input",`+
		`"message":"You already have this plan from this partner."}`)
	b.provision("https://a.test", "professional").want(t, 200)
}

func TestProvisionUserToken(t *testing.T) {
	b := start(t, Config{})
	one := b.provision("https://a.test", "premium", "wpcom_user_id", "5")
	one.want(t, 200, `"auth_required":false,"access_token":"`)
	two := b.provision("https://a.test", "premium", "wpcom_user_id", "5")
	if one.json(t)["access_token"] == two.json(t)["access_token"] {
		t.Error("the user token is not new")
	}
	b.status("a.test").want(t, 200, `"is_connected":true`, `"is_pending":false`)

	// A pending activation becomes active this way too.
	b.provision("https://b.test", "premium").want(t, 200, `"auth_required":true`)
	b.provision("https://b.test", "premium", "wpcom_user_id", "5").want(t, 200,
		`"auth_required":false`)
	b.status("b.test").want(t, 200, `"is_pending":false`)
	if n := b.counts()["activations_made"]; n != 2 {
		t.Errorf("%v activations", n)
	}
}

func TestLimits(t *testing.T) {
	b := start(t, Config{Partners: []string{"1:s,token=T,premium=2,personal=0"}})
	b.provision("https://a.test", "premium").want(t, 200)
	b.provision("https://b.test", "premium").want(t, 200)
	b.provision("https://c.test", "premium").wantBody(t, 400,
		`{"error":"activation_limit_reached","message":"This key has reached its activation limit for product premium"}`)
	b.provision("https://c.test", "personal").want(t, 400, "activation_limit_reached")
	b.provision("https://a.test", "premium").want(t, 200) // a repeated call doesn't count
	b.cancel("a.test").wantBody(t, 200, `{"success":true}`)
	b.provision("https://c.test", "premium").want(t, 200)
}

func TestUpgradeReplaces(t *testing.T) {
	b := start(t, Config{Sites: []string{"a.test=connected"}})
	plans := []string{"jetpack-backup-daily", "jetpack-backup-realtime", "personal", "complete"}
	for _, plan := range plans {
		b.provision("https://a.test", plan).want(t, 200)
	}
	b.status("a.test").wantBody(t, 200,
		`{"blog":{"is_connected":true,"has_backups_credentials":false},"products":[`+
			`{"slug":"jetpack-backup-realtime","is_provisioned_by_partner":true,"is_provisioned_by_calling_partner":true,"is_pending":false},`+
			`{"slug":"complete","is_provisioned_by_partner":true,"is_provisioned_by_calling_partner":true,"is_pending":false}]}`)
}

func TestSimultaneousProvisions(t *testing.T) {
	b := start(t, Config{State: tempPath(t, "state"), Log: tempPath(t, "log")})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { b.provision("https://a.test", "premium").want(t, 200) })
	}
	wg.Wait()
	if c := b.counts(); c["activations"] != 1 || c["activations_made"] != 1 {
		t.Errorf("counts %v", c)
	}
}

func TestPendingExpires(t *testing.T) {
	now := newClock()
	b := start(t, Config{Now: now.now})
	b.provision("https://a.test", "premium").want(t, 200)
	now.add(14 * 24 * time.Hour)
	b.status("a.test").want(t, 200, `"slug":"premium"`, `"is_pending":true`)
	now.add(time.Second)
	b.status("a.test").want(t, 200, `"products":[]`)
}

func TestNextURL(t *testing.T) {
	for base, want := range map[string]string{
		"https://next.test/auth":     `https:\/\/next.test\/auth?site=a.test`,
		"https://next.test/auth?x=1": `https:\/\/next.test\/auth?x=1&site=a.test`,
	} {
		start(t, Config{NextURL: base}).provision("https://a.test", "free").want(t, 200,
			`"next_url":"`+want+`"`)
	}
}
