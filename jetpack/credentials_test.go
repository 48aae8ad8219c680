package jetpack

import (
	"fmt"
	"net/http"
	"testing"
)

func TestSetCredentialsSends(t *testing.T) {
	var form map[string]string
	var uri string
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		form, uri = readForm(t, r), r.Method+" "+r.RequestURI
		w.Header().Set("X-Jetpack-Request-Id", "r1")
		respond(200, `{"success":true}`)(w, r, n)
	})
	c, _ := a.client(t, nil)
	ssh := SSHCredentials{
		Host: "h", User: "u", Port: "22", Pass: "@ssh-hunter2;", PrivateKey: "PRIVATE KEY\n",
	}
	want := "map[ssh_host:h ssh_pass:@ssh-hunter2; ssh_port:22 " +
		"ssh_private_key:PRIVATE KEY\n ssh_user:u]"
	id, err := c.SetSSHCredentials(t.Context(), 7, ssh)
	if err != nil || id != "r1" || uri != "POST /rest/v1.3/jpphp/7/ssh-credentials" ||
		fmt.Sprint(form) != want {
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
	_, err = c.SetSSHCredentials(t.Context(), 0, ssh)
	if asError(t, err).Code != CodeInvalidRequest {
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
			a := newAPI(t, respond(200, body))
			c, _ := a.client(t, func(cfg *Config) { cfg.RetryFor = -1 })
			err := do(c)
			if got := outcome(t, "", err); got != code || err != nil && apiError(err).Call != call {
				t.Errorf("%s %s: %v", call, body, err)
			}
		}
	}
}

func TestEchoedCredentialsAreTakenOut(t *testing.T) {
	a := newAPI(t, respond(400, `{"error":"x","message":"ssh-hunter2 and ftp-hunter2"}`))
	c, _ := a.client(t, nil)
	_, err := c.SetSSHCredentials(
		t.Context(), 7, SSHCredentials{Pass: "ssh-hunter2", PrivateKey: "ftp-hunter2"},
	)
	if e := asError(t, err); e.Message != "[redacted] and [redacted]" {
		t.Errorf("got %+v", e)
	}
}
