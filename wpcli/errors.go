package wpcli

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"time"

	"github.com/go-cmd/cmd"
)

// What can be wrong with a call, as far as WP-CLI 2.x says so in words of its own. Test with
// errors.Is.
var (
	// ErrNotFound: there is no such program.
	ErrNotFound = errors.New("wp was not found")
	// ErrNotStarted: the program is there, and can't be run.
	ErrNotStarted = errors.New("wp could not be started")
	// ErrTimeout: the call took longer than CLI.Timeout and was ended.
	ErrTimeout = errors.New("wp did not answer in time")
	// ErrNoWordPress: no WordPress, or one without a wp-config.php, is in that directory.
	ErrNoWordPress = errors.New("no WordPress was found")
	// ErrNotInstalled: the files are there, the database holds no site.
	ErrNotInstalled = errors.New("WordPress is not installed")
	// ErrRoot: WP-CLI refuses to run as root without --allow-root.
	ErrRoot = errors.New("wp refuses to run as root")
	// ErrDatabase: WordPress can't reach its database.
	ErrDatabase = errors.New("WordPress can't reach its database")
	// ErrSiteNotFound: the network has no site at that --url.
	ErrSiteNotFound = errors.New("the network has no such site")
	// ErrNoAnswer: wp ended well, but what it had to say isn't in its output.
	ErrNoAnswer = errors.New("wp gave no usable answer")
	// ErrManySites: the alias names a group of sites.
	ErrManySites = errors.New("wp answered for more than one site")
)

// kinds are the words by which WP-CLI's errors are told apart. WP-CLI isn't translated.
var kinds = []struct {
	words string
	kind  error
}{
	{"You're running this as root", ErrRoot},
	{"YIKES! It looks like you're running this as root", ErrRoot},
	{"This does not seem to be a WordPress install", ErrNoWordPress},
	{"'wp-config.php' not found", ErrNoWordPress},
	{"The site you have requested is not installed", ErrNotInstalled},
	{"Error establishing a database connection", ErrDatabase},
	{"Site not found.", ErrSiteNotFound},
}

// Error is a call of WP-CLI that failed.
type Error struct {
	// Args are the call as typed, with --exec code shortened.
	Args []string
	// ExitCode is wp's; -1 where it didn't start or was ended.
	ExitCode int
	// Stderr is what it wrote there.
	Stderr string
	// Kind is one of this package's Err… values, or nil where the failure is of no known kind.
	Kind error
	// Timeout is the time-out that ran out, for ErrTimeout.
	Timeout time.Duration
}

// Error says what failed, in WP-CLI's own words where it has some.
func (e *Error) Error() string {
	said := e.Message()
	switch {
	case e.Kind == ErrTimeout:
		return fmt.Sprintf("%v: ended after %v: %s", e.Kind, e.Timeout, strings.Join(e.Args, " "))
	case e.Kind != nil && said != "":
		return fmt.Sprintf("%v: %s", e.Kind, said)
	case e.Kind != nil:
		return e.Kind.Error()
	case said != "":
		return "wp failed: " + said
	}
	return fmt.Sprintf("wp failed with exit code %d: %s", e.ExitCode, strings.Join(e.Args, " "))
}

// Unwrap gives the kind.
func (e *Error) Unwrap() error { return e.Kind }

// criticalError is what WP-CLI makes of WordPress's page for a fatal error: it says less than
// PHP's own line.
const criticalError = "Error: There has been a critical error on this website."

// Message is the line of standard error that tells most: WP-CLI's own "Error: …", PHP's fatal error,
// else the last one.
func (e *Error) Message() string {
	var fatal, last string
	for line := range strings.SplitSeq(e.Stderr, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.HasPrefix(line, criticalError):
			last = strings.TrimPrefix(line, "Error: ")
		case strings.HasPrefix(line, "Error: "):
			return clip(strings.TrimPrefix(line, "Error: "))
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

// clip keeps a line printable and short; what a site prints is not ours.
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

func resultError(status cmd.Status, shown []string, out Output) error {
	e := &Error{Args: shown, ExitCode: status.Exit, Stderr: out.Stderr}
	switch {
	case errors.Is(status.Error, exec.ErrNotFound), errors.Is(status.Error, fs.ErrNotExist):
		e.Kind, e.ExitCode = ErrNotFound, -1
		e.Stderr = status.Error.Error()
		return e
	case status.Error != nil && status.PID == 0:
		e.Kind, e.ExitCode = ErrNotStarted, -1
		e.Stderr = status.Error.Error()
		return e
	case status.Error == nil && status.Exit == 0:
		return nil
	case status.Error != nil && e.Stderr == "":
		e.Stderr = status.Error.Error()
	}
	// A boot that dies (wp_die, a PHP fatal error) may say so on standard output alone.
	if e.Stderr == "" {
		e.Stderr = out.Stdout
	}
	for _, k := range kinds {
		if strings.Contains(e.Stderr, k.words) {
			e.Kind = k.kind
			return e
		}
	}
	if said := e.Message(); strings.HasPrefix(said, "Site '") &&
		strings.Contains(said, "' not found") {
		e.Kind = ErrSiteNotFound
	}
	return e
}
