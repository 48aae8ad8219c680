package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// The environment variables that are read, beside those that Go itself reads (SSL_CERT_FILE, the
// proxy variables).
const (
	envPartnerID     = "JETPACK_PARTNER_ID"
	envPartnerSecret = "JETPACK_PARTNER_SECRET"
	envSecretFile    = "JETPACK_PARTNER_SECRET_FILE"
	envAPIHost       = "JETPACK_START_API_HOST"
	envAPIURL        = "JETPACK_START_API_URL"
	envCacheDir      = "JETPACK_START_CACHE_DIR"
	envWPCLI         = "JETPACK_START_WP_CLI"
	envSSHPass       = "JETPACK_START_SSH_PASS"
	envFTPPass       = "JETPACK_START_FTP_PASS"
	envScriptDir     = "JETPACK_START_SCRIPT_DIR"
	envAPITimeout    = "JETPACK_START_API_TIMEOUT" // of those that are called without flags: the drop-ins, and the first by the WHMCS module
	envWPTimeout     = "JETPACK_START_WP_TIMEOUT"
	envLicensing     = "JETPACK_LICENSING_TOKEN"
	envTokenFile     = "JETPACK_LICENSING_TOKEN_FILE"
	envLedger        = "JETPACK_START_LEDGER"
)

// secretEnv are never passed on to a child.
var secretEnv = []string{
	envPartnerSecret,
	envSSHPass,
	envFTPPass,
	envLicensing,
	envLedger,
	movedFlag,
} // the ledger's DSN can hold a password

// world is what a command can touch of the process: its streams and its environment.
type world struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	environ        []string

	quiet, noColor, debug bool
	// stop is closed by Ctrl-C and the like, for what waits without a context.
	stop <-chan struct{}
	// held keeps warnings back, for the drop-ins, whose standard error holds one line of JSON or
	// nothing on failure.
	held   *[]string
	status bool // a progress line is on the terminal
	code   int  // the exit code
}

// childEnv is the environment of wp: this one, without our secrets.
func (w *world) childEnv() []string {
	env := []string{}
	for _, entry := range w.environ {
		name, _, _ := strings.Cut(entry, "=")
		secret := false
		for _, hidden := range secretEnv {
			secret = secret || name == hidden
		}
		if !secret {
			env = append(env, entry)
		}
	}
	return env
}

// terminal says whether a stream is one; a dumb one counts as none.
func (w *world) terminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && w.getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd()))
}

func (w *world) colour() bool {
	return w.terminal(w.stderr) && !w.noColor && !w.quiet && w.getenv("NO_COLOR") == ""
}

// say writes a line to standard error in the form of all our messages.
func (w *world) say(text string) { w.line("", text) }

// line writes a label of ours, which can hold colours, and a text, which can hold anything.
func (w *world) line(label, text string) {
	w.progress("")
	fmt.Fprintf(w.stderr, "jetpack-start: %s%s\n", label, oneLine(text))
}

func (w *world) hint(text string) {
	if text != "" {
		fmt.Fprintf(w.stderr, "hint: %s\n", oneLine(text))
	}
}

// warn tells what a person should know; the result on standard output says it too.
func (w *world) warn(text, hint string) {
	switch {
	case w.held != nil:
		*w.held = append(*w.held, text)
	case !w.quiet:
		label := "warning: "
		if w.colour() {
			label = "\x1b[33mwarning:\x1b[0m "
		}
		w.line(label, text)
		w.hint(hint)
	}
}

// notice tells what can't wait for the result.
func (w *world) notice(text string) {
	if !w.quiet {
		w.say(text)
	}
}

// fail says what went wrong.
func (w *world) fail(text, hint string) {
	label := ""
	if w.colour() {
		label = "\x1b[31merror:\x1b[0m "
	}
	w.line(label, text)
	w.hint(hint)
}

// debugf writes what --debug shows. Callers hand it no secrets.
func (w *world) debugf(format string, args ...any) {
	if w.debug {
		w.say("debug: " + fmt.Sprintf(format, args...))
	}
}

// progress shows a line on a terminal until the next message or "".
func (w *world) progress(text string) {
	if w.quiet || w.noColor || w.getenv("NO_COLOR") != "" || !w.terminal(w.stderr) {
		return
	}
	if w.status {
		fmt.Fprint(w.stderr, "\r\x1b[K")
	}
	if w.status = text != ""; w.status {
		fmt.Fprint(w.stderr, text+" …")
	}
}

// oneLine keeps a message to one printable line, whatever a site or a server put into it: a
// terminal acts on control characters, and marks of direction make a line read as another.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text)
}
