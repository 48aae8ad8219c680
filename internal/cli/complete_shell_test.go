package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/testenv"
)

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
	writeFile(t, filepath.Join(bin, "jetpack-start"), wrapper, 0o755)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	for shell, words := range map[string]func(t *testing.T, dir, line string) []string{
		"bash": bashWords, "zsh": zshWords, "fish": fishWords,
	} {
		t.Run(shell, func(t *testing.T) {
			needShell(t, shell)
			dir := t.TempDir()
			script, err := completionScripts.ReadFile("completion/jetpack-start." + shell)
			if err != nil {
				t.Fatal(err)
			}
			here := filepath.Join(dir, "here")
			writeFile(t, filepath.Join(dir, "script"), string(script), 0o644)
			for _, name := range []string{
				"token.txt", "token one.txt", "sub/inner.txt", "spare.txt",
			} {
				writeFile(t, filepath.Join(here, name), "", 0o644)
			}
			for _, c := range shellCases {
				got := words(t, here, c.line)
				for i := range got {
					// The shells differ in escaping spaces in file names, and in the slash after
					// a directory.
					got[i] = strings.ReplaceAll(got[i], `\ `, " ")
					info, err := os.Stat(filepath.Join(here, got[i]))
					if got[i] != "" && err == nil && info.IsDir() {
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

// writeFile writes a file and creates its directory.
func writeFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// needShell installs the shell if it is missing, or skips the test.
func needShell(t *testing.T, shell string) {
	t.Helper()
	testenv.SkipNamed(t, "shells")
	if err := apttest.Install(shell, shell); err != nil {
		testenv.Skip(t, "shells", "the completion of %s can't be tested: %v", shell, err)
	}
}

// inShell runs a shell with the script in $SCRIPT and the line in $LINE, and returns the lines
// that it prints.
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

// bashWords completes line in bash. It splits it like readline, at the characters of
// COMP_WORDBREAKS.
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
	writeFile(t, filepath.Join(zdotdir, ".zshrc"), "setopt extended_glob\n"+zshrc, 0o600)
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
