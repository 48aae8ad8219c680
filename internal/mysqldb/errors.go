package mysqldb

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/go-sql-driver/mysql"
)

// Numbers of server errors that callers handle themselves. All numbers here are from the MySQL
// Server Error Message Reference and MariaDB's Error Codes.
const (
	DuplicateEntry = 1062 // ER_DUP_ENTRY
	NoSuchTable    = 1146 // ER_NO_SUCH_TABLE
)

// Number returns the server's error number, or 0 if err isn't an error that the server sent.
func Number(err error) uint16 {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return 0
	}
	return e.Number
}

// Busy reports whether err means that the statement had no effect because of other clients, and
// that the transaction can be tried again.
func Busy(err error) bool {
	switch Number(err) {
	case 1040, // ER_CON_COUNT_ERROR: too many connections
		1047, // ER_UNKNOWN_COM_ERROR: also a node of a Galera cluster that isn't ready
		1203, // ER_TOO_MANY_USER_CONNECTIONS
		1205, // ER_LOCK_WAIT_TIMEOUT
		1213: // ER_LOCK_DEADLOCK: also a COMMIT that conflicts with one on another Galera node
		return true
	}
	return false
}

// Lost reports whether err means that the connection ended before the server's answer arrived, so
// that the statement may have had an effect.
func Lost(err error) bool {
	switch Number(err) {
	case 0:
		var network net.Error
		return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
			errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
			errors.As(err, &network)
	case 1053, // ER_SERVER_SHUTDOWN
		1927, // ER_CONNECTION_KILLED, of MariaDB
		3169, // ER_SESSION_WAS_KILLED, of MySQL
		4031: // ER_CLIENT_INTERACTION_TIMEOUT, of MySQL: it closed an idle connection
		return true
	}
	return false
}

// ReadOnly reports whether err means that the server accepts no writes: it is a replica, or a
// server of a cluster whose primary has just changed.
func ReadOnly(err error) bool {
	switch Number(err) {
	case 1290, // ER_OPTION_PREVENTS_STATEMENT: --read-only
		1836: // ER_READ_ONLY_MODE
		return true
	}
	return false
}

// Denied reports whether err means that the settings or the user's privileges are wrong, so that
// trying again doesn't help.
func Denied(err error) bool {
	switch Number(err) {
	case 1044, // ER_DBACCESS_DENIED_ERROR
		1045, // ER_ACCESS_DENIED_ERROR
		1049, // ER_BAD_DB_ERROR: unknown database
		1142, // ER_TABLEACCESS_DENIED_ERROR
		1143, // ER_COLUMNACCESS_DENIED_ERROR
		1227, // ER_SPECIFIC_ACCESS_DENIED_ERROR
		1698: // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
		return true
	}
	return false
}

// SchemaMismatch reports whether err means that a table or column is missing, or that collations
// can't be compared.
func SchemaMismatch(err error) bool {
	switch Number(err) {
	case NoSuchTable,
		1054, // ER_BAD_FIELD_ERROR: unknown column
		1267, // ER_CANT_AGGREGATE_2COLLATIONS
		1271: // ER_CANT_AGGREGATE_NCOLLATIONS
		return true
	}
	return false
}
