package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/term"

	"jetpack-start/internal/plainjson"
)

// output holds the standard streams and writes messages and results to them. Results go to stdout,
// messages to stderr. The methods for messages may be called concurrently.
type output struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	dumb    bool // the terminal doesn't understand escape codes (TERM=dumb)
	noColor bool // no colors and no progress lines
	quiet   bool // no warnings, notices and progress lines
	debug   bool // debugf writes
	noJSON  bool // results aren't JSON, so a failure writes nothing to stdout

	mu sync.Mutex // guards what follows, and keeps a message and its hint together

	// held, if not nil, collects warnings instead of printing them: after a failure the stderr of a
	// drop-in must hold one line of JSON and nothing else.
	held         *[]string
	progressOpen bool // a progress line is on the terminal
}

// newOutput returns an output for the streams, with the settings of the environment.
func newOutput(
	stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string,
) output {
	return output{
		stdin: stdin, stdout: stdout, stderr: stderr,
		dumb: getenv("TERM") == "dumb", noColor: getenv("NO_COLOR") != "",
	}
}

// terminal reports whether stream is a terminal that understands escape codes.
func (o *output) terminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && !o.dumb && term.IsTerminal(int(file.Fd()))
}

// escapes reports whether escape codes may be written to stderr.
func (o *output) escapes() bool { return o.terminal(o.stderr) && !o.noColor && !o.quiet }

// columns returns the width for text on stdout: that of the terminal, but at least 60 and at most
// 100, which is also the width without a terminal.
func (o *output) columns() int {
	if file, ok := o.stdout.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil {
			return min(max(columns, 60), 100)
		}
	}
	return 100
}

// say writes text as one line to stderr, after the program's name.
func (o *output) say(text string) { o.message("", text, "") }

// message writes label and text as one line to stderr, and then the hint, if it isn't empty. The
// label is ours and may hold escape codes; text and hint may hold anything and are sanitized.
func (o *output) message(label, text, hint string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.showProgress("")
	fmt.Fprintf(o.stderr, "jetpack-start: %s%s\n", label, oneLine(text))
	if hint != "" {
		fmt.Fprintf(o.stderr, "hint: %s\n", oneLine(hint))
	}
}

// warn writes a warning and a hint, which may be empty. The result on stdout must contain the
// warning too.
func (o *output) warn(text, hint string) {
	switch {
	case o.hold(text), o.quiet:
	case o.escapes():
		o.message("\x1b[33mwarning:\x1b[0m ", text, hint)
	default:
		o.message("warning: ", text, hint)
	}
}

// hold adds a warning to the held ones, and reports whether warnings are held.
func (o *output) hold(warning string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held == nil {
		return false
	}
	*o.held = append(*o.held, warning)
	return true
}

// notice writes something that the user should know before the command ends.
func (o *output) notice(text string) {
	if !o.quiet {
		o.say(text)
	}
}

// fail writes an error and a hint, which may be empty. --quiet doesn't suppress it.
func (o *output) fail(text, hint string) {
	label := ""
	if o.escapes() {
		label = "\x1b[31merror:\x1b[0m "
	}
	o.message(label, text, hint)
}

// debugf writes a line if --debug is set. Callers must not pass secrets.
func (o *output) debugf(format string, args ...any) {
	if o.debug {
		o.say("debug: " + fmt.Sprintf(format, args...))
	}
}

// progress shows text on the terminal until the next message. An empty text removes the line.
func (o *output) progress(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.showProgress(text)
}

// showProgress is progress for callers that hold mu.
func (o *output) showProgress(text string) {
	if !o.escapes() {
		return
	}
	if o.progressOpen {
		fmt.Fprint(o.stderr, "\r\x1b[K")
	}
	if o.progressOpen = text != ""; o.progressOpen {
		fmt.Fprint(o.stderr, text+" …")
	}
}

// printJSON writes v to stdout as one line of JSON, or indented if stdout is a terminal.
func (o *output) printJSON(v any) error {
	if o.terminal(o.stdout) {
		return writeJSON(o.stdout, v, "  ")
	}
	return writeJSON(o.stdout, v, "")
}

// printFailure is printJSON for the result of a command that failed. It writes nothing if the
// caller didn't ask for JSON: what a script takes for a value must not be an error.
func (o *output) printFailure(v any) error {
	if o.noJSON {
		return nil
	}
	return o.printJSON(v)
}

// writeJSON writes v as JSON, with the given indent, and a newline.
func writeJSON(w io.Writer, v any, indent string) error {
	text, err := plainjson.MarshalIndent(v, indent)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// oneLine returns text as one printable line. The texts of sites and servers may hold control
// characters, on which a terminal acts, and bidirectional marks, which change how a line reads.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text)
}
