package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

var argFlags = []cli.Flag{
	&cli.StringFlag{Name: "plan"},
	&cli.StringFlag{Name: "partner-id", Aliases: []string{"partner_id"}},
	&cli.BoolFlag{Name: "check"}, &cli.StringFlag{Name: "wait"},
}

func TestArrange(t *testing.T) {
	for _, c := range []struct {
		in, want, alias string
	}{
		{"--plan premium", "--plan=premium", ""},
		{"--plan=premium --check", "--plan=premium --check", ""},
		{"stray --plan premium", "--plan=premium -- stray", ""},
		{"@prod --check", "--check", "@prod"},
		{"--check @prod", "--check", "@prod"},
		{"--plan @prod", "--plan=@prod", ""},
		{"--plan --check", "--plan=--check", ""},
		{"--wait --check", "--wait=5m --check", ""},
		{"--wait=90s", "--wait=90s", ""},
		{"--wait 90s", "--wait=5m -- 90s", ""}, // rejected as an unexpected argument
		{"-partner_id 7", "-partner_id=7", ""},
		{"--unknown x", "--unknown -- x", ""},
		{"--check -- --plan", "--check -- --plan", ""},
		{"--plan", "--plan", ""},
		{"-", "-- -", ""},
		{"@a @b", "-- @b", "@a"},
	} {
		got, alias := arrange(strings.Fields(c.in), argFlags)
		if strings.Join(got, " ") != c.want || alias != c.alias {
			t.Errorf("arrange(%q) = %q, %q, want %q, %q", c.in, got, alias, c.want, c.alias)
		}
	}
}

// No argument is lost.
func FuzzArrange(f *testing.F) {
	f.Add("--plan premium @a -- x")
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, " ")
		got, alias := arrange(args, argFlags)
		size := func(all []string) (n int) {
			for _, arg := range all {
				if arg != "--" && arg != "" {
					n += len(strings.ReplaceAll(arg, "=", ""))
				}
			}
			return n
		}
		before, after := size(args), size(append(slices.Clone(got), alias))
		if after < before {
			t.Errorf("arrange(%q) = %q, %q lost something", args, got, alias)
		}
	})
}

func TestCutGlobals(t *testing.T) {
	commands := []*cli.Command{
		{Name: "status"}, {Name: "license", Subcommands: []*cli.Command{{Name: "show"}}},
	}
	for _, c := range []struct{ in, globals, words string }{
		{"@shop status --x", "@shop", "status --x"},
		{"--path=/x @shop status", "--path=/x @shop", "status"},
		{"--path /x status", "--path=/x", "status"},
		{"--path status status", "--path=status", "status"},
		{"--debug status", "--debug", "status"}, // its value may be omitted
		{"--allow-root --quiet status", "--allow-root --quiet", "status"},
		{"-quiet license --url=u show k --url=v", "-quiet --url=u", "license show k --url=v"},
		{"--help status", "--help", "status"},
		{"status @shop --path=/x", "", "status @shop --path=/x"},
		{"--plan=x status", "", "--plan=x status"},
		{"bogus --path=/x status", "", "bogus --path=/x status"},
		{"-- status", "", "-- status"},
		{"--path", "--path", ""},
	} {
		globals, words := cutGlobals(commands, strings.Fields(c.in))
		if g, w := strings.Join(globals, " "), strings.Join(words, " "); g != c.globals ||
			w != c.words {
			t.Errorf("cutGlobals(%q) = %q, %q, want %q, %q", c.in, g, w, c.globals, c.words)
		}
	}
}
