package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// helpTopics are the words that help takes besides commands.
var helpTopics = []struct {
	name, usage string
	text        func(commands []*cli.Command, columns int) string
}{
	{"flags", "the flags that many commands have", flagsTopic},
	{"environment", "the environment variables", environmentTopic},
	{"exit-codes", "the exit codes", exitCodesTopic},
}

// topicNames returns the names of the topics.
func topicNames() []string {
	names := []string{}
	for _, topic := range helpTopics {
		names = append(names, topic.name)
	}
	return names
}

// commonFlags are the flags that more than one command has, except those for lists.
func commonFlags() []cli.Flag {
	all := slices.Concat(
		apiFlags(), licensingFlags(), wpFlags(), setupFlags(), lockFlags(), identityFlags(),
		outputFlags(),
	)
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(flag cli.Flag) bool {
		name := flag.Names()[0]
		defer func() { seen[name] = true }()
		return seen[name]
	})
}

// flagsTopic explains the common flags.
func flagsTopic(_ []*cli.Command, columns int) string {
	var b strings.Builder
	const forms = "Flags are given as --flag=value or --flag value, before or after " +
		"arguments; a flag whose value is in brackets only as --flag=value. A DURATION is a " +
		"number of seconds, or has units, such as 90s or 1h30m. A command takes those of these " +
		"flags that make sense for it. --path, --url, --ssh and the other global " +
		"parameters of WP-CLI, an @alias, --quiet, --no-color and --debug may be given before " +
		"the command too."
	for _, line := range wrap(forms, columns) {
		fmt.Fprintln(&b, line)
	}
	writeFlags(&b, flagGroups(commonFlags()), columns)
	return b.String()
}

// environmentTopic explains the environment variables.
func environmentTopic(commands []*cli.Command, columns int) string {
	var b strings.Builder
	b.WriteString("environment variables:\n")
	flagsOf := flagsOfVariables(commands)
	for _, name := range slices.Sorted(maps.Keys(flagsOf)) {
		writeRow(&b, name, "see "+strings.Join(flagsOf[name], ", "), 28, columns)
	}
	for _, row := range environment {
		writeRow(&b, row.name, row.text, 28, columns)
	}
	return b.String()
}

// exitCodesTopic explains the exit codes.
func exitCodesTopic(_ []*cli.Command, columns int) string {
	var b strings.Builder
	b.WriteString("exit codes:\n")
	for _, row := range exitCodes {
		writeRow(&b, fmt.Sprint(row.code), strings.ReplaceAll(row.text, "`", ""), 3, columns)
	}
	return b.String()
}
