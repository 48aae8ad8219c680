package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/rogpeppe/go-internal/testscript"

	"jetpack-start/ledger/ledgertest"
)

// TestScriptsWHMCS runs the golden scripts of the whmcs commands, on a real MariaDB.
func TestScriptsWHMCS(t *testing.T) {
	ledgertest.MariaDB(t) // skips or fails here where there is none
	runScripts(t, &site{}, "whmcs_*.txtar")
}

// whmcsDatabase is the database of a script, with stand-ins for WHMCS's tables.
type whmcsDatabase struct{ dsn *url.URL }

func newWHMCSDatabase(t testing.TB) whmcsDatabase {
	t.Helper()
	u, err := url.Parse(ledgertest.MariaDB(t))
	if err != nil {
		t.Fatal(err)
	}
	return fillWHMCSDatabase(t, whmcsDatabase{dsn: u})
}

// newWHMCSDatabaseAt makes one on another server than all tests share.
func newWHMCSDatabaseAt(t testing.TB, server url.URL) whmcsDatabase {
	t.Helper()
	d := whmcsDatabase{dsn: &server}
	if _, err := d.query("CREATE DATABASE whmcs"); err != nil {
		t.Fatal(err)
	}
	server.Path = "/whmcs"
	return fillWHMCSDatabase(t, d)
}

func fillWHMCSDatabase(t testing.TB, d whmcsDatabase) whmcsDatabase {
	t.Helper()
	tables, err := os.ReadFile("testdata/whmcs/tables.sql")
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

func (d whmcsDatabase) open() *sql.DB {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = d.dsn.User.Username(), "tcp", d.dsn.Host, strings.TrimPrefix(d.dsn.Path, "/")
	c.Passwd, _ = d.dsn.User.Password()
	c.MultiStatements, c.InterpolateParams = true, true
	connector, err := mysql.NewConnector(c)
	if err != nil {
		panic(err)
	}
	return sql.OpenDB(connector)
}

// settings are what configuration.php says.
func (d whmcsDatabase) settings() map[string]string {
	password, _ := d.dsn.User.Password()
	return map[string]string{"host": d.dsn.Hostname(), "port": d.dsn.Port(), "user": d.dsn.User.Username(), "password": password,
		"name": strings.TrimPrefix(d.dsn.Path, "/")}
}

// query gives the rows of a statement as text, tabs between the columns.
func (d whmcsDatabase) query(statement string) (string, error) {
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

// document is what the module sends for service 12 of order 77, unless it is said otherwise. A name "-" leaves all parameters out, and
// database.NAME sets one of the database's settings.
func (d whmcsDatabase) document(params ...string) []byte {
	database := d.settings()
	values := map[string]any{"serviceid": 12, "addonId": 0, "userid": 3, "orderid": 77, "pid": 5, "qty": 1, "domain": "example.com", "status": "Active",
		"configoption1": "lic-token", "configoption2": "jetpack-scan", "configoption3": "on"}
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

var keyFile = regexp.MustCompile(`@secrets/\w+`)

// whmcsCommands are the commands of the scripts that have a WHMCS database: database, sql, document and whmcs.
func whmcsCommands(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	settings := func(ts *testscript.TestScript) whmcsDatabase {
		u, err := url.Parse(ts.ReadFile(filepath.Join("secrets", "database")))
		ts.Check(err)
		return whmcsDatabase{dsn: u}
	}
	document := func(ts *testscript.TestScript, file string, params []string) string {
		for i, param := range params { // NAME=@FILE: a key that a file holds
			if name, from, ok := strings.Cut(param, "=@"); ok {
				params[i] = name + "=" + strings.TrimSpace(ts.ReadFile(from))
			}
		}
		path := filepath.Join(ts.Getenv("WORK"), "secrets", file)
		ts.Check(os.WriteFile(path, settings(ts).document(params...), 0o600))
		return path
	}
	return map[string]func(*testscript.TestScript, bool, []string){
		// database makes an empty one with stand-ins for WHMCS's tables.
		"database": func(ts *testscript.TestScript, neg bool, args []string) {
			d := newWHMCSDatabase(t)
			ts.Check(os.MkdirAll(ts.MkAbs("secrets"), 0o700))
			ts.Check(os.WriteFile(ts.MkAbs("secrets/database"), []byte(d.dsn.String()), 0o600))
		},
		// sql STATEMENT prints its rows. @secrets/FILE stands for the key in a file.
		"sql": func(ts *testscript.TestScript, neg bool, args []string) {
			statement := keyFile.ReplaceAllStringFunc(strings.Join(args, " "), func(file string) string { return strings.TrimSpace(ts.ReadFile(file[1:])) })
			out, err := settings(ts).query(statement)
			ts.Check(err)
			fmt.Fprint(ts.Stdout(), out)
		},
		// document FILE [NAME=VALUE…] writes one to $WORK/secrets/FILE.
		"document": func(ts *testscript.TestScript, neg bool, args []string) { document(ts, args[0], args[1:]) },
		// whmcs CODE COMMAND [--FLAG…] [NAME=VALUE…] runs a command with its document on standard input, and wants this exit code.
		"whmcs": func(ts *testscript.TestScript, neg bool, args []string) {
			if len(args) < 2 {
				ts.Fatalf("usage: whmcs CODE COMMAND [--FLAG…] [NAME=VALUE…]")
			}
			command := []string{args[0], "sh", "-c", `exec jetpack-start whmcs "$@" <"$0"`, "", args[1]}
			var params []string
			for _, arg := range args[2:] {
				if strings.HasPrefix(arg, "--") {
					command = append(command, arg)
				} else {
					params = append(params, arg)
				}
			}
			command[4] = document(ts, "document.json", params)
			cmdExits(ts, neg, command)
		},
	}
}
