package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/provision"
)

// completeWord is the hidden command that the completion scripts call.
const completeWord = "__complete"

// planSlugs are the plans and products in docs/contract.md, "Partner API". They are only for
// completion, because the API may know others.
var planSlugs = []string{
	"free", "personal", "premium", "professional", "complete", "jetpack-backup-daily",
	"jetpack-backup-realtime", "jetpack-scan", "jetpack-anti-spam", "jetpack-videopress",
}

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
	path, command, rest := find(commands, words[:len(words)-1])
	switch {
	case command != nil && command.Name == "help" && !strings.HasPrefix(current, "-"):
		return candidates(commands, append(slices.Clone(rest), current))
	case command != nil && len(command.Subcommands) == 0:
		return argumentCandidates(command, rest, current)
	case len(rest) > 0:
		return nil // unknown command
	case strings.HasPrefix(current, "-") && len(path) == 0:
		return beginning(current, []candidate{helpCandidate, {"--version", "print the version"}})
	case strings.HasPrefix(current, "-"):
		return beginning(current, []candidate{helpCandidate})
	case command != nil:
		commands = command.Subcommands
	}
	return beginning(current, commandsAsCandidates(commands))
}

var helpCandidate = candidate{"--help", "show help"}

// commandsAsCandidates returns the visible commands.
func commandsAsCandidates(commands []*cli.Command) []candidate {
	found := []candidate{}
	for _, command := range commands {
		if !command.Hidden {
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
			if flag := lookup(command.Flags, name); flag != nil {
				given[flag.Names()[0]] = true
				if _, isBool := flag.(*cli.BoolFlag); !hasValue && !isBool &&
					optional[flag.Names()[0]] == "" {
					open = flag
				}
			}
		}
	}
	if open != nil {
		return valueCandidates(open, "", current)
	}
	if name, value, hasValue := strings.Cut(current, "="); hasValue &&
		strings.HasPrefix(name, "-") &&
		!onlyArguments {
		if flag := lookup(command.Flags, strings.TrimLeft(name, "-")); flag != nil {
			return valueCandidates(flag, name+"=", value)
		}
		return nil
	}
	found := []candidate{}
	if !strings.HasPrefix(current, "-") {
		found = argumentValues(command, arguments, current)
	}
	if !onlyArguments && (strings.HasPrefix(current, "-") || current == "" && len(found) == 0) {
		found = beginning(current, append(flagCandidates(command.Flags, given), helpCandidate))
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
			if flag.TakesValue() && optional[name] == "" {
				word += "="
			}
			found = append(found, candidate{word, text})
		}
	}
	return found
}

// valueCandidates returns the values of a flag, each with prefix before it.
func valueCandidates(flag cli.Flag, prefix, current string) []candidate {
	values, many := flagValues(flag)
	if many {
		done := current[:strings.LastIndex(current, ",")+1]
		used := strings.Split(done, ",")
		values = slices.DeleteFunc(slices.Clone(values), func(c candidate) bool {
			return slices.Contains(used, c.word) || done != "" && c.word == "none"
		})
		for i := range values {
			values[i].word = done + values[i].word
		}
	}
	found := []candidate{}
	for _, c := range beginning(current, values) {
		if !strings.HasPrefix(c.word, ":") {
			c.word = prefix + c.word
		}
		found = append(found, c)
	}
	return found
}

// beginning returns the candidates that begin with current, and those that begin with a colon.
func beginning(current string, all []candidate) []candidate {
	return slices.DeleteFunc(slices.Clone(all), func(c candidate) bool {
		return !strings.HasPrefix(c.word, current) && !strings.HasPrefix(c.word, ":")
	})
}

// flagValues returns the values of a flag, and whether it takes several: those of a choiceFlag,
// else those for its name, else those for the placeholder in its usage.
func flagValues(flag cli.Flag) (values []candidate, many bool) {
	if flag, ok := flag.(interface{ choices() ([]string, bool) }); ok {
		words, many := flag.choices()
		return plainCandidates(words...), many
	}
	switch flag.Names()[0] {
	case "plugins":
		return append(
			plainCandidates(provision.KnownPlugins...), candidate{"none", "no plugin"},
		), true
	case "path":
		return plainCandidates(anyFolder), false
	case "wp-cli-path", "jetpack-source":
		return plainCandidates(anyFile), false
	case "exec": // its CODE is PHP
		return nil, false
	}
	if flag, ok := flag.(cli.DocGenerationFlag); ok && flag.TakesValue() {
		placeholder, _ := placeholderOf(flag)
		return valuesOf(placeholder), false
	}
	return nil, false
}

// valuesOf returns the values for a placeholder or an argument's name, nil if they aren't known.
func valuesOf(placeholder string) []candidate {
	switch placeholder {
	case "FILE":
		return plainCandidates(anyFile)
	case "FOLDER", "DIR":
		return plainCandidates(anyFolder)
	case "SLUG", "PLAN":
		return plainCandidates(planSlugs...)
	case "PRODUCT": // licenses are for products only
		return beginning("jetpack-", plainCandidates(planSlugs...))
	case "CODE":
		found := []candidate{}
		for _, code := range slices.Sorted(maps.Keys(errorTable)) {
			found = append(found, candidate{code, errorTable[code].description})
		}
		return found
	}
	if strings.Contains(placeholder, "|") {
		return plainCandidates(strings.Split(placeholder, "|")...)
	}
	return nil
}

// plainCandidates returns words as candidates without descriptions.
func plainCandidates(words ...string) []candidate {
	found := make([]candidate, len(words))
	for i, word := range words {
		found[i].word = word
	}
	return found
}

// argumentValues returns the values of the argument at the cursor, by its name in ArgsUsage.
func argumentValues(command *cli.Command, before []string, current string) []candidate {
	names := slices.DeleteFunc(
		strings.Fields(command.ArgsUsage),
		func(name string) bool { return name == "[@alias]" },
	)
	if len(names) == 0 {
		return nil
	}
	name := names[min(len(before), len(names)-1)]
	if len(before) >= len(names) && !strings.Contains(name, "…") {
		return nil
	}
	return beginning(current, valuesOf(strings.Trim(name, "[]…")))
}
