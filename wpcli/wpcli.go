// Package wpcli runs WP-CLI as a child process: its global parameters, one probe that reads all of
// a site's state in one boot of WordPress, the few commands that change a site, and errors that
// say what was wrong.
package wpcli

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/go-cmd/cmd"
)

// Limits of one child. A boot that prints more than maxOutput is broken; what follows is dropped,
// not kept in memory.
const (
	maxOutput      = 32 << 20
	defaultTimeout = 5 * time.Minute
	stopGrace      = 5 * time.Second // between SIGTERM and SIGKILL, and for pipes that a grandchild holds open
)

// CLI is a WP-CLI to call. The zero value runs "wp" from the PATH in the current directory.
type CLI struct {
	// Command is the program and its first arguments; empty means "wp". See ParseCommand.
	Command []string
	// Alias is a WP-CLI alias with its @, such as "@production"; it goes first.
	Alias string
	// Global are WP-CLI's global parameters, passed on as they are: --path=…, --ssh=…, --url=…,
	// --allow-root.
	Global []string
	// Env is the child's environment; nil means this process's. Never put a secret here.
	Env []string
	// Timeout bounds one call; 0 means five minutes.
	Timeout time.Duration
	// OnCall is told of each call before it starts, with --exec code shortened; nil is fine.
	OnCall func(args []string)
	// OnStderr is given what a call wrote to standard error, for --debug; nil is fine.
	OnStderr func(stderr string)
}

// ParseCommand turns the value of --wp-cli-path into a command. It is a path or a name; where no
// such file is found, words separated by spaces ("php -d memory_limit=512M /opt/wp-cli.phar"), as
// the old scripts split it. A .phar that isn't executable is run with php.
func ParseCommand(value string) []string {
	if value == "" {
		return nil
	}
	info, err := os.Stat(value)
	switch {
	case err == nil && strings.HasSuffix(value, ".phar") && info.Mode()&0o111 == 0:
		return []string{"php", value}
	case err == nil || !strings.Contains(value, " "):
		return []string{value}
	}
	return strings.Fields(value)
}

// Output is what a call printed.
type Output struct {
	Stdout, Stderr string
}

// Run calls WP-CLI with the global parameters and args, and without input. The error is an *Error,
// or the context's cause if the context ended first; the child and its process group have ended
// then too.
func (c *CLI) Run(ctx context.Context, args ...string) (Output, error) {
	return c.run(ctx, nil, nil, args...)
}

// run is Run with stdin as WP-CLI's input (nil: none). Each of the secrets is replaced in what is
// kept of the output.
func (c *CLI) run(
	ctx context.Context, stdin []byte, secrets []string, args ...string,
) (Output, error) {
	command := c.Command
	if len(command) == 0 {
		command = []string{"wp"}
	}
	full := append([]string{}, command[1:]...)
	if c.Alias != "" {
		full = append(full, c.Alias)
	}
	full = append(append(full, c.Global...), args...)
	shown := shorten(append([]string{filepath.Base(command[0])}, full...))
	if c.OnCall != nil {
		c.OnCall(shown)
	}

	var stdout, stderr capped
	child := cmd.NewCmdOptions(cmd.Options{BeforeExec: []func(*exec.Cmd){func(e *exec.Cmd) {
		// go-cmd's own buffers drop what follows a line of 64 KiB; a site's noise can hold one.
		e.Stdout, e.Stderr = &stdout, &stderr
		e.WaitDelay = stopGrace
	}}}, command[0], full...)
	child.Env = c.Env

	timeout := c.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(
		ctx, timeout, &Error{Args: shown, ExitCode: -1, Kind: ErrTimeout, Timeout: timeout},
	)
	defer cancel()

	status, err := wait(ctx, child, stdin)
	out := Output{
		Stdout: redact(stdout.String(), secrets),
		Stderr: redact(stderr.String(), secrets),
	}
	if c.OnStderr != nil && out.Stderr != "" {
		c.OnStderr(out.Stderr)
	}
	if err != nil {
		return out, err
	}
	return out, resultError(status, shown, out)
}

// wait starts the child and waits for it, or ends it and its process group when the context ends:
// go-cmd gives the child a group of its own, so the terminal's Ctrl-C doesn't reach it.
func wait(ctx context.Context, child *cmd.Cmd, stdin []byte) (cmd.Status, error) {
	if err := context.Cause(ctx); err != nil {
		return cmd.Status{}, err
	}
	var done <-chan cmd.Status
	if stdin == nil {
		done = child.Start()
	} else {
		done = child.StartWithStdin(bytes.NewReader(stdin))
	}
	select {
	case status := <-done:
		return status, nil
	case <-ctx.Done():
	}
	_ = child.Stop()
	select {
	case <-done:
	case <-time.After(stopGrace):
		if pid := child.Status().PID; pid > 0 {
			_ = syscall.Kill(-pid, syscall.SIGKILL)
		}
		<-done
	}
	return cmd.Status{}, context.Cause(ctx)
}

// capped keeps the first maxOutput bytes of a stream and takes the rest without keeping it. The
// buffer isn't embedded: its ReadFrom, which io.Copy prefers, knows no limit.
type capped struct{ kept bytes.Buffer }

func (b *capped) Write(p []byte) (int, error) {
	if room := maxOutput - b.kept.Len(); room > 0 {
		b.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (b *capped) String() string { return b.kept.String() }

func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return text
}

// shorten replaces the PHP that this package registers with --exec by an ellipsis: nobody wants to
// read it in an error.
func shorten(args []string) []string {
	for i, arg := range args {
		if strings.HasPrefix(arg, execPrefix) {
			args[i] = "--exec=…"
		}
	}
	return args
}

// Quote writes a call as one would type it in a shell.
func Quote(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = arg
		if arg == "" || strings.ContainsAny(arg, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
			quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
