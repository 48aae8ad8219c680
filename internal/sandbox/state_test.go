package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// fileMode returns the permissions of a file.
func fileMode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestStateFile(t *testing.T) {
	path := tempPath(t, "state")
	cfg := Config{
		State:    path,
		Partners: []string{"1:secret"},
		Sites:    []string{"a.test=token-mismatch", "b.test=connected,plan=free"},
	}
	grant := []string{
		"grant_type", "client_credentials", "scope", "jetpack-partner", "client_id", "1",
		"client_secret", "secret",
	}

	b := start(t, cfg)
	b.token = b.form("/oauth2/token", grant...).json(t)["access_token"].(string)
	b.provision("https://a.test", "premium", "force_register", "1").want(t, 200)
	b.get("/sandbox/approve?site=a.test").want(t, 200)
	b.json("POST", "/license", `{"product":"personal"}`).want(t, 200)
	before := b.status("a.test")
	token := b.token
	if err := b.stop(); err != nil {
		t.Fatal(err)
	}
	if m := fileMode(t, path); m != 0o600 {
		t.Errorf("mode %o", m)
	}

	b = start(t, cfg)
	b.token = token // a cached token stays valid
	b.status("a.test").wantBody(t, 200, before.body)
	b.json("POST", "/license", `{"product":"personal"}`).want(t, 200, `"license_id":2`)
	if c := b.counts(); c["activations"] != 2 || c["activations_made"] != 1 || c["licenses"] != 2 {
		t.Errorf("counts %v", c)
	}
}

func TestUnwritableState(t *testing.T) {
	dir := t.TempDir() + "/d"
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	b := start(t, Config{State: dir + "/state"})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	b.provision("https://a.test", "premium").want(t, 500,
		`{"error":"sandbox_error","message":"state: `)
}

func TestApprove(t *testing.T) {
	b := start(t, Config{Sites: []string{"gone.test=unresolved"}})
	next := b.provision("https://a.test/x", "premium").json(t)["next_url"].(string)
	path := strings.TrimPrefix(next, b.base)
	b.token = ""
	b.get(path+"&partner_redirect=javascript%3Aalert(1)").want(t, 400, "partner_redirect")
	got := b.get(path + "&partner_redirect=https%3A%2F%2Fhost.test%2Fdone%3Fa%3Db")
	got.want(t, 302)
	if to := got.header.Get("Location"); to != "https://host.test/done?a=b" {
		t.Errorf("Location %q", to)
	}
	b.get(path).wantBody(t, 200, `{"success":true,"site":"a.test\/x","blog_id":100000001,"activated":[]}`)
	b.get("/sandbox/approve?site=b.test").want(t, 404, "unknown_blog")
	b.token = "T"
	b.status("a.test::x").want(t, 200, `"is_connected":true`, `"is_pending":false`)
	b.provision("https://a.test/x", "premium").want(t, 200, `"auth_required":false`)

	b.provision("https://gone.test", "premium").want(t, 200, `"next_url":""`)
	b.get("/sandbox/approve?site=gone.test").want(t, 200, `"activated":["premium"]`)
	b.provision("https://gone.test", "premium").want(t, 200, `"auth_required":false`)
}

func TestShowState(t *testing.T) {
	b := start(t, Config{Partners: []string{"1:hush,token=T,premium=3"}})
	b.provision("https://a.test/x", "premium", "ssh_user", "u", "ssh_pass", "p4ss").want(t, 200)
	got := b.get("/sandbox/state")
	got.want(
		t, 200,
		`"sites":{"a.test/x":{"site":"a.test/x","siteurl":"https://a.test/x","state":"new",`+
			`"blog_id":100000001,"known":true,"registered":true,"is_connected":false,`+
			`"ssh_credentials":true,`,
		`"activations":[{"site":"a.test/x","partner":"1","plan":"premium","pending":true,"since":"`,
		`"activations_by_partner":{"1":{"premium":1}}`,
		`"partners":[{"id":"1","secret":"[redacted]","token":"[redacted]","limits":{"premium":3}}]`,
		`"calls":{"provision":1,"sandbox-state":1}`,
	)
	for _, secret := range []string{"hush", `"T"`, "p4ss"} {
		if strings.Contains(got.body, secret) {
			t.Errorf("the state shows %s", secret)
		}
	}
}

