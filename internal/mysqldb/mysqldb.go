// Package mysqldb has what the ledger and the WHMCS module's tables share: the settings of a
// connection to a MySQL or MariaDB server, and the meaning of the server's errors.
package mysqldb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"os"
	"time"

	"github.com/go-sql-driver/mysql"
)

// NewConfig returns the settings that all connections share. The caller adds the address, the user
// and the database.
func NewConfig() *mysql.Config {
	c := mysql.NewConfig()
	c.Net, c.TLSConfig = "tcp", "preferred"
	c.Timeout, c.ReadTimeout, c.WriteTimeout = 10*time.Second, time.Minute, time.Minute
	c.InterpolateParams = true    // one round trip per statement
	c.ClientFoundRows = true      // an UPDATE counts the rows it matched, changed or not
	c.Logger = &mysql.NopLogger{} // the driver also returns as an error what it logs
	return c
}

// RequireCA requires TLS and verifies the server with the CA certificates in file, in PEM format,
// instead of the system's.
func RequireCA(c *mysql.Config, file string) error {
	pem, err := os.ReadFile(file)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		return errors.New("the file can't be read or has no certificate")
	}
	c.TLSConfig, c.TLS = "", &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return nil
}

// Queryer is the part that [sql.DB], [sql.Conn] and [sql.Tx] have in common.
type Queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
