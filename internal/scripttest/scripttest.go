// Package scripttest runs the golden scripts in testdata/script: with a stub that plays wp, and
// on a real WordPress.
package scripttest

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jetpack-start/internal/ledger/ledgertest"
	"jetpack-start/internal/testenv"
)

// Main runs a package's tests with the programs that the scripts call: jetpack-start, which is
// main, the drop-ins, and wp.
func Main(m *testing.M, main func()) {
	// dropIn is main under the name of a drop-in. testscript cuts the folder off argv[0], which
	// says where the script is.
	dropIn := func() {
		if line, err := os.ReadFile("/proc/self/cmdline"); err == nil {
			os.Args[0], _, _ = strings.Cut(string(line), "\x00")
		}
		main()
	}
	testscript.Main(m, map[string]func(){
		"jetpack-start":        main,
		"wp":                   wpMain,
		"partner-provision.sh": dropIn,
		"partner-cancel.sh":    dropIn,
		"partner-provision":    dropIn,
		"partner-cancel":       dropIn,
	})
}

// Run runs the golden scripts with a stub that plays wp.
func Run(t *testing.T) { runScripts(t, &site{}, isNotWHMCS) }

// RunWHMCS runs the golden scripts of the whmcs commands, on a real MariaDB.
func RunWHMCS(t *testing.T) {
	ledgertest.MariaDB(t) // skips or fails here if there is none
	runScripts(t, &site{}, func(file string) bool { return !isNotWHMCS(file) })
}

// RunWordPress runs the golden scripts that make a site or ask for a real one, on a real
// WordPress.
func RunWordPress(t *testing.T) {
	testenv.SkipNamed(t, "wordpress")
	if os.Getenv("CI") != "true" && os.Getenv("JETPACK_START_TEST_WORDPRESS") == "" {
		testenv.Skip(t, "wordpress", "nothing is downloaded or installed unless "+
			"JETPACK_START_TEST_WORDPRESS is set, as make test does")
	}
	s := &site{wordpress: testenv.Path(t, "scripts/wordpress"), templates: t.TempDir()}
	out, err := exec.Command(s.wordpress, "wp").Output()
	if err != nil {
		t.Fatalf("scripts/wordpress wp: %v", testenv.WithStderr(err))
	}
	s.wp = strings.TrimSpace(string(out))
	for name, flags := range map[string][]string{"single": nil, "network": {"--multisite"}} {
		args := append(
			[]string{"up", filepath.Join(s.templates, name), "--url=https://example.com"},
			flags...)
		if _, err := exec.Command(s.wordpress, args...).Output(); err != nil {
			t.Fatalf("scripts/wordpress up: %v", testenv.WithStderr(err))
		}
	}
	runScripts(t, s, func(file string) bool { return isNotWHMCS(file) && hasSite(file) })
}

// isNotWHMCS reports whether a script does without the database that WHMCS's scripts need.
func isNotWHMCS(file string) bool { return !strings.HasPrefix(filepath.Base(file), "whmcs_") }

// The partner that every script has; scripts look for the secret where it must not be.
const (
	testPartner = "demo"
	testSecret  = `s3cret"'; &@=--\`
)

// runScripts runs the scripts that want accepts, on the sites that s makes.
func runScripts(t *testing.T, s *site, want func(file string) bool) {
	s.root = testenv.Root(t)
	files, err := filepath.Glob(filepath.Join(s.root, "testdata/script/*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(file string) bool { return !want(file) })
	if len(files) == 0 {
		t.Fatal("no scripts in testdata/script")
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "" && s.wp == "",
		Setup:               s.setup,
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "real":
				return s.wp != "", nil
			case "stub":
				return s.wp == "", nil
			case "root":
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: s.commands(t),
	})
}

// commands are those that scripts have besides testscript's own.
func (s *site) commands(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	commands := map[string]func(*testscript.TestScript, bool, []string){
		"exits":    cmdExits,
		"sandbox":  cmdSandbox,
		"site":     s.cmdSite,
		"calls":    cmdCalls,
		"wpcalls":  cmdWPCalls,
		"json":     cmdJSON,
		"nosecret": cmdNoSecret,
		"state":    cmdState,
		"until":    cmdUntil,
		"signal":   cmdSignal,
		"shellout": cmdShell,
		"recorder": cmdRecorder,
	}
	maps.Copy(commands, whmcsCommands(t))
	return commands
}

// hasSite reports whether a script makes a site or asks which kind it runs on, so that it must run
// on a real WordPress too.
func hasSite(file string) bool {
	script, err := os.ReadFile(file)
	return err != nil || regexp.MustCompile(`(?m)^(site\b|\[!?(real|stub)\])`).Match(script)
}
