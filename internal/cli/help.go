package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// tagline describes the program in its help and its man page.
const tagline = "provision and cancel Jetpack plans on a host's WordPress sites"

// appSynopsis shows how to call the program.
const appSynopsis = "jetpack-start COMMAND [--flag=value…] [@alias]"

// helpAfter is the text after the commands in the program's own help.
const helpAfter = `Run it in a WordPress docroot, with the partner's credentials in the environment:

  export JETPACK_PARTNER_ID=… JETPACK_PARTNER_SECRET=…
  jetpack-start doctor
  jetpack-start provision --user=admin --plan=premium

The result is JSON on standard output. `

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
		exitInterrupted,
		"interrupted",
		"Interrupted by Ctrl-C or SIGTERM; the messages say what had been done.",
	},
}

// sharedCategories are the categories that follow a command's own flags, in this order.
var sharedCategories = []string{catCredentials, catAPI, catWP, catLedger, catOutput}

// help prints the help of the command that words name, or of the program if there are no words.
func (a *app) help(commands []*cli.Command, words []string) (int, error) {
	path, command, rest := find(commands, words)
	if len(rest) > 0 {
		within := commands
		if command != nil {
			within = command.Subcommands
		}
		hint := "see " + strings.Join(append([]string{"jetpack-start"}, path...), " ") + " --help"
		if len(within) > 0 {
			hint = "the commands: " + commandNames(within)
		}
		return exitUsage, &usageError{
			text: fmt.Sprintf("unknown command %q", strings.Join(append(path, rest[0]), " ")),
			hint: hint,
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
	fmt.Fprintf(
		&b,
		"jetpack-start %s: %s\n\nusage: %s\n\ncommands:\n",
		Version, tagline, appSynopsis,
	)
	listCommands(&b, commands, columns)
	codes := make([]string, len(exitCodes))
	for i, row := range exitCodes {
		codes[i] = fmt.Sprintf("%d %s", row.code, row.short)
	}
	b.WriteString("\n")
	before, last, _ := strings.Cut(helpAfter, "The result")
	b.WriteString(before)
	closing := "The result" + last + "Exit codes: " + strings.Join(codes, ", ") + "."
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
	groups := flagGroups(command.Flags)
	width := 0
	for _, group := range groups {
		for _, flag := range group.flags {
			if n := utf8.RuneCountInString(flagForm(flag)); n <= 28 {
				width = max(width, n)
			}
		}
	}
	for _, group := range groups {
		fmt.Fprintf(&b, "\n%s:\n", group.name)
		for _, flag := range group.flags {
			row(&b, flagForm(flag), flagText(flag), width, columns)
		}
	}
	if lines := examples[strings.Join(path, " ")]; len(lines) > 0 {
		b.WriteString("\nexamples:\n")
		for _, example := range lines {
			fmt.Fprintf(&b, "  # %s\n  %s\n", example.text, example.line)
		}
	}
	return b.String()
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
			row(b, command.Name, command.Usage, width, columns)
		}
	}
}

// row writes a name and beside it the text, wrapped to columns. A name wider than width gets a line
// of its own.
func row(b *strings.Builder, name, text string, width, columns int) {
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

// flagGroup is the flags under one heading of the help.
type flagGroup struct {
	name  string
	flags []cli.DocGenerationFlag
}

// flagGroups returns the visible flags by category: first the command's own categories, in the
// order of their flags, then the shared ones.
func flagGroups(flags []cli.Flag) []flagGroup {
	groups := []flagGroup{}
	add := func(name string, flag cli.DocGenerationFlag) {
		i := slices.IndexFunc(groups, func(g flagGroup) bool { return g.name == name })
		if i < 0 {
			i, groups = len(groups), append(groups, flagGroup{name: name})
		}
		if flag != nil {
			groups[i].flags = append(groups[i].flags, flag)
		}
	}
	for _, shared := range []bool{false, true} {
		if shared {
			for _, name := range sharedCategories {
				add(name, nil)
			}
		}
		for _, flag := range flags {
			if name := categoryOf(flag); visible(flag) &&
				slices.Contains(sharedCategories, name) == shared {
				add(name, flag.(cli.DocGenerationFlag))
			}
		}
	}
	return slices.DeleteFunc(groups, func(g flagGroup) bool { return len(g.flags) == 0 })
}

// visible reports whether the flag is shown in the help.
func visible(flag cli.Flag) bool {
	shown, ok := flag.(cli.VisibleFlag)
	_, documented := flag.(cli.DocGenerationFlag)
	return ok && documented && shown.IsVisible()
}

// flagForm returns the flag as it is given: --check, --plan=SLUG, --wait[=TIME].
func flagForm(flag cli.DocGenerationFlag) string {
	name := flag.Names()[0]
	placeholder, _ := placeholderOf(flag)
	switch {
	case !flag.TakesValue():
		return "--" + name
	case optional[name] != "":
		return "--" + name + "[=" + placeholder + "]"
	}
	return "--" + name + "=" + placeholder
}

// placeholderOf returns the word in backticks in the flag's usage, and the usage without the
// backticks.
func placeholderOf(flag cli.DocGenerationFlag) (placeholder, usage string) {
	before, rest, found := strings.Cut(flag.GetUsage(), "`")
	word, after, closed := strings.Cut(rest, "`")
	if !found || !closed {
		return "VALUE", flag.GetUsage()
	}
	return word, before + word + after
}

// flagText returns the description of the flag, with its default.
func flagText(flag cli.DocGenerationFlag) string {
	_, text := placeholderOf(flag)
	if repeatable(flag) {
		text += "; may be given more than once"
	}
	if value := defaultOf(flag); value != "" {
		text += " (default: " + value + ")"
	}
	return text
}

// repeatable reports whether the flag may be given more than once.
func repeatable(flag cli.Flag) bool {
	slice, ok := flag.(cli.DocGenerationSliceFlag)
	return ok && slice.IsSliceFlag()
}

// defaultOf returns the flag's default as it would be given, "" if that is empty, zero or false.
func defaultOf(flag cli.DocGenerationFlag) string {
	value := strings.Trim(flag.GetDefaultText(), `"`)
	if !flag.TakesValue() || value == "0" || value == "0s" {
		return ""
	}
	if _, err := time.ParseDuration(value); err == nil { // 5m, not 5m0s
		for _, zero := range []string{"m0s", "h0m"} {
			if strings.HasSuffix(value, zero) {
				value = strings.TrimSuffix(value, zero[1:])
			}
		}
	}
	return value
}
