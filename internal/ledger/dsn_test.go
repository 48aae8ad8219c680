package ledger

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDSN(t *testing.T) {
	for dsn, want := range map[string]string{
		"/var/lib/jetpack/ledger.sqlite":             "file /var/lib/jetpack/ledger.sqlite",
		"a b?c#d%20":                                 "file a b?c#d%20",
		"mysql":                                      "file mysql",
		"mysql://u:p@db.example:3307/l":              "tcp db.example:3307 u p l preferred",
		"mariadb://u:p@db.example/l":                 "tcp db.example:3306 u p l preferred",
		"mysql://u@[::1]/l":                          "tcp [::1]:3306 u  l preferred",
		"mysql://u:p%40%2F%3A%23%3F%25@h/l?tls=true": "tcp h:3306 u p@/:#?% l true",
		"mysql://u:p@localhost/l?socket=/run/mysqld/s&tls=true":     "unix /run/mysqld/s u p l ",
		"mysql://u:p@/l?socket=/run/mysqld/s":                       "unix /run/mysqld/s u p l ",
		"mysql://u:p@h/l?timeout=1s&readTimeout=2s&writeTimeout=3s": "tcp h:3306 u p l preferred",
	} {
		p, err := parseDSN(dsn)
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
			continue
		}
		got := "file " + p.path
		if c := p.mysql; c != nil {
			got = strings.Join(
				[]string{c.Net, c.Addr, c.User, c.Passwd, c.DBName, c.TLSConfig}, " ",
			)
			timeouts := [3]time.Duration{c.Timeout, c.ReadTimeout, c.WriteTimeout}
			if strings.Contains(dsn, "timeout") &&
				timeouts != [3]time.Duration{time.Second, 2 * time.Second, 3 * time.Second} {
				t.Errorf("%s: %v", dsn, timeouts)
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", dsn, got, want)
		}
	}
}

func TestDSNRefused(t *testing.T) {
	for dsn, text := range map[string]string{
		"":                                  "it is empty",
		"a\x00b":                            "NUL",
		":memory:":                          "neither",
		"file:x":                            "neither",
		"postgres://u:secret@h/l":           "neither",
		"u:secret@tcp(h:3306)/l":            "neither",
		"mysql://u:secret@h":                "has no database",
		"mysql://u:secret@h/":               "has no database",
		"mysql://h/l":                       "has no user",
		"mysql://u:secret@/l":               "no host and no socket",
		"mysql://u:sec/secret@h/l":          "percent-encode",
		"mysql://u:1/secret@h/l":            "percent-encode",
		"mysql://u:1?secret@h/l":            "has no database",
		"mysql://u:1/l?secret@h/l":          "has no user",
		"mysql://u:secret#x@h/l":            "percent-encode",
		"mysql://u:secret%zz@h/l":           "percent-encode",
		"mysql://u:secret@h/l#":             "has a #",
		"mysql://u:secret@h/l?tls=maybe":    "tls must be true",
		"mysql://u:secret@h/l?timeout=soon": "timeout must be a duration",
		"mysql://u:secret@h/l?timeout=-1s":  "timeout must be a duration",
		"mysql://u:secret@h/l?x=%zz":        "can't be parsed",
		"mysql://u:secret@h/l?socket=/s":    "both a host and a socket",
		// This one would let the server read files of this machine.
		"mysql://u:secret@h/l?allowAllFiles=true": "unknown parameter",
		"mysql://u:secret@h/l?tls-ca=/nowhere":    "tls-ca",
	} {
		_, err := Open(t.Context(), dsn, Options{})
		want(t, err, ErrInvalid)
		if !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: error %q, want %q", dsn, err, text)
		}
	}
}

func TestDSNCertificate(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := parseDSN("mysql://u:p@h/l?tls=preferred&tls-ca=" + ca)
	if err != nil || p.mysql.TLS == nil || p.mysql.TLS.RootCAs == nil ||
		p.mysql.TLS.InsecureSkipVerify || p.mysql.AllowFallbackToPlaintext {
		t.Errorf("%+v, %v", p.mysql, err)
	}
}

// FuzzDSN checks that no error shows the password, wherever it is in the dsn by mistake.
func FuzzDSN(f *testing.F) {
	const password = "correct-horse"
	f.Add("mysql://u:", "@h/l")
	f.Add("mysql://u:1/", "@h/l?tls=true")
	f.Add("mysql://u:1?", "=1@h/l")
	f.Add("mysql://u@h/l?tls=", "")
	f.Add("mysql://u@h/l?timeout=", "")
	f.Add("mysql://u:%", "@h/l#")
	f.Add("mysql://", ":1@[::1]:x/l")
	f.Add("u:", "@tcp(h)/l")
	f.Add("x://", "\x00")
	f.Fuzz(func(t *testing.T, before, after string) {
		p, err := parseDSN(before + password + after)
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("the error shows the password: %v", err)
		}
		if err == nil && (p.path == "") == (p.mysql == nil) {
			t.Errorf("%+v is a file and a server, or neither", p)
		}
	})
}
