package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"jetpack-start/internal/testenv"
)

// TestRename renames the module in a copy of the repository, and builds it there.
func TestRename(t *testing.T) {
	const module = "example.com/some-host/jetpack-start"
	dir := t.TempDir()
	root := testenv.Root(t)
	files := exec.Command("git", "ls-files", "-z", "-co", "--exclude-standard")
	files.Dir = root
	list, err := files.Output()
	if err != nil {
		testenv.Skip(t, "git", "not a checkout: %v", testenv.WithStderr(err))
	}
	for name := range strings.SplitSeq(strings.Trim(string(list), "\x00"), "\x00") {
		copyFile(t, filepath.Join(root, name), filepath.Join(dir, name))
	}
	run := func(name string, args ...string) string {
		t.Helper()
		command := exec.Command(name, args...)
		command.Dir = dir
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	run("git", "init", "-q")
	run("git", "add", "-A")
	run("make", "rename", "MODULE="+module)
	libraries := run("go", "list", "./jetpack", "./wpcli")
	if libraries != module+"/jetpack\n"+module+"/wpcli\n" {
		t.Errorf("the libraries are %q", libraries)
	}
	// What still has the old path would be looked for in the standard library, and not be found.
	run("go", "vet", "./...")
	run("make", "build", "VERSION=v9.8.7")
	version := run("./jetpack-start", "--version")
	if !strings.HasPrefix(version, "jetpack-start version v9.8.7\n") {
		t.Errorf("--version: %q", version)
	}
	left := exec.Command("git", "grep", "-nE", `(^|[^./-])\bjetpack-start/(internal|jetpack|wpcli)/`,
		"--", "*.go")
	left.Dir = dir
	if out, err := left.Output(); err == nil {
		t.Errorf("the old path is left:\n%s", out)
	}
	for _, path := range []string{"not a path", "name", "host/owner/name"} {
		refused := exec.Command("make", "rename", "MODULE="+path)
		refused.Dir = dir
		if out, err := refused.CombinedOutput(); err == nil {
			t.Errorf("the module path %q was taken: %s", path, out)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Lstat(from)
	if err != nil || info.Mode().Type() == fs.ModeSymlink {
		t.Fatalf("%s: %v, %v", from, info, err)
	}
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, data, info.Mode().Perm())
	}
	if err != nil {
		t.Fatal(err)
	}
}
