package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// optionalValues are the values of the flags whose value may be omitted, if it is.
var optionalValues = map[string]string{
	"wait": "5m", "debug": "true", "skip-plugins": "true", "skip-themes": "true",
	"force-register": "1", "force-connect": "1", "onboarding": "1",
}

// arrange returns a command's arguments in the form that urfave/cli parses without surprises:
// every flag as --name=value, and before the arguments, because it stops parsing at the first of
// them. The WP-CLI alias (@name) is returned separately. Unknown flags are kept, so that
// urfave/cli rejects them.
func arrange(args []string, flags []cli.Flag) (arranged []string, alias string) {
	var names, values []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			values = append(values, args[i+1:]...)
			break
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			if alias == "" && isAlias(arg) {
				alias = arg
			} else {
				values = append(values, arg)
			}
			continue
		}
		name, _, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		flag := lookupFlag(flags, name)
		switch {
		case hasValue, flag == nil:
			names = append(names, arg)
		case optionalValues[flag.Names()[0]] != "":
			names = append(names, arg+"="+optionalValues[flag.Names()[0]])
		case takesNextWord(flag) && i+1 < len(args):
			i++
			names = append(names, arg+"="+args[i])
		default:
			names = append(names, arg)
		}
	}
	arranged = names
	if len(values) > 0 {
		arranged = append(append(arranged, "--"), values...)
	}
	return arranged, alias
}

// lookupFlag returns the flag with the name or alias, or nil.
func lookupFlag(flags []cli.Flag, name string) cli.Flag {
	i := slices.IndexFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
	if i < 0 {
		return nil
	}
	return flags[i]
}

// wantsHelp reports whether a command's arguments contain a help flag.
func wantsHelp(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--":
			return false
		case "--help", "-help", "-h", "--h":
			return true
		}
	}
	return false
}

// find returns the command that the first of words name, with its path, and the words after it.
func find(
	commands []*cli.Command, words []string,
) (path []string, command *cli.Command, rest []string) {
	for len(words) > len(path) {
		next := lookupCommand(commands, words[len(path)])
		if next == nil {
			break
		}
		command, commands, path = next, next.Subcommands, append(path, next.Name)
	}
	return path, command, words[len(path):]
}

// cutGlobals splits the program's arguments into WP-CLI's global parameters, @aliases and help
// flags that are given before a command or subcommand, because wp takes them everywhere, and the
// other words.
func cutGlobals(commands []*cli.Command, args []string) (globals, words []string) {
	flags := globalFlags()
	for i := 0; i < len(args); i++ {
		arg := args[i]
		name, _, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		flag, command := lookupFlag(flags, name), lookupCommand(commands, arg)
		switch {
		case isAlias(arg), wantsHelp(args[i : i+1]):
			globals = append(globals, arg)
		case strings.HasPrefix(arg, "-") && flag != nil:
			if !hasValue && takesNextWord(flag) && i+1 < len(args) {
				i++
				arg += "=" + args[i]
			}
			globals = append(globals, arg)
		case command != nil && len(command.Subcommands) > 0:
			words, commands = append(words, arg), command.Subcommands
		default: // a command without subcommands, or an unknown word
			return globals, append(words, args[i:]...)
		}
	}
	return globals, words
}

// globalFlags are the flags that may be given before a command.
func globalFlags() []cli.Flag { return append(wpFlags(), outputFlags()...) }

// isAlias reports whether the argument is an alias of WP-CLI.
func isAlias(arg string) bool { return len(arg) > 1 && arg[0] == '@' }

// takesNextWord reports whether the word after the flag is its value if that isn't given with =.
func takesNextWord(flag cli.Flag) bool {
	_, isBool := flag.(*cli.BoolFlag)
	return !isBool && optionalValues[flag.Names()[0]] == ""
}

// lookupCommand returns the command with the name, or nil.
func lookupCommand(commands []*cli.Command, name string) *cli.Command {
	i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(name) })
	if i < 0 {
		return nil
	}
	return commands[i]
}
