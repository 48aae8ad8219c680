// Package scripttest runs the golden scripts in testdata/script, with a stub for WP-CLI or on a
// real WordPress. docs/golden-scripts.md describes the scripts and their commands.
package scripttest

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jetpack-start/internal/ledger/ledgertest"
	"jetpack-start/internal/testenv"
)

// Main runs a package's tests with the programs that the scripts call: jetpack-start and the
// drop-ins, which both run main, and wp.
func Main(m *testing.M, main func()) {
	// testscript removes the directory from argv[0], by which a drop-in finds its own.
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

// Run runs the golden scripts with a stub for wp, except those of the whmcs commands.
func Run(t *testing.T) {
	h := &harness{}
	h.run(t, func(file string) bool { return !isWHMCS(file) })
}

// RunWHMCS runs the golden scripts of the whmcs commands, on a real MariaDB.
func RunWHMCS(t *testing.T) {
	ledgertest.MariaDB(t) // skips or fails here if there is none
	h := &harness{}
	h.run(t, isWHMCS)
}

// RunWordPress runs the golden scripts that make a site or test for a real one, on a real
// WordPress.
func RunWordPress(t *testing.T) {
	needWordPress(t)
	newWordPress(t).run(t, func(file string) bool { return !isWHMCS(file) && hasSite(file) })
}

// needWordPress skips the test unless a real WordPress may be installed.
func needWordPress(t *testing.T) {
	testenv.SkipNamed(t, "wordpress")
	if os.Getenv("CI") != "true" && os.Getenv("JETPACK_START_TEST_WORDPRESS") == "" {
		testenv.Skip(t, "wordpress", "nothing is downloaded or installed unless "+
			"JETPACK_START_TEST_WORDPRESS is set, as make test does")
	}
}

// RunPHP runs phpScripts on a real WordPress, once for each of phpVersions, on which the PHP code
// of package wpcli runs.
func RunPHP(t *testing.T) {
	needWordPress(t)
	h := newWordPress(t)
	h.jetpack = nil // the stand-in, even if there is a real one
	h.slots = make(chan struct{}, runtime.NumCPU()+1)
	h.phpPackages = installPHP(t, filepath.Dir(filepath.Dir(h.wp)))
	for _, version := range phpVersions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			on := *h
			on.php = version
			on.run(t, isPHPScript)
		})
	}
}
