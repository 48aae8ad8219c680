// Testreport closes a run of the tests: it reads what go test -json printed, and says which suites
// ran, what was skipped, and why.
//
//	go run ./scripts/testreport FILE
//
// With CI=true it exits with 1 if a suite didn't run, unless JETPACK_START_TEST_SKIP lets it be.
package main

import (
	"fmt"
	"io"
	"os"

	"jetpack-start/internal/testenv"
)

// suites are the tests without which a run says little, by what they need.
var suites = []struct{ name, test string }{
	{"golden scripts, stub", "TestScripts"},
	{"golden scripts, WordPress", "TestScriptsWordPress"},
	{"golden scripts, PHP 7.4–8.5", "TestScriptsPHP"},
	{"golden scripts, WHMCS", "TestScriptsWHMCS"},
	{"client against sandbox", "TestConformance"},
	{"requests by OpenAPI", "TestRequestsAreAsDescribed"},
	{"answers by OpenAPI", "TestResponsesMatchDescription"},
	{"ledger on MariaDB", "TestMySQLBeginFindsEntryOfLostCommit"},
	{"WHMCS module, PHPUnit", "TestPHPUnit"},
	{"WHMCS client area, Chromium", "TestClientArea"},
	{"WHMCS module, zip", "TestWHMCSZip"},
	{"licenses under faults", "TestIssueUnderFaults"},
	{"WHMCS under faults", "TestWHMCSUnderFaults"},
	{"completion in three shells", "TestCompletionInShells"},
	{"man pages in groff", "TestReferenceManPages"},
	{"WordPress in a container", "TestDocker"},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/testreport FILE")
		os.Exit(2)
	}
	ok, err := run(os.Args[1], os.Stdout, os.Getenv(testenv.SkipVariable))
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	if !ok && os.Getenv("CI") == "true" {
		os.Exit(1)
	}
}

// run reports whether all suites ran, or were skipped with leave.
func run(file string, out io.Writer, leave string) (ok bool, err error) {
	f, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer f.Close()
	results, err := read(f)
	if err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	return results.report(out, leave), nil
}
