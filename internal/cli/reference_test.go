package cli

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"jetpack-start/internal/testenv"

	"github.com/urfave/cli/v2"
)

var updateReference = flag.Bool("update", false, "write docs/reference and docs/man")

const generatedBy = "generated from the commands: go test ./internal/cli -run TestReference -update"

// TestReference compares docs/reference and docs/man with the commands that there are.
func TestReference(t *testing.T) {
	commands := testCommands()
	files := map[string]string{
		"reference/README.md": mainPage(commands, markdown{}),
		"man/jetpack-start.1": mainPage(commands, roff{"jetpack-start", tagline}),
	}
	for _, command := range commands {
		if !command.Hidden {
			name := "jetpack-start-" + command.Name
			files["reference/"+command.Name+".md"] = commandPage(command, markdown{})
			files["man/"+name+".1"] = commandPage(command, roff{name, command.Usage})
		}
	}
	docs := testenv.Path(t, "docs")
	there := []string{}
	for _, pattern := range []string{"reference/*", "man/*"} {
		found, err := filepath.Glob(filepath.Join(docs, pattern))
		if err != nil {
			t.Fatal(err)
		}
		there = append(there, found...)
	}
	for _, path := range there {
		name, _ := filepath.Rel(docs, path)
		if _, wanted := files[filepath.ToSlash(name)]; wanted {
			continue
		}
		if !*updateReference {
			t.Errorf(
				"docs/%s belongs to no command: run go test ./internal/cli -run TestReference -update",
				name,
			)
		} else if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(docs, name)
		if *updateReference {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if committed, err := os.ReadFile(path); err != nil || string(committed) != files[name] {
			t.Errorf(
				"docs/%s isn't what the commands say: run go test ./internal/cli -run TestReference -update",
				name,
			)
		}
	}
}

// TestReferenceManPages looks for what groff has to say about the pages.
func TestReferenceManPages(t *testing.T) {
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("SKIPPED: groff is not installed; the man pages were not checked")
	}
	pages, err := filepath.Glob(testenv.Path(t, "docs/man/*.1"))
	if err != nil || len(pages) == 0 {
		t.Fatal("no man pages", err)
	}
	for _, page := range pages {
		var said bytes.Buffer
		command := exec.Command("groff", "-man", "-Tutf8", "-ww", "-z", page)
		command.Stderr = &said
		if err := command.Run(); err != nil || said.Len() > 0 {
			t.Errorf("%s: %v %s", page, err, &said)
		}
	}
}

// What stands in tables by hand must go with what there is.
func TestReferenceTables(t *testing.T) {
	commands := testCommands()
	for path, lines := range examples {
		at, command, rest := find(commands, strings.Fields(path))
		if command == nil || len(rest) > 0 || strings.Join(at, " ") != path {
			continue // of a command that is still to come
		}
		for _, example := range lines {
			called := regexp.MustCompile(`jetpack-start ([^")>]+)`).FindStringSubmatch(example.line)
			if called == nil {
				t.Errorf("the example %q doesn't call the program", example.line)
				continue
			}
			_, command, rest := find(commands, strings.Fields(called[1]))
			if command == nil {
				t.Errorf("the example %q calls no command", example.line)
				continue
			}
			for _, word := range rest {
				name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
				if strings.HasPrefix(word, "-") && lookup(command.Flags, name) == nil {
					t.Errorf("the example %q has a flag that there isn't: %s", example.line, word)
				}
			}
		}
	}
	source, err := os.ReadFile("cli.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`(?m)^\texit\w+ += (\d+)`).FindAllSubmatch(source, -1) {
		if !slices.ContainsFunc(exitCodes, func(row struct {
			code        int
			short, text string
		},
		) bool {
			return fmt.Sprint(row.code) == string(found[1])
		}) {
			t.Errorf("exit code %s isn't among exitCodes in help.go", found[1])
		}
	}
	if source, err = os.ReadFile("env.go"); err != nil {
		t.Fatal(err)
	}
	named := mainPage(commands, markdown{})
	for _, found := range regexp.MustCompile(`(?m)^\tenv\w+ += "(\w+)"`).FindAllSubmatch(source, -1) {
		if name := string(found[1]); name != envScriptDir &&
			!strings.Contains(named, "`"+name+"`") {
			t.Errorf("%s is named by no flag, nor among environment in reference.go", name)
		}
	}
}

