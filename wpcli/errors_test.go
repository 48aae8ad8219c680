package wpcli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMessage(t *testing.T) {
	for _, test := range []struct{ stderr, want string }{
		{"", ""},
		{"one\ntwo\n\n", "two"},
		{"Warning: x\nError: it failed.\nmore", "it failed."},
		{"PHP Fatal error:  Uncaught X\nStack trace:\n#0 {main}", "PHP Fatal error:  Uncaught X"},
		{"PHP Fatal error:  Uncaught X\nFatal error: Uncaught X\nError: There has been a critical error on this website.Learn more", "PHP Fatal error:  Uncaught X"},
		{"Error: There has been a critical error on this website.", "There has been a critical error on this website."},
		{"Error: a\x1b[31m\ttab", "a [31m tab"},
		{"Error: " + strings.Repeat("é", 301), strings.Repeat("é", 300) + "…"},
		{"Warning: Destination folder already exists. \"/x/\"\nError: No plugins installed.", "No plugins installed: Destination folder already exists. \"/x/\""},
		{"Warning: Undefined variable $a in /x.php on line 3\nWarning: needs PHP 9.9.\nError: No plugins activated.", "No plugins activated: needs PHP 9.9."},
		{"Warning: Undefined variable $a in /x.php on line 3\nError: No plugins activated.", "No plugins activated."},
		{"Warning: Permanently added 'web1' to the list of known hosts.\nweb1: Permission denied (publickey).\r\nError: Cannot connect over SSH using provided configuration.", "Cannot connect over SSH using provided configuration: web1: Permission denied (publickey)."},
		{"Error: Cannot connect over SSH using provided configuration.", "Cannot connect over SSH using provided configuration."},
		{"Error: The site you have requested is not installed.\nYour table prefix is 'a_'. Found installation with table prefix: wp_.\nOr, run `wp core install`", "The site you have requested is not installed: Your table prefix is 'a_'. Found installation with table prefix: wp_."},
	} {
		if got := (&Error{Stderr: test.stderr}).Message(); got != test.want {
			t.Errorf("Message of %q = %q, want %q", test.stderr, got, test.want)
		}
	}
}

// The texts are those of WP-CLI 2.12 and WordPress, and for ErrTooOld of WP-CLI 2.4.0.
func TestKinds(t *testing.T) {
	for _, test := range []struct {
		stderr string
		want   error
	}{
		{"Error: YIKES! It looks like you're running this as root. You probably meant to…", ErrRoot},
		{"Error: This does not seem to be a WordPress installation.\nThe used path is: /x/", ErrNoWordPress},
		{"Error: This does not seem to be a WordPress install.\nPass --path=", ErrNoWordPress},
		{"Error: 'wp-config.php' not found.\nEither create one manually or use `wp config create`.", ErrNoWordPress},
		{"Error: The site you have requested is not installed.\nRun `wp core install`", ErrNotInstalled},
		{"Error: Error establishing a database connection. This either means…", ErrDatabase},
		{"Error: Site 'third.example.com/' not found. Verify `--url=<url>` matches an existing site.", ErrSiteNotFound},
		{"Error: 'jetpack-start-probe' is not a registered wp command. See 'wp help' for available commands.", ErrTooOld},
		{"Error: Parameter errors:\n unknown --exec parameter", ErrTooOld},
		{"Error: 'jetpack' is not a registered wp command. See 'wp help' for available commands.", nil},
		{"Error: Something else.", nil},
	} {
		script := filepath.Join(t.TempDir(), "wp")
		text := "#!/bin/sh\ncat >&2 <<'END'\n" + test.stderr + "\nEND\nexit 1\n"
		if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		_, err := (&CLI{Command: []string{script}}).Run(t.Context(), "plugin", "list")
		var e *Error
		if !errors.As(err, &e) || !errors.Is(e.Kind, test.want) || e.ExitCode != 1 {
			t.Errorf("%q: %#v, want kind %v", test.stderr, err, test.want)
		}
	}
}

func TestProgramCannotBeStarted(t *testing.T) {
	_, err := (&CLI{Command: []string{"/none/wp"}}).Run(t.Context(), "plugin", "list")
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("a program that doesn't exist: %v", err)
	}
	_, err = (&CLI{Command: []string{t.TempDir()}}).Run(t.Context(), "plugin", "list")
	if !errors.Is(err, ErrNotStarted) {
		t.Errorf("a program that can't be executed: %v", err)
	}
}
