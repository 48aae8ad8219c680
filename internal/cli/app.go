package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// app is what the commands share: the process's streams and environment, and the exit code.
type app struct {
	output
	getenv  func(string) string
	environ []string        // the whole environment, for children
	stop    <-chan struct{} // closed by Ctrl-C and the like, for waits that have no context
	code    int             // the exit code of the command that ran
	dropIn  string          // which drop-in is called instead of a command, or ""
	history history

	mistakes []error // in the call, found before the command's Action is called
}

// commands returns the tree of all commands.
func commands(a *app) []*cli.Command {
	commands := []*cli.Command{
		provisionCommand(a), cancelCommand(a), activateCommand(a), statusCommand(a),
		doctorCommand(a), licenseCommand(a), productCommand(a), siteCommand(a),
		partnerKeyCommand(a), upgradePathsCommand(a), credentialsCommand(a), magicLinkCommand(a),
		errorsCommand(a), whmcsCommand(a), sandboxCommand(a), completionCommand(a), helpCommand(a),
		versionCommand(a),
	}
	a.prepare(commands, commands, nil)
	return commands
}

// prepare sets what all commands have in common, recursively. The help of urfave/cli is switched
// off, because help.go has its own.
func (a *app) prepare(root, commands []*cli.Command, path []string) {
	for _, command := range commands {
		command.OnUsageError = func(_ *cli.Context, err error, _ bool) error {
			return flagError(err, command)
		}
		command.HideHelp = true
		if len(command.Subcommands) > 0 {
			path := append(slices.Clone(path), command.Name)
			command.Action = a.group(root, command.Subcommands, path)
			a.prepare(root, command.Subcommands, path)
		}
	}
}

// newRoot returns the urfave/cli application that runs the commands.
func newRoot(a *app) *cli.App {
	commands := commands(a)
	return &cli.App{
		Name: "jetpack-start", Usage: tagline, HideVersion: true,
		Commands: commands, Action: a.group(commands, commands, nil),
		Writer: a.stdout, ErrWriter: a.stderr, HideHelp: true,
		OnUsageError: func(_ *cli.Context, err error, _ bool) error {
			return flagError(err, &cli.Command{Subcommands: commands})
		},
		// The values of --fault, --site and --exec may hold commas.
		DisableSliceFlagSeparator: true,
		// The default handler ends the process.
		ExitErrHandler: func(*cli.Context, error) {},
	}
}

// group returns the Action of a command that has subcommands: it prints the command's help, or
// fails if there is an argument, which can only be an unknown subcommand.
func (a *app) group(root, commands []*cli.Command, path []string) cli.ActionFunc {
	return func(c *cli.Context) (err error) {
		if c.Args().Present() {
			return unknownCommand(c.Args().First(), c.Args().First(), commands)
		}
		a.code, err = a.help(root, path)
		return err
	}
}

// action returns the Action of a command: it rejects missing and unexpected arguments and unknown
// values, applies the output flags, calls run and keeps the exit code. names are the command's
// arguments; one in brackets is optional, one with … may be repeated.
func (a *app) action(run func(*cli.Context) (int, error), names ...string) cli.ActionFunc {
	noValues := func(*cli.Context) (struct{}, error) { return struct{}{}, nil }
	return checked(a, noValues,
		func(c *cli.Context, _ struct{}) (int, error) { return run(c) }, names...)
}

// run applies the output flags, calls do and keeps the exit code.
func (a *app) run(c *cli.Context, do func() (int, error)) (err error) {
	a.quiet, a.noColor = c.Bool("quiet"), a.noColor || c.Bool("no-color")
	a.debug = c.IsSet("debug") && c.String("debug") != "false"
	a.noJSON = lookupFlag(c.Command.Flags, "format") != nil && c.String("format") != "json"
	a.code, err = do()
	var usage *usageError
	if err == nil || errors.As(err, &usage) || errors.Is(err, errInterrupted) {
		return err
	}
	// The call itself was right, but its output couldn't be written or its input read.
	a.fail(err.Error(), "")
	a.code = max(a.code, exitFailed)
	return nil
}

// checkArguments returns a usage error if a required argument is missing or there are too many.
func checkArguments(args cli.Args, names []string) error {
	repeats := false
	for i, name := range names {
		if args.Get(i) == "" && !strings.HasPrefix(name, "[") {
			return &usageError{text: "missing " + strings.TrimSuffix(name, "…")}
		}
		repeats = strings.HasSuffix(strings.TrimSuffix(name, "]"), "…")
	}
	if args.Len() > len(names) && !repeats {
		return &usageError{text: fmt.Sprintf("unexpected argument %q", args.Get(len(names)))}
	}
	return nil
}

// flagError returns an error of urfave/cli's parser in our words.
func flagError(err error, command *cli.Command) *usageError {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: "); ok {
		return unknownFlag(strings.TrimLeft(name, "-"), command)
	}
	var value, name string
	if n, _ := fmt.Sscanf(text, "invalid value %q for flag -%s", &value, &name); n != 2 {
		return &usageError{text: text}
	}
	// Any text is valid for a text flag, so this is a number or a duration.
	name = strings.TrimSuffix(name, ":")
	var usage *usageError
	if f, ok := lookupFlag(command.Flags, name).(*timeFlag); ok {
		if _, err := f.parse(value); errors.As(err, &usage) {
			return usage
		}
	}
	return &usageError{text: fmt.Sprintf("--%s is not a number: %q", name, value)}
}

// unsupportedGlobals are WP-CLI's global parameters that no command takes, and those that mean
// something else here.
var unsupportedGlobals = map[string]string{
	"user":   "WP-CLI's --user isn't supported: wp runs without a user of the site",
	"color":  "WP-CLI's --color isn't supported; --no-color is",
	"prompt": "WP-CLI's --prompt isn't supported",
}

// unknownFlag returns the usage error for a flag that the command, or a group of commands before
// which it is given, doesn't have.
func unknownFlag(name string, command *cli.Command) *usageError {
	e := &usageError{text: "unknown flag --" + name, hint: unsupportedGlobals[name]}
	switch {
	case len(command.Subcommands) > 0:
		e.text += " before the command"
		with := []string{}
		everyCommand(command.Subcommands, nil, func(path []string, c *cli.Command) {
			if lookupFlag(c.Flags, name) != nil {
				with = append(with, strings.Join(path, " "))
			}
		})
		if len(with) == 0 && e.hint == "" {
			e.hint = nearestFlag(name, globalFlags())
		} else if len(with) > 0 {
			if e.hint != "" {
				e.hint += "; "
			}
			e.hint += fmt.Sprintf("the --%s of %s is given after the command",
				name, strings.Join(with, ", "))
		}
	case name == "wp-alias":
		e.text, e.hint = "an @alias is given", command.Name+" doesn't run wp, so it takes none"
	case lookupFlag(wpFlags(), name) != nil:
		e.hint = command.Name + " doesn't run wp, so it has no --" + name
	case e.hint == "":
		e.hint = nearestFlag(name, command.Flags)
	}
	return e
}
