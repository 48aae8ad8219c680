package cli

import (
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"
)

// minSimilarity is the least similarity, from 0 to 1, of a word that is suggested.
const minSimilarity = 0.84

// nearest returns the one of words that is most similar to word, or "" if none is similar. Its
// measure is that of urfave/cli's suggestions, which has no minimum.
func nearest(word string, words []string) string {
	best, most := "", minSimilarity
	for _, candidate := range words {
		if s := smetrics.JaroWinkler(strings.ToLower(word), candidate, 0.7, 4); s > most {
			best, most = candidate, s
		}
	}
	return best
}

// nearestFlag returns the hint that names the flag with a similar name, or "".
func nearestFlag(name string, flags []cli.Flag) string {
	names := []string{}
	for _, flag := range flags {
		if isVisible(flag) {
			names = append(names, flag.Names()...)
		}
	}
	if found := nearest(name, names); found != "" {
		return "did you mean --" + found + "?"
	}
	return ""
}

// unknownCommand returns the usage error for a command that isn't one of commands.
func unknownCommand(name, word string, commands []*cli.Command) *usageError {
	e := &usageError{text: "unknown command " + quoted(name)}
	names := visibleNames(commands)
	e.hint = "the commands: " + strings.Join(names, ", ")
	if found := nearest(word, names); found != "" {
		e.hint = "did you mean " + found + "? The commands: " + strings.Join(names, ", ")
	}
	return e
}

// visibleNames returns the names of the commands that are listed.
func visibleNames(commands []*cli.Command) []string {
	names := []string{}
	for _, command := range commands {
		if isListed(command) {
			names = append(names, command.Name)
		}
	}
	return names
}
