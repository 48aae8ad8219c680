package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// tagline describes the program in its help and its man page.
const tagline = "provision and cancel Jetpack plans on a host's WordPress sites"

// appSynopsis shows how to call the program.
const appSynopsis = "jetpack-start COMMAND [--flag=value…] [@alias]"

// quickStart is the text after the commands in the program's own help.
const quickStart = `Run it in a WordPress docroot, with the partner's credentials in the environment:

  export JETPACK_PARTNER_ID=… JETPACK_PARTNER_SECRET=…
  jetpack-start doctor
  jetpack-start provision --user=admin --plan=premium
`

// exitCodes are the descriptions of the exit codes; short is for --help.
var exitCodes = []struct {
	code        int
	short, text string
}{
	{
		exitOK,
		"done, also if the connection waits for the user",
		"Done, also if the connection waits for the user's approval.",
	},
	{
		exitFailed,
		"failed",
		"Failed. The result, if there is one, says what failed, and in `retryable` whether the " +
			"same call may succeed later.",
	},
	{exitUsage, "wrong usage", "The call itself is wrong; nothing was read or sent."},
	{exitWaitRanOut, "--wait ran out", "`--wait` ran out; the request is done and pending."},
	{
		exitPanic,
		"a bug",
		"A bug in jetpack-start; the messages say what had been done, as far as it is known.",
	},
	{
		exitInterrupted,
		"interrupted",
		"Interrupted by Ctrl-C or SIGTERM; the messages say what had been done.",
	},
	{
		exitAborted,
		"a fatal error",
		"Ended by SIGABRT: a fatal error of the Go runtime, or SIGQUIT; what had been done isn't " +
			"known.",
	},
}

// sharedCategories are the categories that follow a command's own flags, in this order.
var sharedCategories = []string{catCredentials, catAPI, catWP, catLedger, catOutput}

// help prints the help of the command that words name, or of the program if there are no words.
func (a *app) help(commands []*cli.Command, words []string) (int, error) {
	for _, topic := range helpTopics {
		if len(words) == 1 && words[0] == topic.name {
			_, err := io.WriteString(a.stdout, topic.text(commands, a.columns()))
			return exitOK, err
		}
	}
	path, command, rest := find(commands, words)
	if len(rest) > 0 {
		within := commands
		if command != nil {
			within = command.Subcommands
		}
		name := strings.Join(append(path, rest[0]), " ")
		if len(within) > 0 {
			return exitUsage, unknownCommand(name, rest[0], within)
		}
		return exitUsage, &usageError{
			text: "unknown command " + quoted(name),
			hint: "see jetpack-start " + strings.Join(path, " ") + " --help",
		}
	}
	text := appHelp(commands, a.columns())
	if command != nil {
		text = commandHelp(path, command, a.columns())
	}
	_, err := io.WriteString(a.stdout, text)
	return exitOK, err
}

// appHelp returns the help of the program.
func appHelp(commands []*cli.Command, columns int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "jetpack-start %s: %s\n\n", Version, tagline)
	fmt.Fprintf(&b, "usage: %s\n\ncommands:\n", appSynopsis)
	listCommands(&b, commands, columns)
	codes := make([]string, len(exitCodes))
	for i, row := range exitCodes {
		codes[i] = fmt.Sprintf("%d %s", row.code, row.short)
	}
	b.WriteString("\n" + quickStart + "\n")
	closing := "The result is JSON on standard output. " +
		"Exit codes: " + strings.Join(codes, ", ") + "."
	for _, line := range wrap(closing, columns) {
		fmt.Fprintln(&b, line)
	}
	b.WriteString("\njetpack-start COMMAND --help lists a command's flags.\n")
	return b.String()
}

// commandHelp returns the help of a command.
func commandHelp(path []string, command *cli.Command, columns int) string {
	var b strings.Builder
	name := "jetpack-start " + strings.Join(path, " ")
	for _, line := range wrap(name+": "+command.Usage, columns) {
		fmt.Fprintln(&b, line)
	}
	fmt.Fprintf(&b, "\nusage: %s\n", synopsis(path, command))
	if command.Description != "" {
		b.WriteString("\n")
		for paragraph := range strings.SplitSeq(strings.TrimSpace(command.Description), "\n\n") {
			for _, line := range wrap(paragraph, columns) {
				fmt.Fprintln(&b, line)
			}
		}
	}
	if len(command.Subcommands) > 0 {
		b.WriteString("\ncommands:\n")
		listCommands(&b, command.Subcommands, columns)
		fmt.Fprintf(&b, "\n%s COMMAND --help lists a command's flags.\n", name)
	}
	writeFlags(&b, flagGroups(command.Flags), columns)
	if lines := examples[strings.Join(path, " ")]; len(lines) > 0 {
		b.WriteString("\nexamples:\n")
		for _, example := range lines {
			fmt.Fprintf(&b, "  # %s\n  %s\n", example.text, example.line)
		}
	}
	return b.String()
}

// writeFlags writes the groups of flags under their headings.
func writeFlags(b *strings.Builder, groups []flagGroup, columns int) {
	width := 0
	for _, group := range groups {
		for _, flag := range group.flags {
			if n := utf8.RuneCountInString(flagForm(flag)); n <= 28 {
				width = max(width, n)
			}
		}
	}
	for _, group := range groups {
		fmt.Fprintf(b, "\n%s:\n", group.name)
		for _, flag := range group.flags {
			writeRow(b, flagForm(flag), flagText(flag), width, columns)
		}
	}
}

// listCommands writes the visible commands with their usages.
func listCommands(b *strings.Builder, commands []*cli.Command, columns int) {
	width := 0
	for _, command := range commands {
		if !command.Hidden {
			width = max(width, len(command.Name))
		}
	}
	for _, command := range commands {
		if !command.Hidden {
			writeRow(b, command.Name, command.Usage, width, columns)
		}
	}
}

// writeRow writes a name and beside it the text, wrapped to columns. A name wider than width gets
// a line of its own.
func writeRow(b *strings.Builder, name, text string, width, columns int) {
	lines := wrap(text, columns-width-4)
	if utf8.RuneCountInString(name) > width {
		fmt.Fprintf(b, "  %s\n", name)
		name = ""
	}
	for _, line := range lines {
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %-*s  %s", width, name, line), " ") + "\n")
		name = ""
	}
}

// wrap splits text at spaces into lines of at most columns characters, if no word is longer.
func wrap(text string, columns int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) > columns:
			lines = append(lines, word)
		default:
			*last += " " + word
		}
	}
	return lines
}

// synopsis returns the line that shows how to call a command.
func synopsis(path []string, command *cli.Command) string {
	parts := append([]string{"jetpack-start"}, path...)
	if len(command.Subcommands) > 0 {
		parts = append(parts, "COMMAND")
	}
	if len(command.Flags) > 0 || len(command.Subcommands) > 0 {
		parts = append(parts, "[--flag=value…]")
	}
	if command.ArgsUsage != "" {
		parts = append(parts, command.ArgsUsage)
	}
	return strings.Join(parts, " ")
}
