package wpcli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestParseCommand(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	phar := file("wp-cli.phar", 0o644)
	executable := file("wp.phar", 0o755)
	spaced := file("my wp", 0o755)
	for _, test := range []struct {
		value string
		want  []string
	}{
		{"", nil},
		{"wp", []string{"wp"}},
		{"/none/wp", []string{"/none/wp"}},
		{"php -d memory_limit=512M /opt/wp.phar", []string{"php", "-d", "memory_limit=512M", "/opt/wp.phar"}},
		{phar, []string{"php", phar}},
		{executable, []string{executable}},
		{spaced, []string{spaced}},
	} {
		if got := ParseCommand(test.value); !slices.Equal(got, test.want) {
			t.Errorf("ParseCommand(%q) = %q, want %q", test.value, got, test.want)
		}
	}
}

func TestQuote(t *testing.T) {
	args := []string{"wp", "", "a b", "it's", "--path=/x", "$(x)"}
	if got, want := Quote(args), `wp '' 'a b' 'it'\''s' --path=/x '$(x)'`; got != want {
		t.Errorf("Quote = %s, want %s", got, want)
	}
}

// The arguments are passed in the order in which WP-CLI expects them, and OnCall gets the same
// ones without the PHP code.
func TestCommandLine(t *testing.T) {
	var shown []string
	c := &CLI{
		Command: []string{"/bin/echo", "-n"},
		Alias:   "@staging",
		Global:  []string{"--path=/x"},
		OnCall:  func(args []string) { shown = args },
	}
	out, err := c.Run(t.Context(), "--exec=secret code", "plugin", "list")
	want := "@staging --path=/x --exec=secret code plugin list"
	if err != nil || out.Stdout != want {
		t.Errorf("%q, %v, want %q", out.Stdout, err, want)
	}
	wantShown := []string{"echo", "-n", "@staging", "--path=/x", "--exec=…", "plugin", "list"}
	if !slices.Equal(shown, wantShown) {
		t.Errorf("OnCall got %q, want %q", shown, wantShown)
	}
}

// TestTimeout checks that a call that takes too long is stopped with everything that it started,
// even if none of these processes ends on SIGTERM.
func TestTimeout(t *testing.T) {
	for name, trap := range map[string]string{"on SIGTERM": "", "on SIGKILL": "trap '' TERM; "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pids := filepath.Join(t.TempDir(), "pids")
			script := trap + fmt.Sprintf("sleep 60 & echo $$ $! >'%s'; wait; sleep 60", pids)
			c := &CLI{
				Command: []string{"sh", "-c", script},
				Timeout: 500 * time.Millisecond,
				grace:   200 * time.Millisecond,
			}
			ended := make(chan error, 1)
			go func() {
				_, err := c.Run(t.Context())
				ended <- err
			}()
			select {
			case err := <-ended:
				var e *Error
				if !errors.Is(err, ErrTimeout) || !errors.As(err, &e) || e.ExitCode != -1 ||
					e.Timeout != c.Timeout {
					t.Errorf("%#v, want ErrTimeout", err)
				}
			case <-time.After(20 * time.Second):
				t.Error("the call didn't return")
			}
			data, err := os.ReadFile(pids)
			if err != nil {
				t.Fatal(err)
			}
			for _, field := range strings.Fields(string(data)) {
				pid, err := strconv.Atoi(field)
				if err != nil {
					t.Fatal(err)
				}
				if !waitUntilGone(pid) {
					t.Errorf("process %d is still running", pid)
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
			}
		})
	}
}

// waitUntilGone reports whether a process ends within five seconds. A zombie counts as ended: in a
// container, there may be nobody to reap it.
func waitUntilGone(pid int) bool {
	for range 100 {
		if syscall.Kill(pid, 0) != nil {
			return true
		}
		cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if runtime.GOOS == "linux" && (err != nil || len(cmdline) == 0) {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// A grandchild that holds the output open doesn't hold up the caller.
func TestOutputHeldOpen(t *testing.T) {
	c := &CLI{
		Command: []string{"sh", "-c", "sleep 20 & echo said"},
		Timeout: 30 * time.Second,
		grace:   time.Second,
	}
	start := time.Now()
	out, err := c.Run(t.Context())
	if took := time.Since(start); took > c.grace+5*time.Second || out.Stdout != "said\n" {
		t.Errorf("%v, %q, %v", took, out.Stdout, err)
	}
}
