package scripttest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jetpack-start/internal/whmcs/whmcstest"
)

var keyFile = regexp.MustCompile(`@secrets/\w+`)

// whmcsCommands are the commands of the scripts that have a WHMCS database: database, sql,
// document and whmcs.
func whmcsCommands(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	settings := func(ts *testscript.TestScript) whmcstest.Database {
		u, err := url.Parse(ts.ReadFile(filepath.Join("secrets", "database")))
		ts.Check(err)
		return whmcstest.Database{DSN: u}
	}
	document := func(ts *testscript.TestScript, file string, params []string) string {
		for i, param := range params { // NAME=@FILE: a key that a file holds
			if name, from, ok := strings.Cut(param, "=@"); ok {
				params[i] = name + "=" + strings.TrimSpace(ts.ReadFile(from))
			}
		}
		path := filepath.Join(ts.Getenv("WORK"), "secrets", file)
		ts.Check(os.WriteFile(path, settings(ts).Document(params...), 0o600))
		return path
	}
	return map[string]func(*testscript.TestScript, bool, []string){
		// database makes an empty one with stand-ins for WHMCS's tables.
		"database": func(ts *testscript.TestScript, neg bool, args []string) {
			d := whmcstest.New(t)
			ts.Check(os.MkdirAll(ts.MkAbs("secrets"), 0o700))
			ts.Check(os.WriteFile(ts.MkAbs("secrets/database"), []byte(d.DSN.String()), 0o600))
		},
		// sql STATEMENT prints its rows. @secrets/FILE stands for the key in a file.
		"sql": func(ts *testscript.TestScript, neg bool, args []string) {
			statement := keyFile.ReplaceAllStringFunc(
				strings.Join(args, " "),
				func(file string) string { return strings.TrimSpace(ts.ReadFile(file[1:])) },
			)
			out, err := settings(ts).Query(statement)
			ts.Check(err)
			fmt.Fprint(ts.Stdout(), out)
		},
		// document FILE [NAME=VALUE…] writes one to $WORK/secrets/FILE.
		"document": func(ts *testscript.TestScript, neg bool, args []string) { document(ts, args[0], args[1:]) },
		// whmcs CODE COMMAND [--FLAG…] [NAME=VALUE…] runs a command with its document on standard
		// input, and wants this exit code.
		"whmcs": func(ts *testscript.TestScript, neg bool, args []string) {
			if len(args) < 2 {
				ts.Fatalf("usage: whmcs CODE COMMAND [--FLAG…] [NAME=VALUE…]")
			}
			command := []string{
				args[0],
				"sh",
				"-c",
				`exec jetpack-start whmcs "$@" <"$0"`,
				"",
				args[1],
			}
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
