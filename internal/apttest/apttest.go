// Package apttest gets tests the programs that they run: root's apt-get installs what is missing.
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

// Need sees to it that a program is there. Where it isn't, root installs the packages with
// apt-get; others skip the test, or fail it where CI=true. Without packages the program's own name
// is the package's.
func Need(t testing.TB, program string, packages ...string) {
	t.Helper()
	testenv.SkipNamed(t, program)
	report(t, program, Install(program, packages...))
}

// NeedUnless is Need for what is no program, such as a library: present says whether it is there.
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

// Install is Need for those who have no test at hand. Errors wrap [exec.ErrNotFound] where the
// program isn't there and can't be had.
func Install(program string, packages ...string) error {
	return install(func() error { return look(program) }, program, packages)
}

// InstallUnless is NeedUnless for those who have no test at hand.
func InstallUnless(present func() bool, name string, packages ...string) error {
	return install(func() error {
		if present() {
			return nil
		}
		return fmt.Errorf("%s: %w", name, exec.ErrNotFound)
	}, name, packages)
}

// Path finds a program also where a user's PATH doesn't lead; it gives the name as it is where
// there is none.
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

func install(missing func() error, name string, packages []string) error {
	err := missing()
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
	// Tests of several packages run at once; apt-get waits for another's lock when it installs, but
	// not when it updates.
	unlock, err := lock()
	if err != nil {
		return err
	}
	defer unlock()
	if missing() == nil {
		return nil
	}
	for _, arguments := range [][]string{
		{"-q", "-o", "DPkg::Lock::Timeout=300", "update"},
		append([]string{"-q", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends"}, packages...),
	} {
		command := exec.Command(apt, arguments...)
		command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: apt-get: %w: %s", exec.ErrNotFound, err, out)
		}
	}
	return missing()
}

// lock is for root alone, so its file is where no other user can put one.
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
