package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// lab is a folder with the sites in which commands are measured.
type lab struct {
	dir         string
	binary      string   // jetpack-start
	wp          string   // WP-CLI
	oldSequence string   // old-sequence.sh
	env         []string // the environment of all commands
	bootLog     string   // the file to which each boot of WordPress appends a line
}

// newLab makes the sites in dir. The current folder must be the root of the repository.
func newLab(dir string) (*lab, error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	l := &lab{
		dir:         dir,
		binary:      filepath.Join(root, "jetpack-start"),
		oldSequence: filepath.Join(root, "scripts/bench/old-sequence.sh"),
		bootLog:     filepath.Join(dir, "boots"),
	}
	if _, err := os.Stat(l.oldSequence); err != nil {
		return nil, fmt.Errorf("not in the root of the repository: %w", err)
	}
	if _, err := os.Stat(l.binary); err != nil {
		return nil, fmt.Errorf("run make first: %w", err)
	}
	out, err := exec.Command(filepath.Join(root, "scripts/wordpress"), "wp").Output()
	if err != nil {
		return nil, fmt.Errorf("scripts/wordpress wp: %w", err)
	}
	l.wp = strings.TrimSpace(string(out))
	l.env = append(
		os.Environ(), "JETPACK_PARTNER_ID=bench", "JETPACK_PARTNER_SECRET=secret",
		"JETPACK_START_WP_CLI="+l.wp, "JETPACK_START_CACHE_DIR="+filepath.Join(dir, "cache"),
		"JETPACK_START_LEDGER="+filepath.Join(dir, "ledger.db"),
		"JETPACK_START_TEST_BOOTLOG="+l.bootLog,
		"JETPACK_START_WP_ENV=JETPACK_START_TEST_BOOTLOG", "JETPACK_START_RUN_AS=self",
	)
	for _, s := range sites {
		if err := l.makeSite(root, s); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// startSandbox starts a sandbox with more flags, and returns its URL. name is the name of the file
// to which it writes the URL.
func (l *lab) startSandbox(name string, flags ...string) (url string, stop func(), err error) {
	addr := filepath.Join(l.dir, "addr-"+name)
	cmd := exec.Command(l.binary, append([]string{
		"sandbox", "--addr-out=" + addr, "--partner=bench:secret",
		"--site=https://example.com=connected:42",
	}, flags...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	for range 200 {
		if data, err := os.ReadFile(addr); err == nil {
			return strings.TrimSpace(string(data)), stop, nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	stop()
	return "", nil, errors.New("the sandbox did not start")
}

// sample is what one run of a command took.
type sample struct {
	wall  time.Duration
	cpu   time.Duration
	boots int // of WordPress
}

// String returns the sample as text with rounded times.
func (s sample) String() string {
	return fmt.Sprintf("%v wall, %v CPU, %d boots", round(s.wall), round(s.cpu), s.boots)
}

func round(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }

// median returns the medians of the wall times and of the CPU times.
func median(samples []sample) sample {
	var walls, cpus []time.Duration
	for _, s := range samples {
		walls, cpus = append(walls, s.wall), append(cpus, s.cpu)
	}
	slices.Sort(walls)
	slices.Sort(cpus)
	return sample{wall: walls[len(walls)/2], cpu: cpus[len(cpus)/2], boots: samples[0].boots}
}

// run runs a command in a site and measures it with its child processes.
func (l *lab) run(site string, env []string, name string, args ...string) (sample, error) {
	_ = os.Remove(l.bootLog)
	cmd := exec.Command(name, args...)
	cmd.Dir = l.sitePath(site)
	cmd.Env = append(slices.Clone(l.env), env...)
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	s := sample{wall: time.Since(begin)}
	if err != nil {
		return s, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if log, err := os.ReadFile(l.bootLog); err == nil {
		s.boots = strings.Count(string(log), "\n")
	}
	return s, nil
}

// peakMemory runs jetpack-start in a site and returns the highest resident memory of its process,
// without child processes.
func (l *lab) peakMemory(site string, env []string, args ...string) (kib int, err error) {
	cmd := exec.Command(l.binary, args...)
	cmd.Dir, cmd.Env = l.sitePath(site), append(slices.Clone(l.env), env...)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	status := fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
	for {
		if text, err := os.ReadFile(status); err == nil {
			_, after, _ := strings.Cut(string(text), "VmHWM:")
			var now int
			if _, err := fmt.Sscan(after, &now); err == nil {
				kib = max(kib, now)
			}
		}
		select {
		case err := <-done:
			return kib, err
		case <-time.After(time.Millisecond):
		}
	}
}
