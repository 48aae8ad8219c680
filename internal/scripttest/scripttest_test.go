package scripttest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jetpack-start/internal/testenv"
)

// A command that ignored a "!" would let a script pass that means the opposite.
func TestNegation(t *testing.T) {
	for name, command := range (&harness{}).commands(t) {
		log := runScript(t, "! "+name+strings.Repeat(" x", command.min))
		refused := strings.Contains(log, "unsupported: ! "+name+"\n")
		if refused == command.negates {
			t.Errorf("! %s: negates is %t, and the script says:\n%s", name, command.negates, log)
		}
	}
}

func TestNegatedCommands(t *testing.T) {
	const document = "\n-- f --\n{\"a\":{\"b\":1}}\n"
	for line, want := range map[string]string{
		"json f a.b":       "",
		"json f a.b 1":     "",
		"json f a.b 2":     `a.b is "1", want "2"`,
		"json f a.c":       "a.c doesn't exist",
		"! json f a.c":     "",
		"! json f a.b":     "a.b exists: 1",
		"! json f a.b 2":   "usage: ! json FILE PATH",
		"shellout true":    "",
		"shellout false":   "sh: exit status 1",
		"! shellout false": "",
		"! shellout true":  "sh: <nil>",
	} {
		log := runScript(t, line+document)
		if want == "" && strings.Contains(log, "FAIL") || !strings.Contains(log, want) {
			t.Errorf("%s: want %q in:\n%s", line, want, log)
		}
	}
}

func TestNumberOfArguments(t *testing.T) {
	for name, command := range (&harness{}).commands(t) {
		if first, _, _ := strings.Cut(command.usage, " "); first != name {
			t.Errorf("the usage of %s starts with %s", name, first)
		}
		numbers := []int{}
		if command.min > 0 {
			numbers = append(numbers, command.min-1)
		}
		if command.max >= 0 {
			numbers = append(numbers, command.max+1)
		}
		for _, n := range numbers {
			log := runScript(t, name+strings.Repeat(" x", n))
			if !strings.Contains(log, "usage: "+command.usage+"\n") {
				t.Errorf("%s with %d arguments:\n%s", name, n, log)
			}
		}
	}
}

func TestInvalidArguments(t *testing.T) {
	for line, want := range map[string]string{
		"calls --nonsense":             "calls: unknown argument --nonsense",
		"exits nonsense true":          "invalid syntax",
		"exits 1 true":                 "exit code 0, want 1",
		"exits 0 false":                "exit code 1, want 0",
		"recorder --nonsense":          "recorder: unknown argument --nonsense",
		"recorder --latency=nonsense":  "invalid duration",
		"sandbox nonsense":             "sandbox: unknown argument nonsense",
		"sandbox --nonsense=1":         "sandbox: unknown argument --nonsense=1",
		"sandbox --fault=nonsense":     "nonsense",
		"sandbox --latency=nonsense":   "invalid duration",
		"signal NONSENSE":              "signal: unknown signal NONSENSE",
		"site nonsense":                "site: nonsense: unknown argument",
		"site NONSENSE=1":              "site: NONSENSE=1: unknown argument",
		"site jetpack=nonsense":        "site: jetpack=nonsense: neither missing",
		"site blog_id=nonsense":        "site: blog_id=nonsense: ",
		"[nonsense] site":              `unknown condition "nonsense"`,
		"site blog_id=42 safe_mode\nx": "unknown command",
	} {
		if log := runScript(t, line); !strings.Contains(log, want) {
			t.Errorf("%s: want %q in:\n%s", line, want, log)
		}
	}
}

// The page has a row for each command, which begins with its usage.
func TestPageHasAllCommands(t *testing.T) {
	page, err := os.ReadFile(testenv.Path(t, "docs/golden-scripts.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for name, command := range (&harness{}).commands(t) {
		usage := command.usage
		if command.negates {
			usage = "[!] " + usage
		}
		if !strings.Contains(string(page), "\n| `"+usage+"` | ") {
			t.Errorf("docs/golden-scripts.md has no row for %s: | `%s` |", name, usage)
		}
		rows++
	}
	_, table, _ := strings.Cut(string(page), "| command | ")
	table, _, _ = strings.Cut(table, "\n\n")
	if got := strings.Count(table, "\n| `"); got != rows {
		t.Errorf("docs/golden-scripts.md has %d rows for %d commands", got, rows)
	}
}

// runScript runs a script with the stub and returns its log.
func runScript(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script.txtar")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &harness{root: testenv.Root(t)}
	recorder := &recordingT{}
	recorder.Run("script", func(r testscript.T) { testscript.RunT(r, h.params(t, []string{file})) })
	return recorder.log.String()
}

// recordingT is a testscript.T that records what a test logs, and whose failure isn't one of the
// surrounding test.
type recordingT struct{ log strings.Builder }

func (r *recordingT) Log(args ...any)   { fmt.Fprintln(&r.log, args...) }
func (r *recordingT) Fatal(args ...any) { r.Log(args...); r.FailNow() }
func (r *recordingT) Skip(args ...any)  { r.Log(args...); runtime.Goexit() }
func (r *recordingT) FailNow()          { r.Log("FAIL"); runtime.Goexit() }
func (r *recordingT) Parallel()         {}
func (r *recordingT) Verbose() bool     { return false }

// Run runs f in a goroutine of its own, which FailNow and Skip end.
func (r *recordingT) Run(_ string, f func(testscript.T)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
}
