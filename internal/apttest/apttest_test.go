package apttest

import (
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestInstallIfInstalled(t *testing.T) {
	if err := Install("sh", "no-such-package"); err != nil {
		t.Error(err)
	}
	if err := InstallUnless(func() bool { return true }, "library", "no-such-package"); err != nil {
		t.Error(err)
	}
	if path := Path("sh"); !filepath.IsAbs(path) {
		t.Errorf("Path: %q", path)
	}
}

func TestInstallIfNotFound(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no apt-get either
	if err := Install("no-such-program"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("Install: %v", err)
	}
	err := InstallUnless(func() bool { return false }, "library")
	if !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("InstallUnless: %v", err)
	}
	if path := Path("no-such-program"); path != "no-such-program" {
		t.Errorf("Path: %q", path)
	}
}
