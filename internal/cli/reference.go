package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// WriteReference writes the reference and the man pages of all commands to the directories
// reference and man in docs, and removes the pages of commands that no longer exist.
func WriteReference(docs string) error {
	for _, dir := range []string{"reference", "man"} {
		// Fails if docs doesn't exist.
		if err := os.Mkdir(filepath.Join(docs, dir), 0o755); err != nil && !os.IsExist(err) {
			return err
		}
	}
	pages := referencePages()
	for _, path := range slices.Sorted(maps.Keys(pages)) {
		if err := os.WriteFile(filepath.Join(docs, path), []byte(pages[path]), 0o644); err != nil {
			return err
		}
	}
	obsolete, err := obsoletePages(docs, pages)
	if err != nil {
		return err
	}
	for _, path := range obsolete {
		if err := os.Remove(filepath.Join(docs, path)); err != nil {
			return err
		}
	}
	return nil
}

// obsoletePages returns the files in docs/reference and docs/man that are not in pages.
func obsoletePages(docs string, pages map[string]string) ([]string, error) {
	obsolete := []string{}
	for _, dir := range []string{"reference", "man"} {
		entries, err := os.ReadDir(filepath.Join(docs, dir))
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if path := dir + "/" + entry.Name(); pages[path] == "" {
				obsolete = append(obsolete, path)
			}
		}
	}
	return obsolete, nil
}

// referencePages returns all generated pages, by path below docs.
func referencePages() map[string]string {
	commands := commands(&app{getenv: func(string) string { return "" }})
	pages := map[string]string{
		"reference/README.md": mainPage(commands, markdown{}),
		"man/jetpack-start.1": mainPage(commands, roff{"jetpack-start", tagline}),
	}
	for _, command := range commands {
		if !command.Hidden {
			name := "jetpack-start-" + command.Name
			pages["reference/"+command.Name+".md"] = commandPage(command, markdown{})
			pages["man/"+name+".1"] = commandPage(command, roff{name, command.Usage})
		}
	}
	return pages
}

// everyCommand calls do for each visible command, recursively.
func everyCommand(commands []*cli.Command, path []string, do func([]string, *cli.Command)) {
	for _, command := range commands {
		if !command.Hidden {
			path := append(slices.Clone(path), command.Name)
			do(path, command)
			everyCommand(command.Subcommands, path, do)
		}
	}
}

// mainPage returns the page of the program.
func mainPage(commands []*cli.Command, f form) string {
	var b strings.Builder
	b.WriteString(f.title("jetpack-start"))
	if _, isMan := f.(roff); !isMan { // the NAME section has it
		b.WriteString(f.paragraph(sentence(tagline)))
	}
	b.WriteString(f.heading(2, "Synopsis"))
	b.WriteString(f.code(appSynopsis))
	b.WriteString(f.heading(2, "Description"))
	b.WriteString(f.paragraph("Run it in a WordPress docroot, or name one with --path, --ssh " +
		"or an @alias of WP-CLI. The result is written to standard output, messages to standard " +
		"error. Flags may be given before or after arguments, as --flag=value or --flag value; " +
		"a flag whose value is in brackets only as --flag=value. WP-CLI's global parameters and " +
		"an @alias may also be given before the command, as wp takes them."))
	b.WriteString(f.heading(2, "Commands"))
	for _, command := range commands {
		if !command.Hidden {
			b.WriteString(f.link(command))
		}
	}
	b.WriteString(f.end() + exitCodesSection(f) + f.heading(2, "Environment"))
	flagsOf := flagsOfVariables(commands)
	for _, name := range slices.Sorted(maps.Keys(flagsOf)) {
		b.WriteString(f.item(name, "see "+strings.Join(flagsOf[name], ", ")))
	}
	for _, row := range environment {
		b.WriteString(f.item(row.name, row.text))
	}
	b.WriteString(f.end())
	return b.String()
}

var variableInUsage = regexp.MustCompile(`\$([A-Z_]+)`)

// flagsOfVariables returns the environment variables that usages of flags name, with the flags.
func flagsOfVariables(commands []*cli.Command) map[string][]string {
	flagsOf := map[string][]string{}
	everyCommand(commands, nil, func(_ []string, command *cli.Command) {
		for _, flag := range command.Flags {
			documented, ok := flag.(cli.DocGenerationFlag)
			if !ok {
				continue
			}
			for _, found := range variableInUsage.FindAllStringSubmatch(documented.GetUsage(), -1) {
				variable, form := found[1], "--"+flag.Names()[0]
				if !slices.Contains(flagsOf[variable], form) {
					flagsOf[variable] = append(flagsOf[variable], form)
					slices.Sort(flagsOf[variable])
				}
			}
		}
	})
	return flagsOf
}

// exitCodesSection returns the section about the exit codes.
func exitCodesSection(f form) string {
	text := f.heading(2, "Exit codes")
	for _, row := range exitCodes {
		text += f.item(fmt.Sprint(row.code), strings.ReplaceAll(row.text, "`", ""))
	}
	return text + f.end()
}

// commandPage returns the page of a command with its subcommands.
func commandPage(command *cli.Command, f form) string {
	var b strings.Builder
	b.WriteString(f.title("jetpack-start " + command.Name))
	everyCommand([]*cli.Command{command}, nil, func(path []string, c *cli.Command) {
		b.WriteString(commandSection(path, c, f))
	})
	b.WriteString(exitCodesSection(f))
	if _, isMan := f.(roff); isMan {
		b.WriteString(f.heading(2, "See also") + ".BR jetpack\\-start (1)\n")
	}
	return b.String()
}

// commandSection returns the part of a page about one command, without its subcommands.
func commandSection(path []string, c *cli.Command, f form) string {
	var b strings.Builder
	level := 2
	if len(path) > 1 {
		b.WriteString(f.heading(2, strings.Join(path, " ")))
		level = 3
	}
	if _, isMan := f.(roff); !isMan || len(path) > 1 { // the NAME section has it
		b.WriteString(f.paragraph(sentence(c.Usage)))
	}
	b.WriteString(f.heading(level, "Synopsis") + f.code(synopsis(path, c)))
	if c.Description != "" {
		b.WriteString(f.heading(level, "Description"))
		for paragraph := range strings.SplitSeq(strings.TrimSpace(c.Description), "\n\n") {
			b.WriteString(f.paragraph(strings.Join(strings.Fields(paragraph), " ")))
		}
	}
	if len(c.Subcommands) > 0 {
		b.WriteString(f.heading(level, "Commands"))
		for _, sub := range c.Subcommands {
			if !sub.Hidden {
				b.WriteString(f.item(sub.Name, sub.Usage))
			}
		}
		b.WriteString(f.end())
	}
	for _, group := range flagGroups(c.Flags) {
		b.WriteString(f.heading(level, group.name))
		for _, flag := range group.flags {
			text := flagText(flag)
			if names := flag.Names(); len(names) > 1 {
				text += "; also --" + strings.Join(names[1:], ", --")
			}
			b.WriteString(f.item(flagForm(flag), text))
		}
		b.WriteString(f.end())
	}
	if lines := examples[strings.Join(path, " ")]; len(lines) > 0 {
		b.WriteString(f.heading(level, "Examples"))
		for _, example := range lines {
			b.WriteString(f.paragraph(strings.TrimSuffix(sentence(example.text), ".") + ":"))
			b.WriteString(f.code(example.line))
		}
	}
	return b.String()
}