// Every command at every depth says what it does, and its help names each of its flags once.
func TestHelpOfEveryCommand(t *testing.T) {
	everyCommand(testCommands(), nil, func(path []string, command *cli.Command) {
		text := commandHelp(path, command, 100)
		if command.Usage == "" {
			t.Errorf("%q has no usage", path)
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimRight(line, "\n"); len([]rune(line)) > 100 &&
				!strings.Contains(line, "jetpack-start ") {
				t.Errorf("%q: more than 100 columns: %s", path, line)
			}
		}
		for _, flag := range command.Flags {
			forms := strings.Count(
				text, "\n  --"+flag.Names()[0]+"\n",
			) + strings.Count(
				text,
				"\n  --"+flag.Names()[0]+" ",
			) +
				strings.Count(
					text, "\n  --"+flag.Names()[0]+"=",
				) + strings.Count(
				text,
				"\n  --"+flag.Names()[0]+"[",
			)
			if want := map[bool]int{true: 1}[visible(flag)]; forms != want {
				t.Errorf("%q: --%s is there %d times, want %d", path, flag.Names()[0], forms, want)
			}
		}
		if strings.Contains(text, "default: false") {
			t.Errorf("%q: a default that says nothing", path)
		}
	})
}

func TestDefaultOf(t *testing.T) {
	for value, want := range map[string]string{"0s": "", "5s": "5s", "30s": "30s", "1m0s": "1m", "10m0s": "10m", "1m30s": "1m30s", "1h0m0s": "1h", "20h0m0s": "20h", "1h10m0s": "1h10m", "table": "table", "": ""} {
		if got := defaultOf(&cli.StringFlag{Name: "x", Value: value}); got != want {
			t.Errorf("%q is shown as %q, want %q", value, got, want)
		}
	}
}

func testCommands() []*cli.Command {
	return commands(&app{getenv: func(string) string { return "" }})
}

// everyCommand calls do for each visible command, at every depth.
func everyCommand(commands []*cli.Command, path []string, do func([]string, *cli.Command)) {
	for _, command := range commands {
		if !command.Hidden {
			here := append(slices.Clone(path), command.Name)
			do(here, command)
			everyCommand(command.Subcommands, here, do)
		}
	}
}

// form is how a page is written.
type form interface {
	title(text string) string
	heading(level int, text string) string
	paragraph(text string) string
	item(code, text string) string
	end() string // after a list
	code(lines ...string) string
	link(command *cli.Command) string
}

func mainPage(commands []*cli.Command, f form) string {
	var b strings.Builder
	b.WriteString(f.title("jetpack-start"))
	if _, isMan := f.(roff); !isMan { // whose NAME says it
		b.WriteString(f.paragraph(sentence(tagline)))
	}
	b.WriteString(
		f.heading(2, "Synopsis") + f.code("jetpack-start COMMAND [--flag=value…] [@alias]"),
	)
	b.WriteString(
		f.heading(
			2, "Description",
		) + f.paragraph(
			"Run it in a WordPress docroot, or say with --path, --ssh or an @alias of WP-CLI where one is. "+
				"The result is on standard output, what a person should know on standard error. Flags stand before or after arguments, as --flag=value or --flag value; "+
				"where a flag's value is in brackets, as --flag=value alone.",
		),
	)
	b.WriteString(f.heading(2, "Commands"))
	for _, command := range commands {
		if !command.Hidden {
			b.WriteString(f.link(command))
		}
	}
	b.WriteString(f.end() + exitCodesOf(f) + f.heading(2, "Environment"))
	flagsOf := map[string][]string{}
	everyCommand(commands, nil, func(_ []string, command *cli.Command) {
		for _, flag := range command.Flags {
			documented, ok := flag.(cli.DocGenerationFlag)
			if !ok {
				continue
			}
			for _, found := range regexp.MustCompile(`\$([A-Z_]+)`).FindAllStringSubmatch(documented.GetUsage(), -1) {
				if form := "--" + flag.Names()[0]; !slices.Contains(flagsOf[found[1]], form) {
					flagsOf[found[1]] = append(flagsOf[found[1]], form)
				}
			}
		}
	})
	for _, name := range slices.Sorted(maps.Keys(flagsOf)) {
		slices.Sort(flagsOf[name])
		b.WriteString(f.item(name, "see "+strings.Join(flagsOf[name], ", ")))
	}
	for _, row := range environment {
		b.WriteString(f.item(row.name, row.text))
	}
	b.WriteString(f.end())
	return b.String()
}

