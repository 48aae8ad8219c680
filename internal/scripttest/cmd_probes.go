package scripttest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jetpack-start/wpcli"
)

// cmdProbes fails the script if the light probe and the full one read a different state of the site
// in the current directory. Arguments are users to look up.
func (h *harness) cmdProbes(ts *testscript.TestScript, _ bool, users []string) {
	if h.wp == "" {
		ts.Fatalf("probes: needs a real WordPress: guard the script with [!real] skip")
	}
	if len(users) == 0 {
		users = []string{"admin"}
	}
	for _, user := range users {
		light := h.probe(ts, wpcli.ProbeLight, user)
		full := h.probe(ts, wpcli.ProbeFull, user)
		if !light.Light || full.Light {
			ts.Fatalf("probes: the light one was light: %v, the full one: %v",
				light.Light, full.Light)
		}
		a, b := fieldsOf(ts, light), fieldsOf(ts, full)
		for name := range b {
			if !reflect.DeepEqual(a[name], b[name]) {
				ts.Fatalf("probes: user %q: %s: light %v, full %v", user, name, a[name], b[name])
			}
		}
		ts.Logf("probes: user %q: %d fields are equal; siteurl %s", user, len(b), full.SiteURL)
	}
}

// probe reads the site in the current directory.
func (h *harness) probe(ts *testscript.TestScript, mode wpcli.ProbeMode, user string) *wpcli.Site {
	wp := wpcli.CLI{
		Command: []string{h.wp}, Dir: ts.MkAbs("."), Global: []string{"--allow-root"},
		ProbeMode: mode,
	}
	site, err := wp.Probe(context.Background(), user)
	if err != nil {
		ts.Fatalf("probes: %s, user %q: %v", mode, user, err)
	}
	return site
}

// fieldsOf returns the fields that must be equal in both ways.
func fieldsOf(ts *testscript.TestScript, site *wpcli.Site) (fields map[string]any) {
	data, err := json.Marshal(site)
	ts.Check(err)
	ts.Check(json.Unmarshal(data, &fields))
	delete(fields, "Light")
	delete(fields, "FullBecause")
	return fields
}

// siteLine matches a command site that a real WordPress can run, without conditions before it.
// Arguments in capitals are for the stub alone.
var siteLine = regexp.MustCompile(`(?m)^(?:\[[^]]*\] )*(site(?: +[a-z'][^\n]*)?)$`)

// probeScripts writes scripts that make each site of the scripts in files once, and compare the two
// ways of reading it. It returns their paths.
func probeScripts(t *testing.T, files []string) []string {
	const sitesPerScript = 10
	var lines []string
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range siteLine.FindAllStringSubmatch(string(script), -1) {
			line := match[1]
			if !onlyForStub.MatchString(line) && !strings.Contains(line, "owner=") {
				lines = append(lines, line)
			}
		}
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	if len(lines) < sitesPerScript {
		t.Fatalf("found only %d different sites in the scripts", len(lines))
	}
	dir := t.TempDir()
	var scripts []string
	for chunk := range slices.Chunk(lines, sitesPerScript) {
		name := fmt.Sprintf("probes_of_sites_%d.txtar", len(scripts)+1)
		script := "# Both ways of reading a site see the same.\n"
		for _, line := range chunk {
			script += line + "\nprobes\n"
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, path)
	}
	return scripts
}

// onlyForStub matches an argument of site that only the stub knows.
var onlyForStub = regexp.MustCompile(` '?[A-Z]+=`)
