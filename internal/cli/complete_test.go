package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jetpack-start/internal/testenv"

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
		&cli.StringFlag{Name: "wait", Usage: "wait for `TIME`"},
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
	for _, c := range []struct{ line, want string }{ // the line's last word is the one at the cursor
		{"", "provision license errors completion set help"},
		{"pro", "provision"},
		{"-", "--help --version"},
		{"bogus ", ""},
		{"license ", "issue list"},
		{"license -", "--help"},
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
		{"provision --wait --c", "--check"}, // the value of --wait can be left out, so nothing after it belongs to it
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

// shellCases are lines and the words that complete them in every shell. The shells differ in how
// much of the current word they repeat, so the words are without the flag's name.
var shellCases = []struct {
	line string
	want []string
}{
	{"jetpack-start prov", []string{"provision"}},
	{"jetpack-start license is", []string{"issue"}},
	{"jetpack-start license issue jetpack-vid", []string{"jetpack-videopress"}},
	{"jetpack-start provision --plan=pre", []string{"premium"}},
	{"jetpack-start provision --plan pre", []string{"premium"}},
	{
		"jetpack-start provision --siteurl=https://example.com:8080/a --plan=jetpack-b",
		[]string{"jetpack-backup-daily", "jetpack-backup-realtime"},
	},
	{
		"jetpack-start provision --partner-sec",
		[]string{"--partner-secret-file=", "--partner-secret="},
	},
	{"jetpack-start provision --dry", []string{"--dry-run"}},
	{"jetpack-start license list --fields=license_key,created", []string{"license_key,created_at"}},
	{"jetpack-start license list --state=unk", []string{"unknown"}},
	{"jetpack-start provision --partner-secret-file=tok", []string{"token one.txt", "token.txt"}},
	{"jetpack-start provision --partner-secret-file sub/in", []string{"sub/inner.txt"}},
	{"jetpack-start provision --path=s", []string{"sub/"}},
	{"jetpack-start provision --wait=", nil},
	{"jetpack-start bogus ", nil},
	{"jetpack-start provision --partner-secret=s3cret --dry", []string{"--dry-run"}},
}

// TestCompletionInShells drives the real shells.
func TestCompletionInShells(t *testing.T) {
	bin := t.TempDir()
	if err := os.Rename(testenv.Build(t), filepath.Join(bin, "real")); err != nil {
		t.Fatal(err)
	}
	// A wrapper logs the arguments, because what is typed must not be among them.
	wrapper := "#!/bin/sh\necho \"$@\" >>" + bin + "/arguments\nexec " + bin + "/real \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "jetpack-start"), []byte(wrapper), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	for shell, words := range map[string]func(t *testing.T, dir, line string) []string{"bash": bashWords, "zsh": zshWords, "fish": fishWords} {
		t.Run(shell, func(t *testing.T) {
			needShell(t, shell)
			dir := t.TempDir()
			script, err := completionScripts.ReadFile("completion/jetpack-start." + shell)
			if err != nil {
				t.Fatal(err)
			}
			here := filepath.Join(dir, "here")
			for name, content := range map[string]string{"script": string(script), "here/token.txt": "", "here/token one.txt": "", "here/sub/inner.txt": "", "here/spare.txt": ""} {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range shellCases {
				got := words(t, here, c.line)
				for i := range got {
					// The shells differ in escaping spaces in file names, and in the slash after
					// a directory.
					got[i] = strings.ReplaceAll(got[i], `\ `, " ")
					if info, err := os.Stat(filepath.Join(here, got[i])); err == nil &&
						info.IsDir() &&
						got[i] != "" {
						got[i] = strings.TrimSuffix(got[i], "/") + "/"
					}
				}
				want := slices.Clone(c.want)
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(slices.Compact(got), want) {
					t.Errorf("%q: %q, want %q", c.line, got, want)
				}
			}
			log, err := os.ReadFile(filepath.Join(bin, "arguments"))
			if err != nil || strings.Contains(string(log), "s3cret") ||
				!strings.Contains(string(log), completeWord) {
				t.Errorf("arguments visible to others: %v %s", err, log)
			}
		})
	}
}

// needShell skips the test if the shell isn't installed. In CI it installs the shell, or fails.
func needShell(t *testing.T, shell string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err == nil {
		return
	}
	ci := os.Getenv("CI") != ""
	if _, err := exec.LookPath("apt-get"); err == nil && os.Getuid() == 0 && ci {
		install := exec.Command(
			"sh", "-c", "apt-get update && apt-get install -y --no-install-recommends "+shell,
		)
		install.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := install.CombinedOutput(); err != nil {
			t.Logf("%s could not be installed: %v %s", shell, err, out)
		}
	}
	if _, err := exec.LookPath(shell); err != nil {
		if ci {
			t.Fatalf("%s is not installed", shell)
		}
		t.Skipf(
			"SKIPPED: %s is not installed (Debian: apt install %s); its completion was not tested",
			shell, shell,
		)
	}
}

// inShell runs a shell with the script in $SCRIPT and the line in $LINE, and returns the lines that it
// prints.
func inShell(t *testing.T, dir, line string, shell ...string) []string {
	t.Helper()
	command := exec.Command(shell[0], shell[1:]...)
	command.Dir = dir
	above := filepath.Dir(dir)
	command.Env = append(
		os.Environ(), "SCRIPT="+filepath.Join(above, "script"), "LINE="+line, "HOME="+above,
		"LC_ALL=C.UTF-8", "TERM=xterm", "XDG_CONFIG_HOME="+above, "XDG_DATA_HOME="+above,
	)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil || stderr.Len() > 0 {
		t.Errorf("%s: %q: %v %s", shell[0], line, err, &stderr)
	}
	list := []string{}
	for word := range strings.SplitSeq(string(out), "\n") {
		if word = strings.Trim(word, "\r"); word != "" {
			list = append(list, word)
		}
	}
	return list
}

// bashWords completes line in bash. It splits it like readline, at the characters of COMP_WORDBREAKS.
func bashWords(t *testing.T, dir, line string) []string {
	return inShell(t, dir, line, "bash", "--norc", "-c", `
		source "$SCRIPT"
		COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_WORDS=() word='' kind='' now=''
		for ((i = 0; i < ${#LINE}; i++)); do
			c=${LINE:i:1}
			case $c in ' ') now='' ;; = | :) now=break ;; *) now=plain ;; esac
			if [[ -n $word && $now != "$kind" ]]; then COMP_WORDS+=("$word") word=''; fi
			kind=$now
			[[ -z $now ]] || word+=$c
		done
		[[ -z $word && -n $kind ]] || COMP_WORDS+=("$word")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		complete -p jetpack-start >/dev/null || exit
		_jetpack_start
		printf '%s\n' "${COMPREPLY[@]}"`)
}

// fishWords completes line in fish.
func fishWords(t *testing.T, dir, line string) []string {
	list := inShell(
		t, dir, line, "fish", "--no-config", "-c", `source $SCRIPT; complete -C "$LINE"`,
	)
	for i, word := range list {
		word, _, _ = strings.Cut(word, "\t")
		list[i] = withoutFlag(word)
	}
	return list
}

// withoutFlag returns the value of --flag=value, and any other word unchanged.
func withoutFlag(word string) string {
	if _, value, ok := strings.Cut(word, "="); ok && value != "" && strings.HasPrefix(word, "-") {
		return value
	}
	return word
}

// zshrc makes an interactive zsh log the arguments of compadd, the builtin that takes all
// candidates.
const zshrc = `
PROMPT='' RPROMPT=''
setopt no_beep
autoload -Uz compinit && compinit -u -d "$ZDOTDIR/dump" # made once, read from then on
source "$SCRIPT"
compadd() {
	# Calls that only fill arrays are compsys's own.
	if [[ " ${(j: :)@[1,(i)(-|--)]} " == *\ -[[:alpha:]]#[AOD]\ * ]]; then
		builtin compadd "$@"
		return
	fi
	local -a hits prefix
	builtin compadd -A hits "$@"
	zparseopts -E -a prefix p:=prefix
	(( $#hits )) && print -rl -- "${(@)hits/#/$prefix[2]}" >> "$OUT"
	builtin compadd "$@"
}
zle-line-init() { print > "$OUT.ready" }
zle -N zle-line-init
done-completing() { print > "$OUT.done" }
comppostfuncs=(done-completing)
`

// zshWords types the line and a tab into an interactive zsh.
func zshWords(t *testing.T, dir, line string) []string {
	zdotdir := filepath.Join(filepath.Dir(dir), "zdotdir")
	if err := os.MkdirAll(zdotdir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(zdotdir, ".zshrc"), []byte("setopt extended_glob\n"+zshrc), 0o600); err != nil {
		t.Fatal(err)
	}
	return inShell(t, dir, line, "zsh", "-f", "-c", `
		export ZDOTDIR=$1 OUT=$1/out
		zmodload zsh/zpty zsh/zselect
		await() {
			local i said
			for ((i = 0; i < 1000; i++)); do
				[[ -e $1 ]] && return
				zpty -rt z said
				zselect -t 2
			done
			print -ru2 -- "zsh never reached $1: $said"
			exit 1
		}
		: > $OUT && rm -f $OUT.ready $OUT.done
		zpty z zsh -d -i
		await $OUT.ready
		zpty -wn z "$LINE"$'\t'
		await $OUT.done
		zpty -d z
		cat $OUT`, "zsh", zdotdir)
}
