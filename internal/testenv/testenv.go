// Package testenv tells tests where the repository is, and builds the program for them.
package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Root returns the repository's root folder: the nearest one above the current folder that has
// a go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the current folder")
		}
		dir = parent
	}
}

// Path returns the absolute path of a file or folder of the repository, given with slashes.
func Path(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(Root(t), filepath.FromSlash(name))
}

// Build builds jetpack-start as it is released, without cgo, into a temporary folder, and
// returns its path.
func Build(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "jetpack-start")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = Root(t)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// WithStderr returns err with what the child process printed on standard error, if err is an
// [exec.ExitError].
func WithStderr(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return err
}

// OpenAPI returns the path of a published OpenAPI description, or skips the test. The descriptions
// aren't part of the repository: they are looked for in the folder that the environment variable
// JETPACK_START_TEST_OPENAPI names, otherwise in shared/openapi beside the repository.
func OpenAPI(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("JETPACK_START_TEST_OPENAPI")
	if dir == "" {
		dir = Path(t, "../shared/openapi")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		Skip(t, "openapi", "the description isn't here: %v", err)
	}
	return path
}
