package jetpack

import (
	"fmt"
	"net/http"
	"sort"
	"testing"
)

const keyJSON = `{"id":10,"name":"My%sKey","allowed_personal_plans":"0","allowed_premium_plans":"100","allowed_professional_plans":"0",` +
	`"notes":null,"client_id":"12345","client_secret":"c1ient-s3cret"}`

// outcome is what a table compares: the code of an error, or the answer.
func outcome(t *testing.T, got any, err error) string {
	t.Helper()
	if err != nil {
		return asError(t, err).Code
	}
	return fmt.Sprint(got)
}

func TestUpgradePathsAnswers(t *testing.T) {
	for body, want := range map[string]string{
		`{"jetpack-backup":["jetpack-backup-daily","jetpack-backup-realtime"],"a":["b"]}`: "[{jetpack-backup [jetpack-backup-daily jetpack-backup-realtime]} {a [b]}]",
		`{"z":{"1":"x","2":"y"},"a":[]}`:   "[{z [x y]} {a []}]",
		`{"a":["b"],"success":true,"n":1}`: "[{a [b]}]",
		`{}`:                               "[]",
		`[]`:                               "[]",
		`["personal"]`:                     CodeInvalidAnswer,
		`{"a":[1]}`:                        CodeInvalidAnswer,
		`{"a":["b",""],"c":["d"]}`:         CodeInvalidAnswer,
		`{"a":[["b"]]}`:                    CodeInvalidAnswer,
		`{"error":"invalid_blog"}`:         "invalid_blog",
		`<html>`:                           CodeInvalidAnswer,
	} {
		a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if r.Method != "GET" ||
				r.RequestURI != "/rest/v1.3/jpphp/example.com::demo/upgrade-paths" ||
				r.Header.Get("Authorization") != "Bearer "+testToken {
				t.Errorf("%s %s", r.Method, r.RequestURI)
			}
			w.Header().Set("X-Jetpack-Request-Id", "r1")
			says(200, body)(w, r, n)
		})
		c, _ := a.client(t, func(cfg *Config) { cfg.RetryFor = -1 })
		got, err := c.UpgradePaths(t.Context(), "https://example.com/demo/")
		if text := outcome(t, got.Families, err); text != want {
			t.Errorf("%s: got %s, want %s", body, text, want)
		}
		if err == nil && (string(got.Raw) != body || got.RequestID != "r1") {
			t.Errorf("%s: got %+v", body, got)
		}
		if err != nil && asError(t, err).Lost() {
			t.Errorf("%s: lost", body)
		}
	}
}

func TestSetCredentialsSends(t *testing.T) {
	var form map[string]string
	var uri string
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		form, uri = readForm(t, r), r.Method+" "+r.RequestURI
		w.Header().Set("X-Jetpack-Request-Id", "r1")
		says(200, `{"success":true}`)(w, r, n)
	})
	c, _ := a.client(t, nil)
	ssh := SSHCredentials{
		Host:       "h",
		User:       "u",
		Port:       "22",
		Pass:       "@ssh-hunter2;",
		PrivateKey: "PRIVATE KEY\n",
	}
	id, err := c.SetSSHCredentials(t.Context(), 7, ssh)
	if err != nil || id != "r1" || uri != "POST /rest/v1.3/jpphp/7/ssh-credentials" ||
		fmt.Sprint(
			form,
		) != "map[ssh_host:h ssh_pass:@ssh-hunter2; ssh_port:22 ssh_private_key:PRIVATE KEY\n ssh_user:u]" {
		t.Errorf("%s %v %v %v", uri, form, id, err)
	}
	ftp := FTPCredentials{Host: "h", User: "u", Pass: "ftp-hunter2"}
	id, err = c.SetFTPCredentials(t.Context(), 7, ftp)
	if err != nil || id != "r1" || uri != "POST /rest/v1.3/jpphp/7/ftp-credentials" ||
		fmt.Sprint(form) != "map[ftp_host:h ftp_pass:ftp-hunter2 ftp_user:u]" {
		t.Errorf("%s %v %v %v", uri, form, id, err)
	}
	for _, v := range []any{ssh, ftp, &ssh, ssh.Fields(), ftp.Fields()} {
		noSecrets(t, "credentials", fmt.Sprintf("%v %+v %#v %q", v, v, v, v))
	}
	if _, err = c.SetSSHCredentials(t.Context(), 0, ssh); asError(
		t, err,
	).Code != CodeInvalidRequest {
		t.Error(err)
	}
}

