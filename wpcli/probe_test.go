package wpcli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// fakeWP writes a program that plays WP-CLI: it answers each of this package's commands with the
// JSON given, and then runs the shell command given. It returns the program's path. Its arguments
// and standard input are in the files args and stdin beside it.
func fakeWP(t *testing.T, answer, last string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wp")
	script := `#!/bin/sh
dir=$(dirname "$0")
printf '%s\n' "$@" >"$dir/args"
cat >"$dir/stdin"
for arg; do
	case $arg in jetpack-start-[A-Z0-9]*) marker=$arg ;; esac
done
printf 'PHP Notice: noise\n%s begin\n%s\n%s end\n' "$marker" '` + answer + `' "$marker"
` + last + "\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProbeOfANetwork(t *testing.T) {
	// As a caller's SiteKey may do it, in short.
	siteKey := func(siteURL string) string {
		_, rest, found := strings.Cut(siteURL, "://")
		if !found {
			rest = siteURL
		}
		return strings.TrimRight(rest, "/")
	}
	const second = `"siteurl":"http://example.com/second","home":"http://example.com/second"`
	const moved = `"siteurl":"https://example.com/wp","home":"https://example.com"`
	for _, test := range []struct {
		name, answer string
		siteKey      func(string) string
		want         error
	}{
		{"no URL", `{"multisite":true,"url":"",` + second + `}`, siteKey, nil},
		{"no network", `{"url":"https://example.com/third",` + second + `}`, siteKey, nil},
		{"same", `{"multisite":true,"url":"https://Example.com/Second/",` + second + `}`, siteKey, nil},
		{"no scheme", `{"multisite":true,"url":"example.com/second",` + second + `}`, siteKey, nil},
		{"home", `{"multisite":true,"url":"example.com/",` + moved + `}`, siteKey, nil},
		{"siteurl", `{"multisite":true,"url":"example.com/wp",` + moved + `}`, siteKey, nil},
		{"other path", `{"multisite":true,"url":"example.com/third",` + second + `}`, siteKey, ErrSiteNotFound},
		{"longer path", `{"multisite":true,"url":"example.com/second/x",` + second + `}`, siteKey, ErrSiteNotFound},
		{"no SiteKey, same", `{"multisite":true,"url":"http://example.com/second",` + second + `}`, nil, nil},
		{"no SiteKey, other", `{"multisite":true,"url":"http://example.com/third",` + second + `}`, nil, ErrSiteNotFound},
	} {
		c := &CLI{Command: []string{fakeWP(t, test.answer, "")}, SiteKey: test.siteKey}
		site, err := c.Probe(t.Context(), "")
		if !errors.Is(err, test.want) || (err == nil) != (site != nil) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestConnectionStates(t *testing.T) {
	owned := func(exists bool, tokens ...int) Site {
		return Site{
			BlogID: 42, BlogToken: true, MasterUser: 7, MasterUserExists: exists,
			UserTokens: tokens,
		}
	}
	for _, test := range []struct {
		site                  Site
		registered, connected bool
		problem               string
	}{
		{Site{}, false, false, ""},
		{Site{BlogID: 42}, false, false, "it has a blog ID without a blog token"},
		{Site{BlogToken: true}, false, false, "it has a blog token without a blog ID"},
		{Site{MasterUser: 7}, false, false, "its owner, user 7, doesn't exist"},
		{Site{BlogID: 42, BlogToken: true}, true, false, ""},
		{owned(true, 7), true, true, ""},
		{owned(true, 1, 7), true, true, ""},
		{owned(false, 7), true, false, "its owner, user 7, doesn't exist"},
		{owned(true, 1), true, false, "its owner, user 7, has no valid token"},
	} {
		s := test.site
		if s.Registered() != test.registered || s.Connected() != test.connected ||
			s.ConnectionProblem() != test.problem {
			t.Errorf("%+v: Registered %t, Connected %t, ConnectionProblem %q",
				s, s.Registered(), s.Connected(), s.ConnectionProblem())
		}
	}
}

// A site can give a folder a name that WP-CLI would take for an option.
func TestPluginFolder(t *testing.T) {
	for file, want := range map[string]string{
		"jetpack/jetpack.php":     "jetpack",
		"jetpack-dev/jetpack.php": "jetpack-dev",
		"--exec=x/jetpack.php":    "",
		"a\nb/jetpack.php":        "",
		"/jetpack.php":            "",
		"jetpack.php":             "",
		"":                        "",
	} {
		answer := gjson.Parse(string(mustJSON(map[string]any{
			"plugins": map[string]any{"jetpack": map[string]any{"file": file}},
		})))
		if got := parseSite(answer).Plugins["jetpack"].Folder(); got != want {
			t.Errorf("the folder of %q is %q, want %q", file, got, want)
		}
	}
}
