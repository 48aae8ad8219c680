package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jetpack-start/internal/testenv"
)

// events are what go test -json prints for tests that end as given: "pass", "fail", or "skip:"
// with what the test printed.
func events(ends map[string]string) string {
	var out strings.Builder
	line := func(action, test, output string) {
		text, _ := json.Marshal(map[string]string{
			"Action": action, "Package": "example.com/x", "Test": test, "Output": output,
		})
		out.Write(append(text, '\n'))
	}
	for test, end := range ends {
		end, said, _ := strings.Cut(end, ":")
		line("run", test, "")
		line("output", test, said+"\n")
		line(end, test, "")
	}
	line("output", "", "PASS\n")
	line("pass", "", "")
	return out.String()
}

func TestReport(t *testing.T) {
	for name, c := range map[string]struct {
		change map[string]string // of a run in which all suites pass; "" takes a test out
		leave  string
		ok     bool
		want   string
	}{
		"all ran":          {nil, "", true, "Skipped: 0\n"},
		"one failed":       {map[string]string{"TestDocker": "fail"}, "", true, "FAILED"},
		"one is gone":      {map[string]string{"TestDocker": ""}, "", false, "NOT RUN: TestDocker isn't"},
		"skipped unasked":  {map[string]string{"TestDocker": "skip:SKIPPED [docker]: no dockerd"}, "", false, "NOT RUN: [docker] no dockerd"},
		"skipped by leave": {map[string]string{"TestDocker": "skip:SKIPPED [docker]: no dockerd"}, "race,docker", true, "skipped: [docker] no dockerd"},
		"a skip of its own": {
			map[string]string{"TestOther": "skip:not today"}, "", false, "NOT RUN TestOther: \n",
		},
		"a subtest by leave": {
			map[string]string{"TestConformance/api": "skip:SKIPPED [conformance]: no key"},
			"conformance", true, "TestConformance/api: [conformance] no key\n",
		},
		"a script of the other kind": {
			map[string]string{
				"TestScripts/a": "pass", "TestScriptsWordPress/a": "skip:> [!stub] skip 'needs a stub'",
			}, "", true, "Skipped: 0, and 1 golden scripts that ran on the other kind of site",
		},
		"a script that needs the stand-in": {
			map[string]string{
				"TestScripts/a":          "pass",
				"TestScriptsWordPress/a": "skip:> [jetpack] skip 'needs a call log'",
			}, "", true, "Skipped: 1; 1 of the skipped need the stand-in for Jetpack\n" +
				"  TestScriptsWordPress/a: [jetpack] needs a call log\n",
		},
		"a real Jetpack": {
			map[string]string{
				"TestScriptsWordPress":   "pass:    harness.go:51: with Jetpack 16.1.2",
				"TestScriptsWordPress/a": "pass",
			}, "", true, "ran, 1 passed, with Jetpack 16.1.2\n",
		},
		"a script of neither": {
			map[string]string{
				"TestScripts/a": "skip:> [!real] skip 'needs seq'", "TestScriptsWordPress/a": "skip:x",
			}, "", false, "NOT RUN TestScripts/a: needs seq\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ends := map[string]string{}
			for _, suite := range suites {
				ends[suite.test] = "pass"
			}
			for test, end := range c.change {
				ends[test] = end
				if end == "" {
					delete(ends, test)
				}
			}
			results, err := read(strings.NewReader(events(ends)))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			ok := results.report(&out, c.leave)
			if ok != c.ok || !strings.Contains(out.String(), c.want) {
				t.Errorf("ok %t, want %t and %q:\n%s", ok, c.ok, c.want, &out)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	if _, err := read(strings.NewReader("ok  \tjetpack-start\t1.0s\n")); err == nil {
		t.Error("text that isn't JSON was read")
	}
}

// A test that was renamed would be reported as missing at the end of a long run only, and one that
// is listed twice as run.
func TestSuitesExist(t *testing.T) {
	sources := ""
	err := filepath.WalkDir(testenv.Root(t), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		sources += string(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var tests []string
	for _, suite := range suites {
		if !strings.Contains(sources, "\nfunc "+suite.test+"(t *testing.T)") {
			t.Errorf("%s: there is no %s", suite.name, suite.test)
		}
		tests = append(tests, suite.test)
	}
	slices.Sort(tests)
	if len(slices.Compact(tests)) != len(suites) {
		t.Errorf("a test is in two suites: %v", tests)
	}
}
