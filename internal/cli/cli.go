// Package cli is the command line: one file a command. A command's Action fills an options struct
// from the flags; a plain function does the work; errors become text, hint and exit code in one
// place (report.go).
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

// Version is what --version prints; the build sets it with
// -ldflags "-X jetpack-start/internal/cli.Version=…".
var Version = "0.1.0-dev"

// Exit codes of all commands; the drop-ins know only 0 and 1.
const (
	exitOK          = 0   // done; a pending connection is done
	exitFailed      = 1   // failed
	exitUsage       = 2   // the call itself is wrong; nothing was done
	exitWaitRanOut  = 4   // --wait ran out; what was asked for is done and pending
	exitInterrupted = 130 // Ctrl-C or SIGTERM
)

// usageError is a call that is wrong in itself.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }

// Run carries out the command line in args and gives the exit code. environ is the whole
// environment, for children.
func Run(
	args []string,
	stdin io.Reader,
	stdout, stderr io.Writer,
	getenv func(string) string,
	environ []string,
) int {
	w := &world{stdin: stdin, stdout: stdout, stderr: stderr, getenv: getenv, environ: environ}
	ctx, stop := signal.NotifyContext(
		context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP,
	)
	defer stop()
	w.stop = ctx.Done()
	// A reader of standard error that went away must not end the program between a plan and its
	// result. Taken notice of, not ignored: wp would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)

	if kind, rest, scriptDir := dropIn(args, getenv); kind != "" {
		return dropInRun(ctx, w, kind, rest, scriptDir)
	}
	app := newApp(w)
	if len(args) > 1 && args[1] == completeWord {
		return w.complete(app.Commands, args[2:])
	}
	path, commands := []string{}, app.Commands
	for len(args) > len(path)+1 {
		command := named(commands, args[len(path)+1])
		if command == nil {
			break
		}
		path, commands = append(path, command.Name), command.Subcommands
		if len(commands) == 0 {
			at := len(path) + 1
			arranged, alias := arrange(args[at:], command.Flags)
			if alias != "" {
				arranged = append([]string{"--wp-alias=" + alias}, arranged...)
			}
			args = append(append([]string{}, args[:at]...), arranged...)
		}
	}
	asked := args[min(len(args), len(path)+1):]
	if len(commands) > 0 { // of a group's arguments, the first alone is its own
		asked = asked[:min(len(asked), 1)]
	}
	var err error
	if wantsHelp(asked) {
		w.code, err = w.help(app.Commands, path)
	} else {
		err = app.RunContext(ctx, args)
	}
	if errors.Is(err, errInterrupted) {
		w.fail("interrupted", "")
		return exitInterrupted
	}
	if err != nil {
		var usage *usageError
		if !errors.As(err, &usage) {
			usage = &usageError{text: err.Error()}
		}
		hint := usage.hint
		if hint == "" {
			hint = "see " + strings.TrimSpace("jetpack-start "+strings.Join(path, " ")) + " --help"
		}
		w.fail(usage.text, hint)
		return exitUsage
	}
	return w.code
}

func named(commands []*cli.Command, name string) *cli.Command {
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(name) })
	if i < 0 {
		return nil
	}
	return commands[i]
}

func newApp(w *world) *cli.App {
	commands := []*cli.Command{
		provisionCommand(
			w,
		), cancelCommand(w), activateCommand(w), statusCommand(w), doctorCommand(w),
		licenseCommand(
			w,
		), productCommand(w), siteCommand(w), partnerKeyCommand(w), upgradePathsCommand(w), credentialsCommand(w),
		magicLinkCommand(w), errorsCommand(w), whmcsCommand(w), sandboxCommand(w),
		completionCommand(w), helpCommand(w),
	}
	w.prepare(commands, commands, nil)
	return &cli.App{
		Name: "jetpack-start", Usage: tagline,
		Version: Version, Commands: commands, Writer: w.stdout, ErrWriter: w.stderr,
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return flagError(err) },
		HideHelp:     true, Suggest: true,
		DisableSliceFlagSeparator: true,                         // a fault, a site or PHP code can hold a comma
		ExitErrHandler:            func(*cli.Context, error) {}, // urfave's own ends the process
		Action:                    w.group(commands, commands, nil),
	}
}

// prepare gives all commands, the nested ones too, the same ways. Their help is ours (help.go),
// not urfave's.
func (w *world) prepare(root, commands []*cli.Command, path []string) {
	for _, command := range commands {
		command.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return flagError(err, command.Flags...) }
		command.HideHelp = true
		if len(command.Subcommands) > 0 {
			path := append(slices.Clone(path), command.Name)
			command.Action = w.group(root, command.Subcommands, path)
			w.prepare(root, command.Subcommands, path)
		}
	}
}

// group is the action of a command that only holds others: called bare it shows its help.
func (w *world) group(root, commands []*cli.Command, path []string) cli.ActionFunc {
	return func(c *cli.Context) (err error) {
		if c.Args().Present() {
			return &usageError{
				text: fmt.Sprintf("unknown command %q", c.Args().First()),
				hint: "the commands: " + commandNames(commands),
			}
		}
		w.code, err = w.help(root, path)
		return err
	}
}

// action wraps what a command does: it takes the global settings, refuses missing and stray
// arguments and keeps the exit code. names are the arguments that the command takes; one in
// brackets may be left out, one with … repeats.
func (w *world) action(run func(*cli.Context) (int, error), names ...string) cli.ActionFunc {
	return func(c *cli.Context) (err error) {
		for i, name := range names {
			if c.Args().Get(i) == "" && !strings.HasPrefix(name, "[") {
				return &usageError{text: "missing " + strings.TrimSuffix(name, "…")}
			}
		}
		repeats := len(names) > 0 &&
			strings.HasSuffix(strings.TrimSuffix(names[len(names)-1], "]"), "…")
		if c.Args().Len() > len(names) && !repeats {
			return &usageError{
				text: fmt.Sprintf("unexpected argument %q", c.Args().Get(len(names))),
			}
		}
		w.quiet, w.noColor = c.Bool("quiet"), c.Bool("no-color")
		w.debug = c.IsSet("debug") && c.String("debug") != "false"
		w.code, err = run(c)
		var usage *usageError
		if err == nil || errors.As(err, &usage) || errors.Is(err, errInterrupted) {
			return err
		}
		// What remains is an output that could not be written, or an input that could not be read:
		// the call was right.
		w.fail(err.Error(), "")
		w.code = max(w.code, exitFailed)
		return nil
	}
}

func commandNames(commands []*cli.Command) string {
	names := make([]string, len(commands))
	for i, command := range commands {
		names[i] = command.Name
	}
	return strings.Join(names, ", ")
}

// flagError puts urfave's words into ours; flags are the command's.
func flagError(err error, flags ...cli.Flag) *usageError {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: "); ok {
		return &usageError{text: "unknown flag -" + name}
	}
	var value, name string
	if n, _ := fmt.Sscanf(text, "invalid value %q for flag -%s", &value, &name); n == 2 { // text takes any value, numbers and times don't
		name = strings.TrimSuffix(name, ":")
		switch lookup(flags, name).(type) {
		case *cli.IntFlag, *cli.Int64Flag:
			return &usageError{text: fmt.Sprintf("--%s is not a number: %q", name, value)}
		}
		return &usageError{
			text: fmt.Sprintf("--%s is not a time: %q", name, value),
			hint: "such as 90s or 5m",
		}
	}
	return &usageError{text: text}
}

// baseName is the name by which the program was called.
func baseName(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return filepath.Base(args[0])
}
