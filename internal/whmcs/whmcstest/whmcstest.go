// Package whmcstest creates databases for the tests of the WHMCS module, on a real MariaDB, with
// copies of the WHMCS tables that the module reads.
package whmcstest

import (
	"database/sql"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"jetpack-start/internal/ledger/ledgertest"
	"jetpack-start/internal/testenv"
)

// Database is a database with copies of WHMCS's tables.
type Database struct{ DSN *url.URL }

// New creates a database on the MariaDB that all tests share.
func New(t testing.TB) Database {
	t.Helper()
	u, err := url.Parse(ledgertest.MariaDB(t))
	if err != nil {
		t.Fatal(err)
	}
	return fill(t, Database{DSN: u})
}

// NewAt creates a database on a server of the test's own.
func NewAt(t testing.TB, server url.URL) Database {
	t.Helper()
	d := Database{DSN: &server}
	if _, err := d.Query("CREATE DATABASE whmcs"); err != nil {
		t.Fatal(err)
	}
	server.Path = "/whmcs"
	return fill(t, d)
}

func fill(t testing.TB, d Database) Database {
	t.Helper()
	tables, err := os.ReadFile(testenv.Path(t, "testdata/whmcs/tables.sql"))
	if err != nil {
		t.Fatal(err)
	}
	db := d.open()
	defer db.Close()
	if _, err := db.Exec(string(tables)); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d Database) open() *sql.DB {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr = d.DSN.User.Username(), "tcp", d.DSN.Host
	c.DBName = strings.TrimPrefix(d.DSN.Path, "/")
	c.Passwd, _ = d.DSN.User.Password()
	c.MultiStatements, c.InterpolateParams = true, true
	connector, err := mysql.NewConnector(c)
	if err != nil {
		panic(err)
	}
	return sql.OpenDB(connector)
}

// Settings returns the database settings of configuration.php.
func (d Database) Settings() map[string]string {
	password, _ := d.DSN.User.Password()
	return map[string]string{
		"host": d.DSN.Hostname(), "port": d.DSN.Port(), "user": d.DSN.User.Username(),
		"password": password, "name": strings.TrimPrefix(d.DSN.Path, "/"),
	}
}

// Query runs a statement and returns its rows as lines, with tabs between the columns.
func (d Database) Query(statement string) (string, error) {
	db := d.open()
	defer db.Close()
	rows, err := db.Query(statement)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for rows.Next() {
		values, places := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return "", err
		}
		for i, value := range values {
			if !value.Valid {
				value.String = "NULL"
			}
			if i > 0 {
				out.WriteByte('\t')
			}
			out.WriteString(value.String)
		}
		out.WriteByte('\n')
	}
	return out.String(), rows.Err()
}

// Document returns the document that the module sends for service 12 of order 77. Each param,
// NAME=VALUE, sets a parameter; "-" leaves all parameters out, and database.NAME sets one of the
// database's settings.
func (d Database) Document(params ...string) []byte {
	database := d.Settings()
	values := map[string]any{
		"serviceid": 12, "addonId": 0, "userid": 3, "orderid": 77, "pid": 5, "qty": 1,
		"domain": "example.com", "status": "Active", "configoption1": "lic-token",
		"configoption2": "jetpack-scan", "configoption3": "on",
	}
	document := map[string]any{"protocol": 1, "params": values, "database": database}
	for _, param := range params {
		name, value, _ := strings.Cut(param, "=")
		if setting, ok := strings.CutPrefix(name, "database."); ok {
			database[setting] = value
			continue
		}
		switch name {
		case "-":
			delete(document, "params")
		case "protocol":
			document[name] = value
		default:
			values[name] = value
		}
	}
	text, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	return text
}