func TestSuccessAnswers(t *testing.T) {
	calls := map[string]func(*Client) error{
		"ssh-credentials": func(c *Client) error {
			_, err := c.SetSSHCredentials(t.Context(), 7, SSHCredentials{Pass: "ssh-hunter2"})
			return err
		},
		"ftp-credentials": func(c *Client) error {
			_, err := c.SetFTPCredentials(t.Context(), 7, FTPCredentials{Pass: "ftp-hunter2"})
			return err
		},
		"magic-link": func(c *Client) error { _, err := c.MagicLink(t.Context(), "a@b.c"); return err },
	}
	for body, code := range map[string]string{
		`{"success":true}`:                              "",
		`{"success":"1"}`:                               "",
		`{"success":false}`:                             CodeFailed,
		`{"success":false,"message":"no"}`:              CodeFailed,
		`{"success":false,"error_code":"invalid_blog"}`: "invalid_blog",
		`{"success":[]}`:                                CodeInvalidAnswer,
		`{}`:                                            CodeInvalidAnswer,
	} {
		for call, do := range calls {
			a := newAPI(t, says(200, body))
			c, _ := a.client(t, func(cfg *Config) { cfg.RetryFor = -1 })
			err := do(c)
			if (err == nil) != (code == "") ||
				err != nil && (asError(t, err).Code != code || asError(t, err).Call != call) {
				t.Errorf("%s %s: %v", call, body, err)
			}
		}
	}
}

func TestEchoedCredentialsAreTakenOut(t *testing.T) {
	a := newAPI(t, says(400, `{"error":"x","message":"ssh-hunter2 and ftp-hunter2"}`))
	c, _ := a.client(t, nil)
	_, err := c.SetSSHCredentials(
		t.Context(), 7, SSHCredentials{Pass: "ssh-hunter2", PrivateKey: "ftp-hunter2"},
	)
	if e := asError(t, err); e.Message != "[redacted] and [redacted]" {
		t.Errorf("got %+v", e)
	}
}

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

func TestErrorList(t *testing.T) {
	for body, want := range map[string]string{
		`{"errors":{"a":{"description":"D %s","cause":"C","solution":"S"},"b":{"description":"E"}}}`: "[a=D %s|C|S b=E||]",
		`{"errors":{"a":"D","b":{"description":"E","cause":null}}}`:                                  "[a=D|| b=E||]",
		`{"errors":{}}`:                         "[]",
		`{"errors":[]}`:                         "[]",
		`{"errors":["a"]}`:                      CodeInvalidAnswer,
		`{}`:                                    CodeInvalidAnswer,
		`{"errors":{"a":1}}`:                    CodeInvalidAnswer,
		`{"errors":{"a":{"cause":"x"},"b":""}}`: CodeInvalidAnswer,
		`{"errors":{"a":{"description":"x","solution":[]}}}`: CodeInvalidAnswer,
	} {
		a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if r.Method != "GET" || r.URL.Path != "/rest/v1.3/jpphp/errors" ||
				!r.URL.Query().Has("verbose") ||
				r.Header.Get("Authorization") != "" {
				t.Errorf("%s %s", r.Method, r.RequestURI)
			}
			says(200, body)(w, r, n)
		})
		c, _ := a.client(t, func(cfg *Config) { cfg.PartnerID, cfg.RetryFor = "", -1 })
		got, err := c.Errors(t.Context())
		lines := []string{}
		for code, e := range got {
			lines = append(lines, code+"="+e.Description+"|"+e.Cause+"|"+e.Solution)
		}
		sort.Strings(lines)
		if text := outcome(t, lines, err); text != want {
			t.Errorf("%s: got %s, want %s", body, text, want)
		}
		if a.count(tokenPath) != 0 {
			t.Error("asked for a token")
		}
	}
}

