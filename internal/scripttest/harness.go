package scripttest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/testenv"
)

// The partner of every script. The secret holds what shells, URLs and JSON treat specially.
const (
	testPartner = "demo"
	testSecret  = `s3cret"'; &@=--\`
)

// harness runs scripts with the stub wp, or on a real WordPress.
type harness struct {
	root string // of the repository

	// For a real WordPress only:
	wordpress string       // scripts/wordpress
	wp        string       // the real WP-CLI; "" means the stub
	templates string       // the directory of the sites "single" and "network", which are copied
	jetpack   *realJetpack // nil means the stand-in
	silentURL string       // of a server that accepts connections and never answers

	// For RunPHP only:
	php         string        // a version of PHP; "" means that of the machine
	phpPackages string        // the directory of installPHP
	slots       chan struct{} // holds an element for each script that runs
}

// newWordPress returns a harness for a real WordPress, which it downloads and installs.
func newWordPress(t *testing.T) *harness {
	h := &harness{wordpress: testenv.Path(t, "scripts/wordpress"), templates: t.TempDir()}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	h.silentURL = "http://" + silent.Addr().String() + "/"
	out, err := exec.Command(h.wordpress, "wp").Output()
	if err != nil {
		t.Fatalf("scripts/wordpress wp: %v", testenv.WithStderr(err))
	}
	h.wp = strings.TrimSpace(string(out))
	for name, flags := range map[string][]string{"single": nil, "network": {"--multisite"}} {
		args := []string{"up", filepath.Join(h.templates, name), "--url=https://example.com"}
		if _, err := exec.Command(h.wordpress, append(args, flags...)...).Output(); err != nil {
			t.Fatalf("scripts/wordpress up: %v", testenv.WithStderr(err))
		}
	}
	if file := os.Getenv(jetpackEnv); file != "" {
		zips := filepath.Join(filepath.Dir(filepath.Dir(h.wp)), "plugins")
		h.jetpack = newRealJetpack(t, file, filepath.Join(h.templates, "real"), zips)
	}
	return h
}

// run runs the scripts in testdata/script that want accepts.
func (h *harness) run(t *testing.T, want func(file string) bool) {
	h.root = testenv.Root(t)
	files, err := filepath.Glob(filepath.Join(h.root, "testdata/script/*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(file string) bool { return !want(file) })
	if len(files) == 0 {
		t.Fatal("no scripts in testdata/script")
	}
	if h.wp != "" && h.php == "" {
		files = append(files, probeScripts(t, files)...)
	}
	testscript.Run(t, h.params(t, files))
}

func (h *harness) params(t *testing.T, files []string) testscript.Params {
	handlers := map[string]func(*testscript.TestScript, bool, []string){}
	for name, command := range h.commands(t) {
		handlers[name] = command.handler(name)
	}
	return testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "" && h.wp == "",
		Setup:               h.setup,
		Condition:           h.condition,
		Cmds:                handlers,
	}
}

// setup sets the variables of a script.
func (h *harness) setup(env *testscript.Env) error {
	dir := filepath.Join(env.WorkDir, ".wp")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	env.Setenv("HOME", filepath.Join(env.WorkDir, ".home"))
	env.Setenv(wpDirEnv, dir)
	env.Setenv(wpRealEnv, h.wp)
	env.Setenv("REPO", h.root)
	// The stub, the stand-ins and the programs that scripts run as wp need these.
	env.Setenv("JETPACK_START_WP_ENV", "JETPACK_TEST_*,JETPACK_START_TEST_*,WORK,REPO,GORACE")
	env.Setenv("JETPACK_PARTNER_ID", testPartner)
	env.Setenv("JETPACK_PARTNER_SECRET", testSecret)
	env.Setenv("SECRET", testSecret)
	env.Setenv("NO_PROXY", "127.0.0.1")
	// The sites are the user's own. As root, their docroots are root's, or there is none.
	env.Setenv("JETPACK_START_RUN_AS", "self")
	// As root these aren't the user's by default.
	env.Setenv("JETPACK_START_CACHE_DIR", "")
	env.Setenv("JETPACK_START_LEDGER", "")
	if os.Getuid() == 0 {
		home := env.Getenv("HOME")
		env.Setenv("JETPACK_START_CACHE_DIR", filepath.Join(home, ".cache/jetpack-start"))
		ledger := filepath.Join(home, ".local/share/jetpack-start/ledger.db")
		env.Setenv("JETPACK_START_LEDGER", ledger)
	}
	// A program with the race detector sleeps for a second when it exits.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	// So that no script reaches the real API by mistake.
	env.Setenv("JETPACK_START_API_URL", "http://127.0.0.1:1")
	env.Setenv("JETPACK_START_TEST_BOOTLOG", filepath.Join(dir, "boots"))
	if h.wp != "" {
		env.Setenv("JETPACK_START_TEST_CACHE", filepath.Dir(filepath.Dir(h.wp)))
		env.Setenv("JETPACK_START_TEST_SILENT_URL", h.silentURL)
	}
	if h.jetpack != nil {
		env.Setenv("JETPACK_START_TEST_ZIPS", h.jetpack.zips)
	}
	if h.php != "" {
		h.usePHP(env, dir)
	}
	return nil
}

// condition evaluates the conditions that scripts have besides testscript's own.
func (h *harness) condition(name string) (bool, error) {
	switch name {
	case "real":
		return h.wp != "", nil
	case "stub":
		return h.wp == "", nil
	case "jetpack":
		return h.jetpack != nil, nil
	case "root":
		return os.Getuid() == 0, nil
	case "sshd":
		// Elsewhere than in CI, installing the package would open the machine to log-ins.
		if os.Getenv("CI") == "true" {
			return apttest.Install("sshd", "openssh-server", "openssh-client") == nil, nil
		}
		_, err := os.Stat("/usr/sbin/sshd")
		return err == nil, nil
	case "mounts":
		return exec.Command("unshare", "-m", "true").Run() == nil, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// isWHMCS reports whether a script needs a MariaDB with WHMCS's tables.
func isWHMCS(file string) bool { return strings.HasPrefix(filepath.Base(file), "whmcs_") }

var siteOrCondition = regexp.MustCompile(`(?m)^(site\b|\[!?(real|stub|jetpack)\])`)

// hasSite reports whether a script makes a site or tests for the kind of WordPress that it runs
// on, so that it must run on a real WordPress too.
func hasSite(file string) bool {
	script, err := os.ReadFile(file)
	return err != nil || siteOrCondition.Match(script)
}
