package e2e

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/testenv"
	"jetpack-start/internal/whmcs/whmcstest"
)

// TestWHMCSZip builds the zip file of the module, unpacks it into WHMCS's root, and calls the
// module there with the program that comes with it.
func TestWHMCSZip(t *testing.T) {
	apttest.Need(t, "php", "php-cli")
	file, root := filepath.Join(t.TempDir(), "module.zip"), t.TempDir()
	pack := exec.Command("go", "run", "./scripts/whmcszip", "v1.2.3", file)
	pack.Dir = testenv.Root(t)
	if out, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("whmcszip: %v: %s", err, out)
	}
	unzip(t, file, root)
	module := filepath.Join(root, "modules/servers/jetpack")
	for _, name := range []string{
		"jetpack.php", "vendor/autoload.php", "templates/jetpack_license.tpl", "whmcs.json",
		"monitor.php", "config.sample.php", "LICENSE",
	} {
		if _, err := os.Stat(filepath.Join(module, name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(module, "config.php")); err == nil {
		t.Error("the zip file has a config.php, which would replace the host's own")
	}
	checkPrograms(t, module)
	callModule(t, root, module)
}

// checkPrograms checks that the module has a static program of the right version for each machine.
func checkPrograms(t *testing.T, module string) {
	t.Helper()
	for machine, want := range map[string]elf.Machine{
		"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64,
	} {
		path := filepath.Join(module, "bin/jetpack-start-linux-"+machine)
		f, err := elf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if f.Machine != want || f.Section(".interp") != nil {
			t.Errorf("%s is for %v, or not static", path, f.Machine)
		}
		f.Close()
		if machine == runtime.GOARCH {
			out, err := exec.Command(path, "--version").Output()
			if err != nil || !bytes.HasPrefix(out, []byte("jetpack-start version v1.2.3\n")) {
				t.Errorf("%s --version: %v: %s", path, err, out)
			}
		}
	}
}

// callModule calls functions of the unpacked module, and its script for monitoring.
func callModule(t *testing.T, root, module string) {
	t.Helper()
	h := newHarness(t, "")
	writeConfiguration(t, root, whmcstest.New(t).Settings())
	call := func(function string) gjson.Result {
		t.Helper()
		command := phpCommand(t, "php", root, module, function, map[string]any{
			"serviceid": 1, "orderid": 1, "pid": 5, "configoption1": faultToken,
			"configoption2": firstProduct, "configoption3": "on",
		}, "HOME="+h.home, "JETPACK_START_API_URL="+h.base)
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", function, testenv.WithStderr(err), out)
		}
		return gjson.GetBytes(out, "result")
	}
	if got := call("CreateAccount").String(); got != "success" {
		t.Errorf("Create: %s", got)
	}
	if got := call("FetchProducts").Get("jetpack-scan").String(); got != "Jetpack Scan" {
		t.Errorf("products: %s", got)
	}
	monitor := exec.Command("php", filepath.Join(module, "monitor.php"))
	monitor.Dir = t.TempDir() // cron doesn't run it in WHMCS's folder
	out, err := monitor.CombinedOutput()
	if err != nil || gjson.GetBytes(out, "success").String() != "true" {
		t.Errorf("monitor.php: %v: %s", err, out)
	}
}

// unzip unpacks a zip file, with its file modes.
func unzip(t *testing.T, file, root string) {
	t.Helper()
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if !fs.ValidPath(f.Name) || !strings.HasPrefix(f.Name, "modules/servers/jetpack/") {
			t.Errorf("%s is outside the module's folder", f.Name)
			continue
		}
		path := filepath.Join(root, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(from)
		from.Close()
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, string(text), f.Mode())
	}
}
