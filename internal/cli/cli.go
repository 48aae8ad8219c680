// Package cli is the command line. Each command has a file cmd_*.go with a function that returns
// the command, one that reads its flags into an options struct, and one that does the work. Errors
// become a message, a hint and an exit code in one place, report.go.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/crash"
	"jetpack-start/wpcli"
)

// Version is the version that --version prints. The build sets it with
// -ldflags "-X jetpack-start/internal/cli.Version=…".
var Version = "0.1.0-dev"

// The exit codes of all commands. The drop-ins use only 0, 1 and, for a bug, 70.
const (
	exitOK          = 0   // done, also if the connection is still pending
	exitFailed      = 1   // failed
	exitUsage       = 2   // the call itself is wrong; nothing was done
	exitWaitRanOut  = 4   // the time of --wait ran out; the request is done and pending
	exitPanic       = 70  // a bug; EX_SOFTWARE of sysexits.h
	exitInterrupted = 130 // Ctrl-C or SIGTERM
	exitAborted     = 134 // a fatal error of the Go runtime; what shells make of SIGABRT
)

// usageError is an error in the call itself. The hint may be empty.
type usageError struct {
	text, hint  string
	credentials bool // credentials are missing
}

func (e *usageError) Error() string { return e.text }

// Run runs the command line in args, of which the first is the program's name, and returns the exit
// code. environ is the whole environment, for children.
func Run(
	args []string,
	stdin io.Reader,
	stdout, stderr io.Writer,
	getenv func(string) string,
	environ []string,
) (code int) {
	if code, handled := wpcli.Askpass(args, getenv, stdout); handled {
		return code
	}
	ctx, stop := signal.NotifyContext(
		context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP,
	)
	defer stop()
	// Catch SIGPIPE, so that a closed stderr can't kill us between the API call and the result. It
	// isn't ignored, because wp would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)

	a := &app{
		output: newOutput(stdin, stdout, stderr, getenv),
		getenv: getenv, environ: environ, stop: ctx.Done(),
	}
	defer func() {
		if value := recover(); value != nil {
			code = a.reportPanic(crash.Caught(value))
		}
	}()
	if kind, rest, scriptDir := dropIn(args, getenv); kind != "" {
		a.dropIn = kind
		return dropInRun(ctx, a, kind, rest, scriptDir)
	}
	root := newRoot(a)
	if len(args) > 1 && args[1] == completeWord {
		return a.complete(root.Commands, args[2:])
	}
	return a.dispatch(ctx, root, args)
}

// dispatch runs the command that args name, or prints its help, and returns the exit code.
func (a *app) dispatch(ctx context.Context, root *cli.App, args []string) int {
	name := args[:min(len(args), 1)]
	globals, words := cutGlobals(root.Commands, args[len(name):])
	path, command, rest := find(root.Commands, words)
	own := slices.Concat(globals, rest)
	if command == nil || len(command.Subcommands) > 0 {
		// Whatever follows an unknown word belongs to it.
		own = slices.Concat(globals, rest[:min(len(rest), 1)])
	} else {
		arranged, alias := arrange(own, command.Flags)
		if alias != "" {
			arranged = append([]string{"--wp-alias=" + alias}, arranged...)
		}
		own = arranged
		if !wantsHelp(own) {
			rest = a.checkFlags(arranged, command)
		}
	}
	var err error
	switch {
	case wantsHelp(own):
		a.code, err = a.help(root.Commands, path)
	case command == nil && len(rest) > 0 && isVersionFlag(rest[0]):
		a.code, err = a.version()
	default:
		err = root.RunContext(ctx, slices.Concat(name, path, rest))
	}
	switch {
	case err == nil:
		return a.code
	case errors.Is(err, errInterrupted):
		a.fail("interrupted", "")
		return exitInterrupted
	}
	a.reportMistakes(err,
		"see "+strings.Join(append([]string{"jetpack-start"}, path...), " ")+" --help")
	return exitUsage
}
