package scripttest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/testenv"
)

// phpVersions are the versions of PHP on which phpScripts run, from the oldest that WordPress
// supports to the newest. The packages of testdata/php-wasm contain them.
var phpVersions = []string{"7.4", "8.0", "8.4", "8.5"}

// phpScripts are the scripts that run on each of phpVersions. Together they run each part of the
// PHP code of package wpcli.
var phpScripts = []string{
	"license_set_attaches_through_jetpack",
	"setup_requests_of_plugins_are_bounded",
	"site_jetpack_inactive_is_activated",
	"site_odd_state_is_read",
	"site_plugin_of_the_plan_that_crashes_as_it_loads",
	"site_plugin_that_ends_php_while_activated",
	"site_plugins_and_keys_in_one_boot",
}

// isPHPScript reports whether a script is one of phpScripts.
func isPHPScript(file string) bool {
	return slices.Contains(phpScripts, strings.TrimSuffix(filepath.Base(file), ".txtar"))
}

// The variables from which wpMain learns on which PHP the real WP-CLI runs the code of package
// wpcli.
const (
	phpEnv         = "JETPACK_TEST_PHP"          // its version; "" means the machine's PHP
	phpPackagesEnv = "JETPACK_TEST_PHP_PACKAGES" // the directory of installPHP
)

// phpVariables returns the variables that make the launcher of WP-CLI run a call on the PHP that
// phpEnv names, if that is set and the call has code of package wpcli. Other calls run on the
// machine's PHP, which is faster.
func phpVariables(args []string) []string {
	isOurs := func(arg string) bool { return strings.HasPrefix(arg, "--exec=") }
	if os.Getenv(phpEnv) == "" || !slices.ContainsFunc(args, isOurs) {
		return nil
	}
	return []string{"WP_CLI_PHP=" + filepath.Join(os.Getenv("REPO"), "testdata/php-wasm/php.mjs")}
}

// usePHP makes a script run the code of package wpcli on the harness's version of PHP, and checks
// at its end that it did. Only one script per CPU, and one that waits, run at a time, however many
// tests may run in parallel: a call takes seconds of CPU time in WebAssembly, and has a time-out.
func (h *harness) usePHP(env *testscript.Env, dir string) {
	h.slots <- struct{}{}
	env.Setenv(phpEnv, h.php)
	env.Setenv(phpPackagesEnv, h.phpPackages)
	env.Defer(func() {
		<-h.slots
		if err := checkPHP(dir, h.php); err != nil {
			env.T().Fatal(err)
		}
	})
}

// checkPHP reads the logs of errors.php in dir. It returns an error if no code of package wpcli
// ran, if it ran on another version of PHP, or if PHP reported an error, warning or deprecation.
func checkPHP(dir, version string) error {
	versions, err := os.ReadFile(filepath.Join(dir, "php-versions"))
	if err != nil {
		return fmt.Errorf("no call ran on PHP %s: %w", version, err)
	}
	for line := range strings.Lines(string(versions)) {
		if !strings.HasPrefix(line, version+".") {
			line = strings.TrimSpace(line)
			return fmt.Errorf("a call ran on PHP %s instead of %s", line, version)
		}
	}
	reported, err := os.ReadFile(filepath.Join(dir, "php-errors"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("PHP %s reports errors in the code of wpcli:\n%s", version, reported)
}

// installPHP installs the packages of testdata/php-wasm in a directory of cache, unless they are
// there. The name of the directory depends on the lock file, which has a checksum of each package.
func installPHP(t *testing.T, cache string) (dir string) {
	needNode(t)
	lock := readFile(t, "testdata/php-wasm/package-lock.json")
	dir = filepath.Join(cache, fmt.Sprintf("php-wasm-%.6x", sha256.Sum256(lock)))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	// Rename only a complete installation, so that an interrupted one is never used.
	part, err := os.MkdirTemp(cache, filepath.Base(dir)+".part-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(part)
	for name, data := range map[string][]byte{
		"package.json":      readFile(t, "testdata/php-wasm/package.json"),
		"package-lock.json": lock,
	} {
		if err := os.WriteFile(filepath.Join(part, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ci := exec.Command(
		"npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund",
	)
	ci.Dir = part
	if out, err := ci.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v: %s", err, out)
	}
	if err := os.Rename(part, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	return dir
}

// needNode skips the test if Node.js isn't installed, or is older than the packages of
// testdata/php-wasm need.
func needNode(t *testing.T) {
	apttest.Need(t, "npm")
	out, err := exec.Command("node", "--print", "process.versions.node").Output()
	if err != nil {
		t.Fatalf("node: %v", testenv.WithStderr(err))
	}
	version := strings.TrimSpace(string(out))
	major, _, _ := strings.Cut(version, ".")
	if number, err := strconv.Atoi(major); err != nil || number < 20 {
		testenv.Skip(t, "npm", "Node.js 20 or later is needed, but this is %s", version)
	}
}

// readFile returns the contents of a file of the repository.
func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(testenv.Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