func TestLog(t *testing.T) {
	path := tempPath(t, "log")
	now := newClock()
	b := start(t, Config{Log: path, Partners: []string{"1:hush,token=T0KEN"}, Now: now.now})
	b.token = "T0KEN"
	b.form("/oauth2/token", "client_id", "1", "client_secret", "hush")
	b.multipart(
		provisionPath+"?partner_tracking_id=8", "siteurl", "https://a.test", "ssh_pass", "hush",
		"ssh_private_key", "hush", "ftp_pass", "hush", "access_token", "hush", "plan", "free",
	)
	b.get("/nowhere")
	b.json("POST", "/license", `{"product":"personal"}`)
	got := readLog(t, path, 4)
	host := strings.TrimPrefix(b.base, "http://")
	want := []logEntry{
		{
			Call:        "token",
			Method:      "POST",
			Path:        "/oauth2/token",
			ContentType: formType,
			Fields:      map[string]string{"client_id": "1", "client_secret": redacted},
			Status:      400,
		},
		{
			Call:        "provision",
			Method:      "POST",
			Path:        provisionPath,
			Query:       map[string]string{"partner_tracking_id": "8"},
			ContentType: "multipart/form-data",
			Fields: map[string]string{
				"siteurl": "https://a.test", "plan": "free", "ssh_pass": redacted,
				"ssh_private_key": redacted, "ftp_pass": redacted, "access_token": redacted,
			},
			Status: 400,
		},
		{Call: "unknown", Method: "GET", Path: "/nowhere", Status: 404},
		{
			Call:        "license-issue",
			Method:      "POST",
			Path:        licensing + "/license",
			ContentType: "application/json",
			Fields:      map[string]string{"product": "personal"},
			Status:      200,
			Effect:      true,
		},
	}
	for i, w := range want {
		w.Time, w.Host, w.Bearer = now.now(), host, redacted
		w.RequestID = "sandbox-00000" + string(rune('1'+i))
		for _, m := range []*map[string]string{&w.Query, &w.Fields} {
			if *m == nil {
				*m = map[string]string{}
			}
		}
		if !reflect.DeepEqual(got[i], w) {
			t.Errorf("line %d\n%+v, want\n%+v", i, got[i], w)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(raw), "hush") ||
		strings.Contains(string(raw), "T0KEN") {
		t.Errorf("%v; the log shows a secret: %s", err, raw)
	}
	if m := fileMode(t, path); m != 0o600 {
		t.Errorf("mode %o", m)
	}
}

func TestLogToStdout(t *testing.T) {
	var out bytes.Buffer
	b := start(t, Config{Log: "-", Stdout: &out})
	b.get("/rest/v1.3/jpphp/errors").want(t, 200)
	if err := b.stop(); err != nil { // after this, nothing writes to out
		t.Fatal(err)
	}
	var e logEntry
	if err := json.Unmarshal(out.Bytes(), &e); err != nil || e.Call != "errors" {
		t.Errorf("%v in %s", err, out.String())
	}
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Partners: []string{"1:s"}, CAOut: dir + "/ca.pem", AddrOut: dir + "/addr"}
	if err := os.WriteFile(cfg.AddrOut, []byte("https://127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- s.Run(ctx, func(base string) { ready <- base }) }()
	base := <-ready
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()

	if addr, err := os.ReadFile(cfg.AddrOut); err != nil || string(addr) != base+"\n" ||
		!strings.HasPrefix(base, "https://127.0.0.1:") {
		t.Errorf("%q, %v", addr, err)
	}
	ca, err := os.ReadFile(cfg.CAOut)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("no certificate")
	}
	for _, name := range []string{"", "localhost", "public-api.wordpress.com", "::1"} {
		client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
			TLSClientConfig: &tls.Config{
				RootCAs:    pool,
				ServerName: name,
			}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
		}}
		resp, err := client.Get(base + "/rest/v1.3/jpphp/errors")
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != 200 || resp.ProtoMajor != 1 {
			t.Errorf("%q: %s %s", name, resp.Proto, resp.Status)
		}
	}
	if _, err := http.Get(base); err == nil {
		t.Error("an unknown CA was trusted")
	}
}

func TestRunFails(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(full+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]Config{
		"port taken":              {HTTP: true, Listen: strings.TrimPrefix(start(t, Config{}).base, "http://")},
		"addr-out":                {HTTP: true, AddrOut: t.TempDir() + "/none/addr"},
		"ca-out":                  {CAOut: t.TempDir() + "/none/ca"},
		"addr-out is a directory": {HTTP: true, AddrOut: full},
	} {
		cfg.Partners = []string{"1:s"}
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Run(context.Background(), func(string) { t.Errorf("%s: ready", name) })
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
