// Package cli is the command line: one file a command. A command's Action fills an options struct from the flags; a
// plain function does the work; errors become text, hint and exit code in one place (report.go).
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

// Version is what --version prints; the build sets it with -ldflags "-X jetpack-start/cli.Version=…".
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

// Run carries out the command line in args and gives the exit code. environ is the whole environment, for children.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string, environ []string) int {
	w := &world{stdin: stdin, stdout: stdout, stderr: stderr, getenv: getenv, environ: environ}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	if kind, rest, scriptDir := dropIn(args, getenv); kind != "" {
		return dropInRun(ctx, w, kind, rest, scriptDir)
	}
	app := newApp(w)
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
	if err := app.RunContext(ctx, args); err != nil {
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
		provisionCommand(w), cancelCommand(w), activateCommand(w), statusCommand(w), doctorCommand(w), sandboxCommand(w),
	}
	prepare(commands)
	return &cli.App{
		Name: "jetpack-start", Usage: "provision and cancel Jetpack plans on a host's WordPress sites",
		Version: Version, Commands: commands, Writer: w.stdout, ErrWriter: w.stderr,
		OnUsageError:    func(_ *cli.Context, err error, _ bool) error { return flagError(err) },
		HideHelpCommand: true, Suggest: true, CustomAppHelpTemplate: appHelp,
		DisableSliceFlagSeparator: true,                         // a fault, a site or PHP code can hold a comma
		ExitErrHandler:            func(*cli.Context, error) {}, // urfave's own ends the process
		Action:                    group(commands, cli.ShowAppHelp),
	}
}

// prepare gives all commands, the nested ones too, the same ways.
func prepare(commands []*cli.Command) {
	for _, command := range commands {
		command.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return flagError(err) }
		command.HideHelpCommand = true
		command.CustomHelpTemplate = commandHelp
		if len(command.Subcommands) > 0 {
			command.CustomHelpTemplate = groupHelp
			command.Action = group(command.Subcommands, cli.ShowSubcommandHelp)
			prepare(command.Subcommands)
		}
	}
}

// group is the action of a command that only holds others: called bare it shows its help.
func group(commands []*cli.Command, help func(*cli.Context) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		if c.Args().Present() {
			return &usageError{text: fmt.Sprintf("unknown command %q", c.Args().First()), hint: "the commands: " + commandNames(commands)}
		}
		return help(c)
	}
}

// action wraps what a command does: it takes the global settings, refuses missing and stray arguments and keeps the
// exit code. names are the arguments that the command takes; one in brackets may be left out, one with … repeats.
func (w *world) action(run func(*cli.Context) (int, error), names ...string) cli.ActionFunc {
	return func(c *cli.Context) (err error) {
		for i, name := range names {
			if c.Args().Get(i) == "" && !strings.HasPrefix(name, "[") {
				return &usageError{text: "missing " + strings.TrimSuffix(name, "…")}
			}
		}
		repeats := len(names) > 0 && strings.HasSuffix(strings.TrimSuffix(names[len(names)-1], "]"), "…")
		if c.Args().Len() > len(names) && !repeats {
			return &usageError{text: fmt.Sprintf("unexpected argument %q", c.Args().Get(len(names)))}
		}
		w.quiet, w.noColor = c.Bool("quiet"), c.Bool("no-color")
		w.debug = c.IsSet("debug") && c.String("debug") != "false"
		w.code, err = run(c)
		return err
	}
}

func commandNames(commands []*cli.Command) string {
	names := make([]string, len(commands))
	for i, command := range commands {
		names[i] = command.Name
	}
	return strings.Join(names, ", ")
}

// flagError puts urfave's words into ours.
func flagError(err error) *usageError {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: "); ok {
		return &usageError{text: "unknown flag -" + name}
	}
	var value, name string
	if n, _ := fmt.Sscanf(text, "invalid value %q for flag -%s", &value, &name); n == 2 { // text takes any value, a time doesn't
		return &usageError{text: fmt.Sprintf("--%s is not a time: %q", strings.TrimSuffix(name, ":"), value), hint: "such as 90s or 5m"}
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
