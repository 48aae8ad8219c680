package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// words returns the candidates without descriptions.
func words(all []candidate) string {
	list := []string{}
	for _, c := range all {
		list = append(list, c.word)
	}
	return strings.Join(list, " ")
}

// completionTree is separate from the real commands, so that new flags don't change the test.
var completionTree = []*cli.Command{
	{Name: "provision", Usage: "make a plan", ArgsUsage: "[@alias]", Flags: []cli.Flag{
		&cli.StringFlag{
			Name:     "partner-id",
			Aliases:  []string{"partner_id"},
			Usage:    "an `ID`",
			Category: catCredentials,
		},
		&cli.StringFlag{Name: "plan", Usage: "plan `SLUG`"},
		&cli.StringFlag{Name: "plugins", Usage: "`LIST` of plugins"},
		&cli.StringFlag{Name: "wait", Usage: "wait for `DURATION`"},
		&cli.StringFlag{Name: "path", Usage: "`PATH` of the files"},
		&cli.StringSliceFlag{Name: "require", Usage: "a `FILE`"},
		&cli.StringSliceFlag{Name: "exec", Usage: "PHP `CODE`"},
		&cli.BoolFlag{Name: "check", Usage: "look first"},
		&cli.StringFlag{Name: "wp-alias", Hidden: true},
	}},
	{Name: "license", Usage: "licenses", Subcommands: []*cli.Command{
		{
			Name:      "issue",
			Usage:     "issue one",
			ArgsUsage: "PRODUCT",
			Flags:     []cli.Flag{&cli.StringFlag{Name: "reference", Usage: "an `ORDER`"}},
		},
		{
			Name:  "list",
			Usage: "list them",
			Flags: append(
				listFlags([]string{"id", "kind", "key_id"}),
				&choiceFlag{StringFlag: textFlag("", "state", "`STATE`"), values: entryStates},
				&choiceFlag{StringFlag: textFlag("", "kind", "`KIND`"), values: entryKinds},
			),
		},
		{Name: "secret", Hidden: true},
	}},
	{Name: "errors", Usage: "explain", ArgsUsage: "[CODE]"},
	{Name: "completion", Usage: "print", ArgsUsage: "bash|zsh|fish"},
	{Name: "set", Usage: "set", ArgsUsage: "KEY [PRODUCT…]"},
	{Name: "help", Usage: "help", ArgsUsage: "[COMMAND…]"},
}