func TestPartnerKey(t *testing.T) {
	var form map[string]string
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		form = readForm(t, r)
		w.Header().Set("X-Jetpack-Request-Id", "r1")
		says(200, keyJSON)(w, r, n)
	})
	c, _ := a.client(t, nil)
	k, err := c.CreatePartnerKey(
		t.Context(), PartnerKeyRequest{Name: "My%sKey", Premium: 100, Notes: "n"},
	)
	if err != nil || fmt.Sprint(form) != "map[allowed_premium_plans:100 name:My%sKey notes:n]" ||
		a.count("/rest/v1.3/jpphp/partner-keys/new") != 1 {
		t.Errorf("%v %v", form, err)
	}
	want := PartnerKey{
		ID:           10,
		Name:         "My%sKey",
		ClientID:     "12345",
		ClientSecret: "c1ient-s3cret",
		Premium:      100,
		RequestID:    "r1",
		Raw:          keyJSON,
	}
	if k != want {
		t.Errorf("got %s %s", k, k.Raw.Reveal())
	}
	if text := fmt.Sprint(k); text != "jetpack.PartnerKey(10 12345)" {
		t.Errorf("got %s", text)
	}
	for _, r := range []PartnerKeyRequest{{}, {Name: "x", Personal: -1}, {Name: "x", Premium: -1}, {Name: "x", Professional: -1}} {
		if _, err := c.CreatePartnerKey(t.Context(), r); asError(
			t, err,
		).Code != CodeInvalidRequest {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func TestPartnerKeyAnswers(t *testing.T) {
	for body, tt := range map[string]struct {
		status int
		want   string
		lost   bool
	}{
		`{"client_id":9,"client_secret":"c1ient-s3cret"}`:                                       {200, "0 9 true -1", false},
		`{"id":"7","client_id":"9","client_secret":"c1ient-s3cret","allowed_personal_plans":3}`: {200, "7 9 true 3", false},
		`{"id":7,"client_id":"9","client_secret":["c1ient-s3cret"]}`:                            {200, CodeInvalidAnswer, true},
		`{"id":7,"client_secret":"c1ient-s3cret"}`:                                              {200, CodeInvalidAnswer + " salvaged", true},
		`{"id":7,"client_id":"9","client_secret":"c1ient-s3cret","error":"a"}`:                  {500, "a salvaged", true},
		`{"error":"invalid_input","message":"x","client_secret":"c1ient-s3cret"}`:               {400, "invalid_input", false},
		`{"error":"partner_key_disabled"}`:                                                      {403, "partner_key_disabled", false},
		`<html>`:                                                                                {502, CodeServerError, true},
	} {
		a := newAPI(t, says(tt.status, body))
		c, _ := a.client(t, nil)
		k, err := c.CreatePartnerKey(t.Context(), PartnerKeyRequest{Name: "x"})
		text := outcome(
			t,
			fmt.Sprintf(
				"%d %s %v %d", k.ID, k.ClientID, k.ClientSecret == "c1ient-s3cret", k.Personal,
			),
			err,
		)
		if err != nil && k.ClientSecret != "" {
			text += " salvaged"
		}
		if text != tt.want || err != nil && asError(t, err).Lost() != tt.lost {
			t.Errorf("%s: got %s, want %s", body, text, tt.want)
		}
		if n := a.count("/rest/v1.3/jpphp/partner-keys/new"); n != 1 {
			t.Errorf("%s: %d requests", body, n)
		}
	}
}
