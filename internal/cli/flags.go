package cli

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// The headings under which --help lists flags. A flag without a category is under "Flags".
const (
	catWP          = "WordPress (WP-CLI's global parameters, passed on)"
	catCredentials = "Credentials"
	catAPI         = "API"
	catLedger      = "Ledger"
	catOutput      = "Output"
	catSafety      = "Safety"
)

// textFlag returns a flag that takes text. The word in backticks in usage is the placeholder of its
// value, from which the completion also derives the values (valuesOf).
func textFlag(category, name, usage string) *cli.StringFlag {
	return &cli.StringFlag{Name: name, Usage: usage, Category: category}
}

// boolFlag returns a flag without a value.
func boolFlag(category, name, usage string) *cli.BoolFlag {
	return &cli.BoolFlag{Name: name, Usage: usage, Category: category}
}

// listFlag returns a text flag that may be given more than once.
func listFlag(category, name, usage string) *cli.StringSliceFlag {
	return &cli.StringSliceFlag{Name: name, Usage: usage, Category: category}
}

// choiceFlag is a text flag with a fixed set of values, which checkChoices enforces.
type choiceFlag struct {
	*cli.StringFlag
	values []string
	many   bool   // takes several values, separated by commas
	env    string // the variable with the value if the flag isn't given; "" for none
}

// withUnderscores adds to each text flag with dashes in its name the spelling with underscores, as
// the old scripts had it.
func withUnderscores(flags ...cli.Flag) []cli.Flag {
	for _, flag := range flags {
		if text, ok := flag.(*cli.StringFlag); ok && strings.Contains(text.Name, "-") {
			text.Aliases = []string{strings.ReplaceAll(text.Name, "-", "_")}
		}
	}
	return flags
}

// outputFlags are the flags of all commands. action applies them.
func outputFlags() []cli.Flag {
	return []cli.Flag{
		boolFlag(catOutput, "quiet", "no warnings and no progress on standard error, only errors"),
		boolFlag(catOutput, "no-color", "no color and no progress"),
		textFlag(catOutput, "debug", "show each wp call and request, without secrets; "+
			"--debug=wp adds WP-CLI's own debug output, --debug=`GROUP` one group of it"),
	}
}
