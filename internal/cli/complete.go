package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// completeWord is the hidden command that the completion scripts call.
const completeWord = "__complete"

// Candidates that begin with a colon tell the script to complete files or directories.
const (
	anyFile   = ":files"
	anyFolder = ":folders"
)

// candidate is a word that may be inserted at the cursor, with its description.
type candidate struct{ word, text string }

// complete prints the candidates for the last of words, one per line, with a tab before the
// description. If there are no words they are read from stdin, each with a NUL byte at its end: the
// scripts pass them so, because the line may contain a secret and arguments are visible.
func (a *app) complete(commands []*cli.Command, words []string) int {
	if len(words) == 0 {
		input, err := io.ReadAll(io.LimitReader(a.stdin, 1<<20))
		if err != nil {
			return exitFailed
		}
		words = strings.Split(strings.TrimSuffix(string(input), "\x00"), "\x00")
	}
	for _, c := range candidates(commands, words) {
		if _, err := fmt.Fprintf(a.stdout, "%s\t%s\n", c.word, oneLine(c.text)); err != nil {
			return exitFailed
		}
	}
	return exitOK
}

// candidates returns the candidates for the last of words.
func candidates(commands []*cli.Command, words []string) []candidate {
	current := words[len(words)-1]
	globals, before := cutGlobals(commands, words[:len(words)-1])
	path, command, rest := find(commands, before)
	switch {
	case command != nil && command.Name == "help" && !strings.HasPrefix(current, "-"):
		found := candidates(commands, append(slices.Clone(rest), current))
		if len(rest) == 0 {
			for _, topic := range helpTopics {
				topics := []candidate{{topic.name, topic.usage}}
				found = append(found, withPrefix(current, topics)...)
			}
		}
		return found
	case command != nil && len(command.Subcommands) == 0:
		return argumentCandidates(command, slices.Concat(globals, rest), current)
	case len(rest) > 0:
		return nil // unknown command
	case strings.HasPrefix(current, "-"):
		return globalCandidates(globals, current, len(path) == 0)
	case command != nil:
		commands = command.Subcommands
	}
	return withPrefix(current, commandsAsCandidates(commands))
}

var helpCandidate = candidate{"--help", "show help"}

// globalCandidates returns the flags that may be given before a command; version tells whether
// that includes --version.
func globalCandidates(before []string, current string, version bool) []candidate {
	found := argumentCandidates(&cli.Command{Flags: globalFlags()}, before, current)
	if version {
		found = append(found,
			withPrefix(current, []candidate{{"--version", "print the version"}})...)
	}
	return found
}

// commandsAsCandidates returns the visible commands.
func commandsAsCandidates(commands []*cli.Command) []candidate {
	found := []candidate{}
	for _, command := range commands {
		if isListed(command) {
			found = append(found, candidate{command.Name, command.Usage})
		}
	}
	return found
}

// argumentCandidates returns the candidates after a command and the words before: flags, values of
// flags, and arguments.
func argumentCandidates(command *cli.Command, before []string, current string) []candidate {
	given, arguments, onlyArguments := map[string]bool{}, []string{}, false
	var open cli.Flag // the flag whose value is the next word
	for _, word := range before {
		switch {
		case open != nil:
			open = nil
		case onlyArguments || !strings.HasPrefix(word, "-") || word == "-":
			if !strings.HasPrefix(word, "@") {
				arguments = append(arguments, word)
			}
		case word == "--":
			onlyArguments = true
		default:
			name, _, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
			if flag := lookupFlag(command.Flags, name); flag != nil {
				given[flag.Names()[0]] = true
				_, isBool := flag.(*cli.BoolFlag)
				if !hasValue && !isBool && optionalValues[flag.Names()[0]] == "" {
					open = flag
				}
			}
		}
	}
	if open != nil {
		return valueCandidates(open, "", current)
	}
	name, value, hasValue := strings.Cut(current, "=")
	if hasValue && strings.HasPrefix(name, "-") && !onlyArguments {
		if flag := lookupFlag(command.Flags, strings.TrimLeft(name, "-")); flag != nil {
			return valueCandidates(flag, name+"=", value)
		}
		return nil
	}
	found := []candidate{}
	if !strings.HasPrefix(current, "-") {
		found = argumentValues(command, arguments, current)
	}
	if !onlyArguments && (strings.HasPrefix(current, "-") || current == "" && len(found) == 0) {
		found = withPrefix(current, append(flagCandidates(command.Flags, given), helpCandidate))
	}
	return found
}

// flagCandidates returns the flags, in the order of the help, except those given that can't be
// repeated. A flag that takes a value ends with =.
func flagCandidates(flags []cli.Flag, given map[string]bool) []candidate {
	found := []candidate{}
	for _, group := range flagGroups(flags) {
		for _, flag := range group.flags {
			name := flag.Names()[0]
			if given[name] && !repeatable(flag) {
				continue
			}
			_, text := placeholderOf(flag)
			text, _, _ = strings.Cut(text, " [$")
			word := "--" + name
			if flag.TakesValue() && optionalValues[name] == "" {
				word += "="
			}
			found = append(found, candidate{word, text})
		}
	}
	return found
}

// withPrefix returns the candidates that begin with current, and those that begin with a colon.
func withPrefix(current string, all []candidate) []candidate {
	return slices.DeleteFunc(slices.Clone(all), func(c candidate) bool {
		return !strings.HasPrefix(c.word, current) && !strings.HasPrefix(c.word, ":")
	})
}
