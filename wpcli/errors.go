package wpcli

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/go-cmd/cmd"
)

// The kinds of failures, as far as WP-CLI 2.x reports them in words of its own. Test for them with
// errors.Is.
var (
	// ErrNotFound means that there is no such program.
	ErrNotFound = errors.New("wp was not found")
	// ErrNotStarted means that the program exists and can't be run.
	ErrNotStarted = errors.New("wp could not be started")
	// ErrTimeout means that the call took longer than CLI.Timeout and was stopped.
	ErrTimeout = errors.New("wp did not answer in time")
	// ErrNoWordPress means that the directory holds no WordPress, or one without a wp-config.php.
	ErrNoWordPress = errors.New("no WordPress was found")
	// ErrNotInstalled means that the files of WordPress exist and its database holds no site.
	ErrNotInstalled = errors.New("WordPress is not installed")
	// ErrRoot means that WP-CLI refuses to run as root without --allow-root.
	ErrRoot = errors.New("wp refuses to run as root")
	// ErrTooOld means that WP-CLI is older than 2.5.0, and so has no --exec parameter.
	ErrTooOld = errors.New("wp does not know --exec: WP-CLI 2.5.0 or later is required")
	// ErrDatabase means that WordPress can't reach its database.
	ErrDatabase = errors.New("WordPress can't reach its database")
	// ErrSiteNotFound means that the network has no site at the URL given with --url.
	ErrSiteNotFound = errors.New("the network has no such site")
	// ErrNoAnswer means that wp succeeded without printing a usable answer.
	ErrNoAnswer = errors.New("wp gave no usable answer")
	// ErrSafeMode means that Jetpack is in safe mode: it holds the site for a copy of another.
	ErrSafeMode = errors.New("the site is in Jetpack's safe mode: it is a copy of another")
	// ErrManySites means that the alias names a group of sites.
	ErrManySites = errors.New("wp answered for more than one site")
)

// kinds maps what WP-CLI prints on standard error to a kind. WP-CLI isn't translated.
var kinds = []struct {
	text string
	kind error
}{
	{"You're running this as root", ErrRoot},
	{"YIKES! It looks like you're running this as root", ErrRoot},
	{"This does not seem to be a WordPress install", ErrNoWordPress},
	{"'wp-config.php' not found", ErrNoWordPress},
	{"The site you have requested is not installed", ErrNotInstalled},
	{"Error establishing a database connection", ErrDatabase},
	{"Site not found.", ErrSiteNotFound},
	{"unknown --exec parameter", ErrTooOld},
	// A command of this package, which --exec would have registered.
	{"Error: 'jetpack-start-", ErrTooOld},
}

// Error is a failed call of WP-CLI.
type Error struct {
	Args     []string      // the command line, without the PHP code of --exec
	ExitCode int           // that of wp; -1 if it didn't start or was stopped
	Stderr   string        // what wp wrote to standard error, or else to standard output
	Kind     error         // one of this package's Err… values, or nil if the kind is unknown
	Timeout  time.Duration // with ErrTimeout: the time after which wp was stopped
	Asked    []string      // what ssh asked and had no answer to
}

// Error returns the kind of the failure, WP-CLI's own message and the questions of ssh that had no
// answer, as far as they are known.
func (e *Error) Error() string {
	if len(e.Asked) == 0 {
		return e.reason()
	}
	return e.reason() + " ssh asked: " + strings.Join(e.Asked, " ")
}

// reason is Error without the questions of ssh.
func (e *Error) reason() string {
	message := e.Message()
	switch {
	case e.Kind == ErrTimeout:
		return fmt.Sprintf("%v: ended after %v: %s", e.Kind, e.Timeout, strings.Join(e.Args, " "))
	case e.Kind == ErrTooOld:
		return e.Kind.Error() // WP-CLI names something that the user didn't type
	case e.Kind != nil && message != "":
		return fmt.Sprintf("%v: %s", e.Kind, message)
	case e.Kind != nil:
		return e.Kind.Error()
	case message != "":
		return "wp failed: " + message
	}
	return fmt.Sprintf("wp failed with exit code %d: %s", e.ExitCode, strings.Join(e.Args, " "))
}

