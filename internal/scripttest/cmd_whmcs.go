package scripttest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jetpack-start/internal/whmcs/whmcstest"
)

// databaseOf returns the WHMCS database that the command database made.
func databaseOf(ts *testscript.TestScript) whmcstest.Database {
	dsn, err := url.Parse(ts.ReadFile(filepath.Join("secrets", "database")))
	ts.Check(err)
	return whmcstest.Database{DSN: dsn}
}

// cmdDatabase returns the command that makes a database with empty copies of WHMCS's tables.
func cmdDatabase(t *testing.T) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, _ []string) {
		d := whmcstest.New(t)
		ts.Check(os.MkdirAll(ts.MkAbs("secrets"), 0o700))
		ts.Check(os.WriteFile(ts.MkAbs("secrets/database"), []byte(d.DSN.String()), 0o600))
	}
}

var secretsFile = regexp.MustCompile(`@secrets/\w+`)

// cmdSQL prints the rows of a statement. Each @secrets/FILE in it is replaced by the contents of
// the file.
func cmdSQL(ts *testscript.TestScript, _ bool, args []string) {
	statement := secretsFile.ReplaceAllStringFunc(
		strings.Join(args, " "),
		func(file string) string { return strings.TrimSpace(ts.ReadFile(file[1:])) },
	)
	out, err := databaseOf(ts).Query(statement)
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), out)
}

// cmdDocument writes a document of the WHMCS module to a file in $WORK/secrets.
func cmdDocument(ts *testscript.TestScript, _ bool, args []string) {
	writeDocument(ts, args[0], args[1:])
}

// writeDocument is cmdDocument. It returns the file's path. A parameter NAME=@FILE gets the
// contents of the file.
func writeDocument(ts *testscript.TestScript, file string, params []string) string {
	params = slices.Clone(params)
	for i, param := range params {
		if name, from, found := strings.Cut(param, "=@"); found {
			params[i] = name + "=" + strings.TrimSpace(ts.ReadFile(from))
		}
	}
	path := filepath.Join(ts.Getenv("WORK"), "secrets", file)
	ts.Check(os.WriteFile(path, databaseOf(ts).Document(params...), 0o600))
	return path
}

// cmdWHMCS runs a whmcs command with a document on standard input, and fails unless it exits with
// the code given.
func cmdWHMCS(ts *testscript.TestScript, _ bool, args []string) {
	var flags, params []string
	for _, arg := range args[2:] {
		if strings.HasPrefix(arg, "--") {
			flags = append(flags, arg)
		} else {
			params = append(params, arg)
		}
	}
	document := writeDocument(ts, "document.json", params)
	line := []string{args[0], "sh", "-c", `exec jetpack-start whmcs "$@" <"$0"`, document, args[1]}
	cmdExits(ts, false, append(line, flags...))
}
