package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/testenv"
)

// TestReference compares docs/reference and docs/man with the commands.
func TestReference(t *testing.T) {
	docs, pages := testenv.Path(t, "docs"), referencePages()
	for path, want := range pages {
		if got, err := os.ReadFile(filepath.Join(docs, path)); err != nil || string(got) != want {
			t.Errorf("docs/%s is out of date: run make docs", path)
		}
	}
	obsolete, err := obsoletePages(docs, pages)
	if err != nil || len(obsolete) > 0 {
		t.Errorf("pages of commands that don't exist: run make docs: %q %v", obsolete, err)
	}
}

// WriteReference creates the pages that are missing, and removes those of commands that are gone.
func TestWriteReference(t *testing.T) {
	docs := t.TempDir()
	if err := os.Mkdir(filepath.Join(docs, "man"), 0o755); err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(docs, "man", "jetpack-start-gone.1")
	if err := os.WriteFile(gone, []byte("gone"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := WriteReference(docs); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(gone); !os.IsNotExist(err) {
		t.Errorf("the page of a command that is gone is still there: %v", err)
	}
	for path, want := range referencePages() {
		if got, err := os.ReadFile(filepath.Join(docs, path)); err != nil || string(got) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestReferenceManPages checks that groff has no complaints about the pages.
func TestReferenceManPages(t *testing.T) {
	apttest.Need(t, "groff", "groff-base")
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

// Every command that does something has an example.
func TestReferenceExamples(t *testing.T) {
	var check func(path []string, commands []*cli.Command)
	check = func(path []string, commands []*cli.Command) {
		for _, command := range commands {
			path := append(slices.Clone(path), command.Name)
			name := strings.Join(path, " ")
			switch {
			case command.Hidden, path[0] == "whmcs": // called by the module, never by hand
			case len(command.Subcommands) > 0:
				check(path, command.Subcommands)
			case len(examples[name]) == 0:
				t.Errorf("%s has no example in examples.go", name)
			}
		}
	}
	check(nil, testCommands())
}

// The tables that are written by hand must agree with the commands.
func TestReferenceTables(t *testing.T) {
	commands := testCommands()
	program := regexp.MustCompile(`jetpack-start ([^")>]+)`)
	for path, lines := range examples {
		at, command, rest := find(commands, strings.Fields(path))
		if command == nil || len(rest) > 0 || strings.Join(at, " ") != path {
			t.Errorf("examples of a command that doesn't exist: %q", path)
			continue
		}
		for _, example := range lines {
			called := program.FindStringSubmatch(example.line)
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
				if strings.HasPrefix(word, "-") && lookupFlag(command.Flags, name) == nil {
					t.Errorf("the example %q has an unknown flag: %s", example.line, word)
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
			t.Errorf("exit code %s is not in exitCodes in help.go", found[1])
		}
	}
	if source, err = os.ReadFile("env.go"); err != nil {
		t.Fatal(err)
	}
	named := mainPage(commands, markdown{})
	for _, found := range regexp.MustCompile(`(?m)^\tenv\w+ += "(\w+)"`).FindAllSubmatch(source, -1) {
		if name := string(found[1]); name != envScriptDir &&
			!strings.Contains(named, "`"+name+"`") {
			t.Errorf("%s is named neither by a flag nor in environment in examples.go", name)
		}
	}
}

// Every command has a usage, and its help names each of its own flags once. The common ones are
// named once in "help flags".
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
		own, common := splitCommon(command.Flags)
		if len(own) < len(command.Flags) && len(common) == 0 {
			t.Errorf("%q: the common flags aren't mentioned", path)
		}
		for _, flag := range command.Flags {
			forms, text := 0, text
			if !slices.Contains(own, flag) {
				text = flagsTopic(nil, 100)
			}
			for _, end := range []string{"\n", " ", "=", "["} {
				forms += strings.Count(text, "\n  --"+flag.Names()[0]+end)
			}
			if want := map[bool]int{true: 1}[isVisible(flag)]; forms != want {
				t.Errorf("%q: --%s is there %d times, want %d", path, flag.Names()[0], forms, want)
			}
		}
		if strings.Contains(text, "default: false") {
			t.Errorf("%q: a default that says nothing", path)
		}
	})
}

// The program's own help has each listed command once, and fits on a terminal of 80 by 24.
func TestAppHelp(t *testing.T) {
	listed := []string{}
	for _, group := range commandGroups {
		for _, row := range group.commands {
			listed = append(listed, row[0])
		}
	}
	names := visibleNames(testCommands())
	slices.Sort(listed)
	slices.Sort(names)
	if !slices.Equal(listed, names) {
		t.Errorf("the help lists %q, want %q", listed, names)
	}
	lines := strings.Split(strings.TrimSuffix(appHelp(), "\n"), "\n")
	for _, line := range lines {
		if len([]rune(line)) > 80 {
			t.Errorf("more than 80 columns: %s", line)
		}
	}
	if len(lines) > 24 {
		t.Errorf("%d lines", len(lines))
	}
}

func TestDefaultOf(t *testing.T) {
	for value, want := range map[string]string{
		"0s": "", "5s": "5s", "30s": "30s", "1m0s": "1m", "10m0s": "10m", "1m30s": "1m30s",
		"1h0m0s": "1h", "20h0m0s": "20h", "1h10m0s": "1h10m", "table": "table", "": "",
	} {
		if got := defaultOf(&cli.StringFlag{Name: "x", Value: value}); got != want {
			t.Errorf("%q is shown as %q, want %q", value, got, want)
		}
	}
}

func testCommands() []*cli.Command {
	return commands(&app{getenv: func(string) string { return "" }})
}
