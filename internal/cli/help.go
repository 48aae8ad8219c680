package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// tagline describes the program in its help and its man page.
const tagline = "provision and cancel Jetpack plans on a host's WordPress sites"

// appSynopsis shows how to call the program.
const appSynopsis = "jetpack-start COMMAND [--flag=value…] [@alias]"

// quickStart is the text after the commands in the program's own help.
const quickStart = `In a docroot, with $JETPACK_PARTNER_ID and $JETPACK_PARTNER_SECRET set:
  jetpack-start provision --user=admin --plan=premium
Topics: jetpack-start help flags, help environment, help exit-codes
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
var sharedCategories = []string{catCredentials, catAPI, catWP, catSafety, catLedger, catOutput}

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
	text := appHelp()
	if command != nil {
		text = commandHelp(path, command, a.columns())
	}
	_, err := io.WriteString(a.stdout, text)
	return exitOK, err
}

// commandGroups are the commands in the program's own help, with descriptions that fit into 80
// columns. The commands of the WHMCS module aren't there, because nobody calls them by hand.
var commandGroups = []struct {
	name     string
	commands [][2]string
}{
	{"plans", [][2]string{
		{"provision", "provision a plan for the WordPress here"},
		{"activate", "activate its plugins once the connection is approved"},
		{"status", "show what the site and the API know about its plan"},
		{"cancel", "cancel the plan of a site"},
		{"upgrade-paths", "list the plans that a site can be given now"},
		{"credentials", "give the API the SSH or FTP access that backups need"},
	}},
	{"licenses", [][2]string{
		{"license", "issue, revoke and attach licenses, with a ledger"},
		{"product", "show the products that licenses can be issued for"},
		{"site", "connect sites for licenses"},
	}},
	{"partner", [][2]string{
		{"partner-key", "create partner keys, and check the one in use"},
		{"magic-link", "e-mail a user a link that logs in to the mobile app"},
	}},
	{"tools", [][2]string{
		{"doctor", "check wp, the docroot, credentials, the API, the clock"},
		{"errors", "explain error codes"},
		{"sandbox", "run a partner API on this machine for tests"},
		{"completion", "print the completion script of a shell"},
		{"help", "show the help of a command, or one of the topics below"},
		{"version", "print the version"},
	}},
}

// isListed reports whether the command is suggested and shown in lists of commands.
func isListed(command *cli.Command) bool { return !command.Hidden && command.Name != "whmcs" }

// appHelp returns the help of the program, which fits on a terminal of 24 lines.
func appHelp() string {
	var b strings.Builder
	fmt.Fprintf(&b, "jetpack-start: %s\nusage: %s\n\n", tagline, appSynopsis)
	for _, group := range commandGroups {
		label := group.name
		for _, row := range group.commands {
			fmt.Fprintf(&b, "%-9s %-14s %s\n", label, row[0], row[1])
			label = ""
		}
	}
	b.WriteString("\n" + quickStart)
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
	own, common := splitCommon(command.Flags)
	writeFlags(&b, flagGroups(own), columns)
	if lines := examples[strings.Join(path, " ")]; len(lines) > 0 {
		b.WriteString("\nexamples:\n")
		for _, example := range lines[:min(len(lines), maxExamples)] {
			fmt.Fprintf(&b, "  # %s\n  %s\n", example.text, example.line)
		}
	}
	if len(common) > 0 {
		b.WriteString("\n")
		text := "Common flags: " + strings.Join(common, ", ") + "; see jetpack-start help flags"
		for _, line := range wrap(text, columns) {
			fmt.Fprintln(&b, line)
		}
	}
	return b.String()
}

// maxExamples is the largest number of examples in the help of a command.
const maxExamples = 3

// splitCommon returns a command's own flags, and the categories of its common ones, which are
// those of commonFlags.
func splitCommon(flags []cli.Flag) (own []cli.Flag, common []string) {
	shared := commonFlags()
	for _, flag := range flags {
		of := lookupFlag(shared, flag.Names()[0])
		if of == nil || categoryOf(of) != categoryOf(flag) {
			own = append(own, flag)
			continue
		}
		category, _, _ := strings.Cut(categoryOf(flag), " (")
		if isVisible(flag) && !slices.Contains(common, category) {
			common = append(common, category)
		}
	}
	return own, common
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
		if isListed(command) {
			width = max(width, len(command.Name))
		}
	}
	for _, command := range commands {
		if isListed(command) {
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

// requiredFlags are the flags without which a command is a usage error, by the command's path.
var requiredFlags = map[string]string{
	"provision":           "--user=ID --plan=SLUG",
	"partner-key create":  "--name=NAME",
	"site connect":        "--user=ID",
	"credentials set-ssh": "--host=HOST --user=USER",
	"credentials set-ftp": "--host=HOST --user=USER",
}

// synopsis returns the line that shows how to call a command.
func synopsis(path []string, command *cli.Command) string {
	parts := append([]string{"jetpack-start"}, path...)
	if required := requiredFlags[strings.Join(path, " ")]; required != "" {
		parts = append(parts, required)
	}
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
