package whmcs_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/ledger/ledgertest"
	"jetpack-start/internal/sandbox"
	"jetpack-start/internal/testenv"
)

// phpToken has characters that are escaped differently in URLs, JSON and HTML.
const phpToken = `t0k&en/with="ends"+<more>`

// TestPHPUnit runs the tests of the PHP module, which call each function as WHMCS does, with a
// newly built program, a real MariaDB and the sandbox.
func TestPHPUnit(t *testing.T) {
	needPHP(t)
	readAll(t, testenv.Path(t, "whmcs/module"), testenv.Path(t, "whmcs/phptest"))
	dsn := ledgertest.MariaDB(t)
	program := testenv.Build(t)
	api := startSandbox(
		t,
		sandbox.Config{
			HTTP:      true,
			Licensing: []string{phpToken},
			Sites:     []string{"https://shop.example=connected:11", "https://new.example=new"},
		},
	)

	arguments := []string{
		"--configuration",
		testenv.Path(t, "whmcs/phptest/phpunit.xml"),
		"--fail-on-skipped",
		"--fail-on-incomplete",
	}
	if filter := os.Getenv("PHPUNIT_FILTER"); filter != "" {
		arguments = append(arguments, "--filter", filter)
	}
	run := exec.CommandContext(t.Context(), "phpunit", arguments...)
	run.Env = append(
		os.Environ(), "WHMCS_TEST_DATABASE="+dsn, "WHMCS_TEST_BINARY="+program,
		"WHMCS_TEST_TOKEN="+phpToken, "WHMCS_TEST_SANDBOX="+api, "JETPACK_START_API_URL="+api,
		"TMPDIR="+t.TempDir(),
	)
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("phpunit: %v\n%s", err, out)
	}
	ran := regexp.MustCompile(`OK \((\d+) tests?, `).FindSubmatch(out)
	if ran == nil {
		t.Fatalf("phpunit ran no test:\n%s", out)
	}
	// Fewer tests than files means that some files weren't found.
	files, _ := filepath.Glob(testenv.Path(t, "whmcs/phptest/*Test.php"))
	if n, _ := strconv.Atoi(string(ran[1])); n < len(files) && os.Getenv("PHPUNIT_FILTER") == "" {
		t.Fatalf("phpunit ran %d tests of %d files:\n%s", n, len(files), out)
	}
	t.Logf("%s", strings.TrimSpace(string(out)))
}

// readAll reads files that only other programs use in a test, because go test caches a result until
// a file that the test itself has opened changes.
func readAll(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				_, err = os.ReadFile(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// needPHP requires PHP, PHPUnit and the PHP libraries that WHMCS includes. It looks for the
// libraries with PHP, because they have no program.
func needPHP(t *testing.T) {
	t.Helper()
	packages := []string{
		"phpunit",
		"php-cli",
		"php-mysql",
		"php-mbstring",
		"php-xml",
		"php-illuminate-database",
		"smarty4",
	}
	apttest.Need(t, "php", packages...)
	apttest.Need(t, "phpunit", packages...)
	apttest.NeedUnless(t, func() bool {
		const look = `exit(extension_loaded("pdo_mysql") && extension_loaded("mbstring") && extension_loaded("dom") && (@include "Illuminate/Database/autoload.php") && (@include "smarty4/Smarty.class.php") ? 0 : 1);`
		return exec.Command("php", "-d", "error_reporting=0", "-r", look).Run() == nil
	}, "php-illuminate-database", packages...)
}

// startSandbox serves a sandbox until the test ends.
func startSandbox(t *testing.T, cfg sandbox.Config) (base string) {
	t.Helper()
	server, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- server.Run(ctx, func(base string) { ready <- base }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("sandbox: %v", err)
		}
	})
	select {
	case base = <-ready:
	case err := <-done:
		done <- nil
		t.Fatalf("sandbox: %v", err)
	}
	return base
}