func TestCandidates(t *testing.T) {
	globals := words(append(flagCandidates(globalFlags(), nil), helpCandidate))
	// The last word of the line is the one at the cursor.
	for _, c := range []struct{ line, want string }{
		{"", "provision license errors completion set help"},
		{"pro", "provision"},
		{"-", globals + " --version"},
		{"--no", "--no-color"},
		{"--path=", anyFolder},
		{"--path /x pro", "provision"},
		{"@shop --quiet pro", "provision"},
		{"--quiet provision --ch", "--check"},
		{"--quiet --q", ""},
		{"help env", "environment"},
		{"help fl", "flags"},
		{"bogus ", ""},
		{"license ", "issue list"},
		{"license -", globals},
		{"license --path=/x is", "issue"},
		{"license bogus ", ""},
		{"help lic", "license"},
		{"help license ", "issue list"},
		{"provision ", "--plan= --plugins= --wait --path= --require= --exec= --check --partner-id= --help"},
		{"provision --p", "--plan= --plugins= --path= --partner-id="},
		{"provision --plan=free --p", "--plugins= --path= --partner-id="},
		{"provision --plan free --p", "--plugins= --path= --partner-id="},
		{"provision --partner_id=7 --p", "--plan= --plugins= --path="},
		{"provision --require=a --r", "--require="},
		{"provision --check --c", ""},
		{"provision @prod --c", "--check"},
		{"provision --wait --c", "--check"}, // the value of --wait may be omitted, so --c isn't it
		{"provision --wait=", ""},
		{"provision --plan=pre", "--plan=premium"},
		{"provision --plan pre", "premium"},
		{"provision -plan=pre", "-plan=premium"},
		{"provision --plan=jetpack-b", "--plan=jetpack-backup-daily --plan=jetpack-backup-realtime"},
		{"provision --plugins=", "--plugins=akismet --plugins=vaultpress --plugins=none"},
		{"provision --plugins=akismet,", "--plugins=akismet,vaultpress"},
		{"provision --path=", anyFolder},
		{"provision --path /var", anyFolder},
		{"provision --require=", anyFile},
		{"provision --exec=", ""},
		{"provision --partner-id=", ""},
		{"provision --bogus=", ""},
		{"provision -- --p", ""},
		{"provision --plan", "--plan="},
		{"license issue jetpack-s", "jetpack-scan"},
		{"license issue pre", ""}, // a plan has no licenses
		{"license issue jetpack-scan ", "--reference= --help"},
		{"license issue jetpack-scan jet", ""},
		{"license list --format=j", "--format=json"},
		{"license list --fields=k", "--fields=kind --fields=key_id"},
		{"license list --fields=id,k", "--fields=id,kind --fields=id,key_id"},
		{"license list --fields id,kind,", "id,kind,key_id"},
		{"license list --field=i", "--field=id"},
		{"license list --state=", "--state=intended --state=done --state=failed --state=unknown --state=void"},
		{"license list --kind=p", "--kind=partner_key --kind=provision"},
		{"errors invalid_cl", "invalid_client"},
		{"completion ", "bash zsh fish"},
		{"set some-key jetpack-sc", "jetpack-scan"},
		{"set some-key jetpack-scan jetpack-sc", "jetpack-scan"},
	} {
		if got := words(candidates(completionTree, strings.Split(c.line, " "))); got != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
}

// Each candidate is printed on one line with its description.
func TestCompleteOutput(t *testing.T) {
	var out bytes.Buffer
	a := &app{output: output{stdin: strings.NewReader("license\x00i\x00"), stdout: &out}}
	if code := a.complete(completionTree, nil); code != exitOK ||
		out.String() != "issue\tissue one\n" {
		t.Errorf("%d %q", code, &out)
	}
	out.Reset()
	if a.complete(completionTree, []string{"errors", "invalid_client"}); !strings.HasPrefix(
		out.String(), "invalid_client\tThe partner ID",
	) {
		t.Errorf("%q", &out)
	}
	out.Reset()
	a.stdin = strings.NewReader("license\x00\x00")
	if a.complete(completionTree, nil); out.String() != "issue\tissue one\nlist\tlist them\n" {
		t.Errorf("%q", &out)
	}
}

// In the real tree, flags with these names must have values.
func TestCompletionKnowsTheValues(t *testing.T) {
	everyCommand(testCommands(), nil, func(path []string, command *cli.Command) {
		for _, flag := range command.Flags {
			name := flag.Names()[0]
			values, _ := flagValues(flag)
			must := slices.Contains(
				[]string{"format", "fields", "field", "plan", "plugins", "kind", "ledger", "path"},
				name,
			) ||
				strings.HasSuffix(name, "-file") ||
				strings.HasSuffix(name, "-private-key")
			if must && len(values) == 0 {
				t.Errorf(
					"%q: --%s completes nothing: give it a choiceFlag, or a placeholder that valuesOf knows",
					path, name,
				)
			}
		}
	})
}

func FuzzCandidates(f *testing.F) {
	f.Add("provision --plan=pre")
	f.Add("license list --fields=id,")
	f.Add("help license ")
	commands := testCommands()
	f.Fuzz(func(t *testing.T, line string) {
		all := strings.Split(line, " ")
		for _, c := range candidates(commands, all) {
			if !strings.HasPrefix(c.word, all[len(all)-1]) && !strings.HasPrefix(c.word, ":") ||
				strings.ContainsAny(c.word, "\n\t") {
				t.Errorf("%q: %q", line, c.word)
			}
		}
	})
}
