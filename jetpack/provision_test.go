package jetpack

import (
	"net/http"
	"reflect"
	"testing"
)

func TestProvisionAnswers(t *testing.T) {
	yes, no := true, false
	for name, tt := range map[string]struct {
		body string
		want ProvisionAnswer
	}{
		"done":         {goodJSON, ProvisionAnswer{Success: true, NextURL: "https://wordpress.com/plans/example.com"}},
		"pending":      {`{"success":true,"next_url":"https:\/\/jetpack.wordpress.com\/x?a=b&c","auth_required":true}`, ProvisionAnswer{Success: true, AuthRequired: true, NextURL: "https://jetpack.wordpress.com/x?a=b&c"}},
		"unresolved":   {"{\n  \"success\": true,\n  \"next_url\": \"\",\n  \"auth_required\": true\n}", ProvisionAnswer{Success: true, AuthRequired: true}},
		"no next_url":  {`{"success":true,"auth_required":false}`, ProvisionAnswer{Success: true}},
		"null":         {`{"success":true,"auth_required":false,"next_url":null,"access_token":null,"error_code":null,"error":false}`, ProvisionAnswer{Success: true}},
		"user token":   {`{"success":true,"auth_required":false,"access_token":"a\"'\u00e9\/b"}`, ProvisionAnswer{Success: true, AccessToken: `a"'é/b`}},
		"as text":      {`{"success":"true","auth_required":"false"}`, ProvisionAnswer{Success: true}},
		"as numbers":   {`{"success":1,"auth_required":1}`, ProvisionAnswer{Success: true, AuthRequired: true}},
		"ssh saved":    {`{"success":true,"auth_required":false,"ssh_set":true,"ssh_error":""}`, ProvisionAnswer{Success: true, SSHSet: &yes}},
		"ssh failed":   {`{"success":true,"auth_required":false,"ssh_set":false,"ssh_error":"no login with ssh-hunter2"}`, ProvisionAnswer{Success: true, SSHSet: &no, SSHError: "no login with [redacted]"}},
		"ftp saved":    {`{"success":true,"auth_required":false,"ftp_set":"1","ftp_error":null}`, ProvisionAnswer{Success: true, FTPSet: &yes}},
		"ftp failed":   {`{"success":true,"auth_required":false,"ftp_set":false,"ftp_error":"no login with ftp-hunter2"}`, ProvisionAnswer{Success: true, FTPSet: &no, FTPError: "no login with [redacted]"}},
		"sets unclear": {`{"success":true,"auth_required":false,"ssh_set":"maybe","ftp_set":null}`, ProvisionAnswer{Success: true}},
		"escaped name": {`{"s\u0075ccess":true,"auth_required":false}`, ProvisionAnswer{Success: true}},
		"empty error":  {`{"success":true,"auth_required":false,"error_code":"","error_message":"","code":"success"}`, ProvisionAnswer{Success: true}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
				w.Header().Set("X-Jetpack-Request-Id", "req-1")
				respond(200, tt.body)(w, r, n)
			})
			c, _ := a.client(t, nil)
			got, err := c.Provision(t.Context(), testRequest())
			tt.want.Raw, tt.want.RequestID = []byte(tt.body), "req-1"
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%v, got  %#v\nwant %#v", err, got, tt.want)
			}
		})
	}
}

const provisionPath = "/rest/v1.3/jpphp/provision"

func TestProvisionSendsValuesByteForByte(t *testing.T) {
	odd := "a\"b';@c\\d\r\n%00 +&=é😀\t<"
	var form map[string]string
	var query, auth, host, agent string
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		form = readForm(t, r)
		query, auth = r.URL.RawQuery, r.Header.Get("Authorization")
		host, agent = r.Host, r.UserAgent()
		respond(200, goodJSON)(w, r, n)
	})
	c, _ := a.client(t, func(cfg *Config) {
		cfg.HostHeader, cfg.UserAgent = "public-api.wordpress.com", "test/1"
	})
	r := ProvisionRequest{
		SiteURL: "https://example.com", LocalUser: odd, Plan: odd, HomeURL: odd,
		ForceRegister: "true", ForceConnect: "0", Onboarding: "1",
		WPComUserID: "7", WPComUserEmail: "a@b.c", TrackingID: "order 1&2",
		SSHHost: "h", SSHUser: "u", SSHPort: "22", SSHPass: Secret("@" + odd),
		SSHPrivateKey: "-----BEGIN-----\nx\n",
		FTPHost:       "f", FTPUser: odd, FTPPort: "21", FTPPass: Secret(odd),
	}
	if _, err := c.Provision(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	fields := r.Fields()
	if len(form) != 18 || len(fields) != 18 {
		t.Errorf("%d fields sent, %d listed", len(form), len(fields))
	}
	for _, f := range fields {
		if form[f.Name] != f.Value {
			t.Errorf("%s arrived as %q", f.Name, form[f.Name])
		}
		secret := f.Name == "ssh_pass" || f.Name == "ssh_private_key" || f.Name == "ftp_pass"
		if secret != f.Secret {
			t.Errorf("%s: Secret is %v", f.Name, f.Secret)
		}
	}
	if fields[0].Name != "siteurl" || fields[1].Name != "local_user" || fields[2].Name != "plan" {
		t.Errorf("order: %v", fields)
	}
	if query != "partner_tracking_id=order+1%262" || auth != "Bearer "+testToken ||
		host != "public-api.wordpress.com" || agent != "test/1" {
		t.Errorf("query %q, authorization %q, host %q, agent %q", query, auth, host, agent)
	}
}

func TestProvisionRefusesNUL(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	c, _ := a.client(t, nil)
	r := testRequest()
	r.SSHPass = "ssh-hunter2\x00x"
	_, err := c.Provision(t.Context(), r)
	if e := asError(t, err); e.Code != CodeInvalidRequest || e.Lost() || e.Retryable() ||
		a.count(provisionPath) != 0 {
		t.Errorf("got %+v", e)
	}
}