// Unwrap returns the kind of the failure, or nil.
func (e *Error) Unwrap() error { return e.Kind }

// criticalError begins the line that WP-CLI prints instead of WordPress's page about a fatal
// error. PHP's own line says more.
const criticalError = "Error: There has been a critical error on this website."

// Message returns the line of standard error that explains most: WP-CLI's own "Error: …" with its
// reason, PHP's fatal error, or the last line. It has at most 300 characters and no control
// characters.
func (e *Error) Message() string {
	var fatal, last string
	lines := strings.Split(e.Stderr, "\n")
	for i, line := range lines {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.HasPrefix(line, criticalError):
			last = strings.TrimPrefix(line, "Error: ")
		case strings.HasPrefix(line, "Error: "):
			return clip(withReason(strings.TrimPrefix(line, "Error: "), lines[:i], lines[i+1:]))
		case fatal == "" && strings.Contains(line, "Fatal error:"):
			fatal = line
		default:
			last = line
		}
	}
	if fatal != "" {
		return clip(fatal)
	}
	return clip(last)
}

// withReason adds to an error message of WP-CLI the reason, if WP-CLI prints it on other lines:
// before are the lines before the message, after those that follow.
func withReason(message string, before, after []string) string {
	var reason []string
	switch {
	case strings.HasPrefix(message, "No "), strings.HasPrefix(message, "Only "):
		// "No plugins activated.": the sum of several attempts, each with a warning.
		for _, line := range before {
			text, isWarning := strings.CutPrefix(strings.TrimSpace(line), "Warning: ")
			if isWarning && !phpWarning.MatchString(text) {
				reason = append(reason, text)
			}
		}
	case strings.HasPrefix(message, "Cannot connect over SSH"):
		// ssh prints its own reason last.
		for _, line := range before {
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "Warning: ") {
				reason = []string{line}
			}
		}
	case strings.HasPrefix(message, "The site you have requested is not installed"):
		for _, line := range after {
			if strings.HasPrefix(line, "Your table prefix is") {
				reason = append(reason, strings.TrimSpace(line))
			}
		}
	}
	if len(reason) == 0 {
		return message
	}
	return strings.TrimRight(message, ".") + ": " + strings.Join(reason, " ")
}

// phpWarning matches a warning of PHP, which begins like one of WP-CLI.
var phpWarning = regexp.MustCompile(` on line \d+$`)

// clip replaces the control characters of a line that a site printed by spaces, and cuts the line
// after 300 characters.
func clip(line string) string {
	line = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, line)
	if runes := []rune(line); len(runes) > 300 {
		return string(runes[:300]) + "…"
	}
	return line
}

// resultError returns the error of a call that ended by itself, or nil if it succeeded.
func resultError(status cmd.Status, args []string, out Output) error {
	e := &Error{Args: args, ExitCode: status.Exit, Stderr: out.Stderr}
	switch {
	case errors.Is(status.Error, exec.ErrNotFound), errors.Is(status.Error, fs.ErrNotExist):
		e.Kind, e.ExitCode = ErrNotFound, -1
		e.Stderr = status.Error.Error()
		return e
	case status.Error != nil && status.PID == 0:
		e.Kind, e.ExitCode = ErrNotStarted, -1
		e.Stderr = status.Error.Error()
		return e
	case status.Error == nil && status.Exit == 0, errors.Is(status.Error, exec.ErrWaitDelay):
		// With ErrWaitDelay, wp succeeded, but something that it started holds its output open.
		return nil
	case status.Error != nil && e.Stderr == "":
		e.Stderr = status.Error.Error()
	}
	// A boot that dies (wp_die, a PHP fatal error) may print its message on standard output alone.
	if e.Stderr == "" {
		e.Stderr = out.Stdout
	}
	for _, k := range kinds {
		if strings.Contains(e.Stderr, k.text) {
			e.Kind = k.kind
			return e
		}
	}
	message := e.Message()
	if strings.HasPrefix(message, "Site '") && strings.Contains(message, "' not found") {
		e.Kind = ErrSiteNotFound
	}
	return e
}
