package wpcli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-cmd/cmd"
)

const (
	defaultTimeout = 5 * time.Minute
	// defaultGrace is the time between SIGTERM and SIGKILL. It is also the time for which a pipe
	// that a grandchild holds open is read after the child has ended.
	defaultGrace = 5 * time.Second
)

// CLI calls WP-CLI for one site. The zero value runs "wp" from the PATH in the current directory.
type CLI struct {
	// Command is the program and its first arguments; empty means "wp". See [ParseCommand].
	Command []string
	// Alias is a WP-CLI alias with its @, such as "@production". It is passed before all other
	// arguments.
	Alias string
	// Global holds WP-CLI's global parameters: --path=…, --ssh=…, --url=…, --allow-root. They are
	// passed on unchanged.
	Global []string
	// Env is the environment of the child process; nil means that of this process. Every plugin of
	// the site can read it, so it must not hold secrets.
	Env []string
	// Dir is the working directory of WP-CLI; "" means that of this process.
	Dir string
	// RunAs is the account with whose rights WP-CLI runs; nil means that of this process. Only root
	// can run it as another.
	RunAs *Account
	// Refuse, if not nil, is the error of each call: WP-CLI isn't run.
	Refuse error
	// Ask, if not nil, is called for each question of the ssh that WP-CLI runs for a --ssh
	// parameter, one after the other. It returns the answer; ok reports whether the question was
	// answered. It isn't called for a CLI with RunAs, or whose Env has SSH_ASKPASS. The program
	// must call [Askpass].
	Ask func(context.Context, Question) (answer string, ok bool)
	// ProbeMode is how Probe reads the site; "" means ProbeAuto.
	ProbeMode ProbeMode
	// Timeout limits the duration of one call; default 5m.
	Timeout time.Duration
	// SetupTimeout limits the duration of a call of SetUp, together with Timeout; default
	// [DefaultSetupTimeout].
	SetupTimeout time.Duration
	// RequestTimeout limits each HTTP request that a plugin makes during SetUp; default
	// [DefaultRequestTimeout].
	RequestTimeout time.Duration
	// SiteKey returns the normal form of a site's URL, for comparing the --url that was asked for
	// with the URL of the site that answered. Without it, Probe only ignores case.
	SiteKey func(siteURL string) string
	// OnCall, if not nil, is called with the command line before each call. The PHP code of an
	// --exec parameter is replaced by an ellipsis.
	OnCall func(args []string)
	// OnProbe, if not nil, is called with the result of each Probe.
	OnProbe func(site *Site)
	// OnStderr, if not nil, is called after each call with what it wrote to standard error, unless
	// that is empty.
	OnStderr func(stderr string)
	// OnBadStdout, if not nil, is called with the standard output of each call that failed or
	// printed no usable answer, unless that is empty.
	OnBadStdout func(stdout string)

	grace time.Duration // 0 means defaultGrace; tests shorten it
}

// ParseCommand splits the value of an option that names WP-CLI into a command. The value is a path
// or a name. If no such file exists, it is split at spaces, as in
// "php -d memory_limit=512M /opt/wp-cli.phar". A .phar file that isn't executable is run with php.
// An empty value returns nil.
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

// Output holds what a call printed, at most 32 MiB of each stream.
type Output struct {
	Stdout, Stderr string
}

// Run calls WP-CLI with the global parameters and args, and without input. It returns an [*Error]
// if the call failed, or the cause of ctx if ctx ended first; the child and its process group have
// ended then too. What was printed is returned in both cases.
func (c *CLI) Run(ctx context.Context, args ...string) (Output, error) {
	return c.run(ctx, nil, nil, args...)
}

// run is Run with stdin as WP-CLI's input; nil means none. Each of the secrets is replaced by
// "[redacted]" in the output and the error.
func (c *CLI) run(
	ctx context.Context, stdin []byte, secrets []string, args ...string,
) (Output, error) {
	if c.Refuse != nil {
		return Output{}, c.Refuse
	}
	command := c.commandLine(args)
	shown := shorten(command)
	if c.OnCall != nil {
		c.OnCall(shown)
	}

	grace := cmp.Or(c.grace, defaultGrace)
	var stdout, stderr limitedBuffer
	child := cmd.NewCmdOptions(cmd.Options{BeforeExec: []func(*exec.Cmd){func(e *exec.Cmd) {
		// go-cmd's own buffers drop what follows a line of 64 KiB, which a site may print.
		e.Stdout, e.Stderr = &stdout, &stderr
		e.WaitDelay = grace
		isolate(e, c.RunAs)
	}}}, command[0], command[1:]...)
	child.Dir = c.Dir

	timeout := c.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	timedOut := &Error{Args: shown, ExitCode: -1, Kind: ErrTimeout, Timeout: timeout}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, timedOut)
	defer cancel()

	asking := c.startAskpass(ctx)
	child.Env = asking.env(c.Env)
	status, err := wait(ctx, child, stdin, grace)
	asked := asking.stop()
	out := Output{
		Stdout: redact(stdout.String(), secrets),
		Stderr: redact(stderr.String(), secrets),
	}
	if c.OnStderr != nil && out.Stderr != "" {
		c.OnStderr(out.Stderr)
	}
	if err == nil {
		err = resultError(status, shown, out)
	}
	if failed := (*Error)(nil); errors.As(err, &failed) {
		failed.Asked = asked
	}
	return out, c.showStdout(out, err)
}

// showStdout calls OnBadStdout if err, which it returns, isn't nil.
func (c *CLI) showStdout(out Output, err error) error {
	if err != nil && c.OnBadStdout != nil && out.Stdout != "" {
		c.OnBadStdout(out.Stdout)
	}
	return err
}

// commandLine returns the whole command line of a call with args.
func (c *CLI) commandLine(args []string) []string {
	line := slices.Clone(c.Command)
	if len(line) == 0 {
		line = []string{"wp"}
	}
	if c.Alias != "" {
		line = append(line, c.Alias)
	}
	return slices.Concat(line, c.Global, args)
}

// wait starts the child and waits until it ends. If ctx ends first, it sends SIGTERM to the
// child's process group, after grace SIGKILL, and returns the cause of ctx. The child has a
// session of its own, so a Ctrl-C in the terminal doesn't reach it.
func wait(
	ctx context.Context, child *cmd.Cmd, stdin []byte, grace time.Duration,
) (cmd.Status, error) {
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
	case <-time.After(grace):
		if pid := child.Status().PID; pid > 0 {
			_ = syscall.Kill(-pid, syscall.SIGKILL)
		}
		<-done
	}
	return cmd.Status{}, context.Cause(ctx)
}

// shorten returns a command line as messages show it: the program without its directory, and
// without the PHP code that this package passes with --exec.
func shorten(line []string) []string {
	line = slices.Clone(line)
	line[0] = filepath.Base(line[0])
	for i, arg := range line {
		if strings.HasPrefix(arg, execPrefix) {
			line[i] = execPrefix + "…"
		}
	}
	return line
}

// Quote returns a command line as it would be typed in a POSIX shell.
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
