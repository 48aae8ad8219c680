package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"jetpack-start/internal/testenv"
)

// result is how a test ended: pass, fail or skip, "" if it never did.
type result struct {
	end    string
	reason string // of a skip
	note   string // what it ran with
}

// results are the ends of all tests, by name. Subtests have their parents' names before their own,
// with slashes between.
type results map[string]result

// read reads the events that go test -json prints (go doc test2json).
func read(r io.Reader) (results, error) {
	all := results{}
	output := map[string]string{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var event struct{ Action, Package, Test, Output string }
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			return nil, err
		}
		key := path.Base(event.Package) + " " + event.Test
		switch event.Action {
		case "output":
			if event.Test != "" {
				output[key] += event.Output
			}
		case "pass", "fail", "skip":
			if event.Test != "" {
				text := output[key]
				all[event.Test] = result{event.Action, reasonOf(text), noteOf(text)}
			}
			delete(output, key)
		}
	}
	return all, lines.Err()
}

// ours is how testenv.Skip begins; skipped is what testscript prints for a script's skip; jetpack
// is what scripttest logs if a real Jetpack replaces the stand-in.
var (
	ours    = regexp.MustCompile(`SKIPPED \[([^]]+)\]: (.*)`)
	skipped = regexp.MustCompile(`(?m)> \[(.*)\] skip '?([^'\n]*)'?`)
	jetpack = regexp.MustCompile(`: (with Jetpack \S+)`)
)

// reasonOf returns the reason for a skip out of a test's output: with the name of what is missing
// in brackets if testenv.Skip gave it, and with "[jetpack]" if a script needs the stand-in for
// Jetpack.
func reasonOf(output string) string {
	if m := ours.FindStringSubmatch(output); m != nil {
		return "[" + m[1] + "] " + m[2]
	}
	m := skipped.FindStringSubmatch(output)
	switch {
	case m == nil:
		return ""
	case m[1] == "jetpack":
		return needsStandIn + m[2]
	}
	return m[2]
}

// needsStandIn begins the reason of a script that was skipped because a real Jetpack replaced the
// stand-in.
const needsStandIn = "[jetpack] "

// noteOf returns what a test ran with out of its output, "" for nothing special.
func noteOf(output string) string {
	if m := jetpack.FindStringSubmatch(output); m != nil {
		return m[1]
	}
	return ""
}

// report prints what ran and what didn't. It reports whether nothing is missing: each suite ran,
// each skip came from testenv.Skip, and each script that one kind of site skipped ran on another.
func (r results) report(out io.Writer, leave string) (ok bool) {
	ok = true
	fmt.Fprintln(out, "\nSuites:")
	for _, suite := range suites {
		state := r.stateOf(suite.test, leave)
		ok = ok && !strings.HasPrefix(state, "NOT RUN")
		fmt.Fprintf(out, "  %-28s %s\n", suite.name, state)
	}
	var skips []string
	elsewhere, standIn := 0, 0
	for _, test := range slices.Sorted(maps.Keys(r)) {
		reason := r[test].reason
		switch {
		case r[test].end != "skip":
		case strings.HasPrefix(reason, needsStandIn):
			standIn++
			skips = append(skips, test+": "+reason)
		case r.ranElsewhere(test):
			elsewhere++
		case strings.HasPrefix(reason, "["):
			skips = append(skips, test+": "+reason)
		default:
			ok = false
			skips = append(skips, "NOT RUN "+test+": "+reason)
		}
	}
	fmt.Fprintf(out, "Skipped: %d", len(skips))
	if elsewhere > 0 {
		fmt.Fprintf(out, ", and %d golden scripts that ran on the other kind of site", elsewhere)
	}
	if standIn > 0 {
		fmt.Fprintf(out, "; %d of the skipped need the stand-in for Jetpack", standIn)
	}
	fmt.Fprintln(out)
	for _, skip := range skips {
		fmt.Fprintln(out, "  "+skip)
	}
	return ok
}

// stateOf returns what became of a suite. It begins with NOT RUN if that can't be left.
func (r results) stateOf(test, leave string) string {
	top, there := r[test]
	passed, note := 0, ""
	if top.note != "" {
		note = ", " + top.note
	}
	for name, one := range r {
		if strings.HasPrefix(name, test+"/") && one.end == "pass" {
			passed++
		}
	}
	switch {
	case !there:
		return "NOT RUN: " + test + " isn't among the tests that ran"
	case top.end == "fail":
		return "FAILED" + note
	case top.end == "pass" && passed > 0:
		return fmt.Sprintf("ran, %d passed", passed) + note
	case top.end == "pass":
		return "ran"
	}
	if m := regexp.MustCompile(`^\[([^]]+)\]`).FindStringSubmatch(top.reason); m != nil &&
		testenv.Allowed(leave, m[1]) {
		return "skipped: " + top.reason
	}
	return "NOT RUN: " + top.reason
}

// ranElsewhere reports whether a golden script that was skipped passed on another kind of site.
func (r results) ranElsewhere(test string) bool {
	parent, script, found := strings.Cut(test, "/")
	if !found || !strings.HasPrefix(parent, "TestScripts") {
		return false
	}
	for _, kind := range []string{"TestScripts", "TestScriptsWordPress"} {
		if r[kind+"/"+script].end == "pass" {
			return true
		}
	}
	return false
}
