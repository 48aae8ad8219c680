package mysqldb

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

func TestNewConfig(t *testing.T) {
	c := NewConfig()
	c.User, c.Passwd, c.Addr, c.DBName = "user", "password", "db.example:3306", "database"
	const want = "user:password@tcp(db.example:3306)/database?clientFoundRows=true" +
		"&interpolateParams=true&readTimeout=1m0s&timeout=10s&tls=preferred&writeTimeout=1m0s"
	if got := c.FormatDSN(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, silent := c.Logger.(*mysql.NopLogger); !silent {
		t.Errorf("the driver logs to a %T", c.Logger)
	}
	if c.ReadTimeout != time.Minute {
		t.Errorf("read timeout %s", c.ReadTimeout)
	}
}

func writePEM(t *testing.T, kind string, content []byte) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRequireCA(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	certificate := server.Certificate()
	c := NewConfig()
	if err := RequireCA(c, writePEM(t, "CERTIFICATE", certificate.Raw)); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	if c.TLS == nil || !c.TLS.RootCAs.Equal(pool) || c.TLS.InsecureSkipVerify ||
		c.TLS.MinVersion != tls.VersionTLS12 {
		t.Errorf("TLS settings %+v", c.TLS)
	}
	// "preferred" would let the driver go on without TLS.
	if _, err := mysql.NewConnector(c); err != nil || c.AllowFallbackToPlaintext ||
		c.TLSConfig != "" {
		t.Errorf("%v, TLS is %q, fallback to plaintext %t",
			err, c.TLSConfig, c.AllowFallbackToPlaintext)
	}
}

func TestRequireCARefuses(t *testing.T) {
	for _, file := range []string{
		filepath.Join(t.TempDir(), "missing.pem"),
		writePEM(t, "PUBLIC KEY", []byte("no certificate")),
		writePEM(t, "CERTIFICATE", []byte("no certificate")),
	} {
		c := NewConfig()
		if err := RequireCA(c, file); err == nil || c.TLS != nil || c.TLSConfig != "preferred" {
			t.Errorf("%v, TLS is %q, settings %v", err, c.TLSConfig, c.TLS)
		}
	}
}
