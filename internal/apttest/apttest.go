// Package apttest installs the programs that tests run, with apt-get if the user is root.
package apttest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"jetpack-start/internal/testenv"
)

// Need makes sure that a program is installed. If it isn't, Need installs the packages with apt-get
// if the user is root, and otherwise skips the test as [testenv.Skip] does. Without packages, the
// package's name is that of the program.
func Need(t testing.TB, program string, packages ...string) {
	t.Helper()
	testenv.SkipNamed(t, program)
	report(t, program, Install(program, packages...))
}

// NeedUnless is Need for something other than a program, such as a library: present reports
// whether it is installed.
func NeedUnless(t testing.TB, present func() bool, name string, packages ...string) {
	t.Helper()
	testenv.SkipNamed(t, name)
	report(t, name, InstallUnless(present, name, packages...))
}

func report(t testing.TB, name string, err error) {
	t.Helper()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		testenv.Skip(t, name, "not installed: %v", err)
	case err != nil:
		t.Fatalf("%s: %v", name, err)
	}
}

// Install is Need for callers without a test. If the program isn't installed and can't be, the
// error wraps [exec.ErrNotFound].
func Install(program string, packages ...string) error {
	return install(func() error { return look(program) }, program, packages)
}

// InstallUnless is NeedUnless for callers without a test.
func InstallUnless(present func() bool, name string, packages ...string) error {
	return install(func() error {
		if present() {
			return nil
		}
		return fmt.Errorf("%s: %w", name, exec.ErrNotFound)
	}, name, packages)
}

// Path returns the path of a program in PATH or in one of the sbin folders, which are often not in
// a user's PATH. If the program isn't found, Path returns its name.
func Path(program string) string {
	for _, path := range []string{program, "/usr/sbin/" + program, "/usr/local/sbin/" + program} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	return program
}

func look(program string) error {
	_, err := exec.LookPath(Path(program))
	return err
}

// install installs packages if check fails. It returns the last error of check.
func install(check func() error, name string, packages []string) error {
	err := check()
	if err == nil || os.Geteuid() != 0 {
		return err
	}
	apt, lookErr := exec.LookPath("apt-get")
	if lookErr != nil {
		return err
	}
	if len(packages) == 0 {
		packages = []string{name}
	}
	// Tests of several packages run at once, and apt-get waits for the lock of another apt-get when
	// it installs, but not when it updates.
	unlock, err := lock()
	if err != nil {
		return err
	}
	defer unlock()
	if check() == nil { // another process has installed it meanwhile
		return nil
	}
	for _, arguments := range [][]string{
		{"update"},
		append([]string{"install", "-y", "--no-install-recommends"}, packages...),
	} {
		options := []string{"-q", "-o", "DPkg::Lock::Timeout=300"}
		command := exec.Command(apt, append(options, arguments...)...)
		command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: apt-get: %w: %s", exec.ErrNotFound, err, out)
		}
	}
	return check()
}

// lock waits for the lock that lets only one process run apt-get. Only root calls it, so its file
// is in a folder that other users can't write to.
func lock() (unlock func() error, err error) {
	file, err := os.OpenFile("/run/jetpack-start-apttest.lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, err
	}
	return file.Close, nil
}