func exitCodesOf(f form) string {
	text := f.heading(2, "Exit codes")
	for _, row := range exitCodes {
		text += f.item(fmt.Sprint(row.code), strings.ReplaceAll(row.text, "`", ""))
	}
	return text + f.end()
}

func commandPage(command *cli.Command, f form) string {
	var b strings.Builder
	b.WriteString(f.title("jetpack-start " + command.Name))
	everyCommand([]*cli.Command{command}, nil, func(path []string, c *cli.Command) {
		level := 2
		if len(path) > 1 {
			b.WriteString(f.heading(2, strings.Join(path, " ")))
			level = 3
		}
		if _, isMan := f.(roff); !isMan || len(path) > 1 {
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
				b.WriteString(
					f.paragraph(
						strings.TrimSuffix(sentence(example.text), ".")+":",
					) + f.code(
						example.line,
					),
				)
			}
		}
	})
	b.WriteString(exitCodesOf(f))
	if _, isMan := f.(roff); isMan {
		b.WriteString(f.heading(2, "See also") + ".BR jetpack\\-start (1)\n")
	}
	return b.String()
}

func sentence(text string) string {
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

type markdown struct{}

var markdownEscape = strings.NewReplacer(`\`, `\\`, "*", `\*`, "<", `\<`, "`", "\\`")

func (markdown) title(text string) string {
	return "<!-- " + generatedBy + " -->\n# " + text + "\n\n"
}

func (markdown) heading(level int, text string) string {
	return strings.Repeat("#", level) + " " + text + "\n\n"
}
func (markdown) paragraph(text string) string { return markdownEscape.Replace(text) + "\n\n" }
func (markdown) item(code, text string) string {
	return "- `" + code + "`: " + markdownEscape.Replace(text) + "\n"
}
func (markdown) end() string { return "\n" }
func (markdown) code(lines ...string) string {
	return "```sh\n" + strings.Join(lines, "\n") + "\n```\n\n"
}

func (markdown) link(c *cli.Command) string {
	return "- [`" + c.Name + "`](" + c.Name + ".md): " + markdownEscape.Replace(c.Usage) + "\n"
}

// roff is a man page: its name, and what stands after it in NAME.
type roff struct{ name, what string }

func (r roff) escape(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...", "'", `\(aq`, "–", `\(en`).
		Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

func (r roff) title(string) string {
	return ".\\\" " + generatedBy + "\n.TH " + r.escape(
		strings.ToUpper(r.name),
	) + " 1 \"\" \"jetpack\\-start\" \"jetpack\\-start\"\n.nh\n.ad l\n" +
		".SH NAME\n" + r.escape(
		r.name,
	) + " \\- " + r.escape(r.what) + "\n"
}

func (r roff) heading(level int, text string) string {
	if level == 2 {
		return ".SH " + r.escape(strings.ToUpper(text)) + "\n"
	}
	return ".SS " + r.escape(text) + "\n"
}
func (r roff) paragraph(text string) string { return ".PP\n" + r.escape(text) + "\n" }
func (r roff) item(code, text string) string {
	return ".TP\n.B " + r.escape(code) + "\n" + r.escape(text) + "\n"
}
func (r roff) end() string { return "" }
func (r roff) code(lines ...string) string {
	for i, line := range lines {
		lines[i] = r.escape(line)
	}
	return ".PP\n.RS 4\n.nf\n" + strings.Join(lines, "\n") + "\n.fi\n.RE\n"
}

func (r roff) link(c *cli.Command) string {
	return ".TP\n.BR jetpack\\-start\\-" + r.escape(c.Name) + " (1)\n" + r.escape(c.Usage) + "\n"
}
