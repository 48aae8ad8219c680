// Package mysqldb has what the ledger and WHMCS's tables both need of a MySQL or MariaDB server: a
// connection's settings, and what the server's errors mean for what was asked of it.
package mysqldb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/go-sql-driver/mysql"
)

// NewConfig gives the settings that all connections share; address, user and database are the
// caller's.
func NewConfig() *mysql.Config {
	c := mysql.NewConfig()
	c.Net, c.TLSConfig = "tcp", "preferred"
	c.Timeout, c.ReadTimeout, c.WriteTimeout = 10*time.Second, time.Minute, time.Minute
	c.InterpolateParams = true    // one round trip a statement
	c.ClientFoundRows = true      // an UPDATE that changes nothing has found its row all the same
	c.Logger = &mysql.NopLogger{} // what it has to say comes as an error too
	return c
}

// Trust makes TLS a must, with the authorities of a PEM file alone: who names an authority wants
// it to be asked.
func Trust(c *mysql.Config, file string) error {
	pem, err := os.ReadFile(file)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		return errors.New("the file can't be read or holds no certificate")
	}
	c.TLSConfig, c.TLS = "", &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return nil
}

// Queryer is what a database, a connection and a transaction have in common.
type Queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// The numbers of errors that callers tell apart (the servers' error references).
const (
	DuplicateEntry = 1062
	NoSuchTable    = 1146
)

// Number is the server's error number; 0 for an error that isn't the server's.
func Number(err error) uint16 {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return 0
	}
	return e.Number
}

// Busy says that nothing was done because others are at it: a lock was waited for too long, a
// deadlock was solved at our cost (also Galera's refusal of a COMMIT), a cluster's node isn't
// ready, or there are too many connections.
func Busy(err error) bool {
	switch Number(err) {
	case 1205, 1213, 1047, 1040, 1203:
		return true
	}
	return false
}

// Lost says that the connection ended before the server's answer, so that the statement may have
// had its effect.
func Lost(err error) bool {
	var network net.Error
	switch Number(err) {
	case 0:
		return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, io.EOF) ||
			errors.Is(err, io.ErrUnexpectedEOF) ||
			errors.As(err, &network)
	case 1053, 1927, 3169, 4031: // the server shuts down, or closed the connection
		return true
	}
	return false
}

// ReadOnly says that the server takes no writes: it is a replica, or a cluster's server that
// another one is taking over from.
func ReadOnly(err error) bool {
	switch Number(err) {
	case 1290, 1836:
		return true
	}
	return false
}

// Denied says that the settings or the user's rights are wrong, so that trying again doesn't help.
func Denied(err error) bool {
	switch Number(err) {
	case 1044, 1045, 1049, 1142, 1143, 1227, 1698:
		return true
	}
	return false
}

// Foreign says that the tables aren't as they were taken to be: a table or a column is missing, or
// texts can't be compared.
func Foreign(err error) bool {
	switch Number(err) {
	case NoSuchTable, 1054, 1267, 1271:
		return true
	}
	return false
}
