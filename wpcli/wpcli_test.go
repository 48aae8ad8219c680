package wpcli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseCommand(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	phar, runnable, spaced := file(
		"wp-cli.phar", 0o644,
	), file(
		"wp.phar",
		0o755,
	), file("my wp", 0o755)
	for _, test := range []struct {
		value string
		want  []string
	}{
		{"", nil},
		{"wp", []string{"wp"}},
		{"/none/wp", []string{"/none/wp"}},
		{"php -d memory_limit=512M /opt/wp.phar", []string{"php", "-d", "memory_limit=512M", "/opt/wp.phar"}},
		{phar, []string{"php", phar}},
		{runnable, []string{runnable}},
		{spaced, []string{spaced}},
	} {
		if got := ParseCommand(test.value); !slices.Equal(got, test.want) {
			t.Errorf("ParseCommand(%q) = %q, want %q", test.value, got, test.want)
		}
	}
}

func TestSaid(t *testing.T) {
	for _, test := range []struct{ stderr, want string }{
		{"", ""},
		{"one\ntwo\n\n", "two"},
		{"Warning: x\nError: it failed.\nmore", "it failed."},
		{"PHP Fatal error:  Uncaught X\nStack trace:\n#0 {main}", "PHP Fatal error:  Uncaught X"},
		{"PHP Fatal error:  Uncaught X\nFatal error: Uncaught X\nError: There has been a critical error on this website.Learn more", "PHP Fatal error:  Uncaught X"},
		{"Error: There has been a critical error on this website.", "There has been a critical error on this website."},
		{"Error: a\x1b[31m\ttab", "a [31m tab"},
		{"Error: " + strings.Repeat("é", 301), strings.Repeat("é", 300) + "…"},
	} {
		if got := (&Error{Stderr: test.stderr}).Message(); got != test.want {
			t.Errorf("Message of %q = %q, want %q", test.stderr, got, test.want)
		}
	}
}

// The texts are those of WP-CLI 2.12 and WordPress.
func TestKinds(t *testing.T) {
	for _, test := range []struct {
		stderr, script string
		want           error
	}{
		{"Error: YIKES! It looks like you're running this as root. You probably meant to…", "", ErrRoot},
		{"Error: This does not seem to be a WordPress installation.\nThe used path is: /x/", "", ErrNoWordPress},
		{"Error: This does not seem to be a WordPress install.\nPass --path=", "", ErrNoWordPress},
		{"Error: 'wp-config.php' not found.\nEither create one manually or use `wp config create`.", "", ErrNoWordPress},
		{"Error: The site you have requested is not installed.\nRun `wp core install`", "", ErrNotInstalled},
		{"Error: Error establishing a database connection. This either means…", "", ErrDatabase},
		{"Error: Site 'third.example.com/' not found. Verify `--url=<url>` matches an existing site.", "", ErrSiteNotFound},
		{"Error: Something else.", "", nil},
	} {
		script := filepath.Join(t.TempDir(), "wp")
		if err := os.WriteFile(script, []byte("#!/bin/sh\ncat >&2 <<'END'\n"+test.stderr+"\nEND\nexit 1\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		_, err := (&CLI{Command: []string{script}}).Run(context.Background(), "plugin", "list")
		var e *Error
		if !errors.As(err, &e) || !errors.Is(e.Kind, test.want) || e.ExitCode != 1 {
			t.Errorf("%q: %#v, want kind %v", test.stderr, err, test.want)
		}
	}
	_, err := (&CLI{Command: []string{"/none/wp"}}).Run(context.Background(), "plugin", "list")
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("a program that isn't there: %v", err)
	}
}

func TestOthers(t *testing.T) {
	active := []string{
		"jetpack/jetpack.php",
		"akismet/akismet.php",
		"vaultpress/vaultpress.php",
		"hello.php",
		"shop/main.php",
		"shop/addon.php",
		"a,b/a.php",
	}
	orders := Setup{Plugins: []PluginSetup{{Slug: "akismet"}}}
	// VaultPress has no part in these orders. WP-CLI's list has no way to write a comma.
	if got, want := others(active, orders), "vaultpress,hello,shop,shop"; got != want {
		t.Errorf("others = %q, want %q", got, want)
	}
	if got := others([]string{"jetpack/jetpack.php"}, Setup{}); got != "" {
		t.Errorf("others of Jetpack alone = %q", got)
	}
}

func TestCode(t *testing.T) {
	got := code("<?php\n// why\nfunction () {\n\treturn 'a // b';\n}\n\n")
	if want := "--exec=function () {\nreturn 'a // b';\n}\n"; got != want {
		t.Errorf("code = %q, want %q", got, want)
	}
	for name, php := range map[string]string{"probe.php": probePHP, "setup.php": setupPHP} {
		text := code(php)
		for _, r := range text {
			if r > 0x7e {
				t.Errorf(
					"%s holds %q: PHP's escapeshellarg, which WP-CLI calls for --ssh, drops it in some locales",
					name, r,
				)
			}
		}
		// A heredoc or a string over several lines would lose its indentation, a # or /* comment
		// would stay.
		if strings.Contains(text, "<<<") || strings.Contains(text, "/*") {
			t.Errorf("%s holds what code would spoil", name)
		}
	}
}

func TestQuote(t *testing.T) {
	if got, want := Quote([]string{"wp", "", "a b", "it's", "--path=/x", "$(x)"}), `wp '' 'a b' 'it'\''s' --path=/x '$(x)'`; got != want {
		t.Errorf("Quote = %s, want %s", got, want)
	}
}

func TestSameURL(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"https://Example.com/second/", "http://example.com/second", true},
		{"example.com/second", "https://example.com/second", true},
		{"https://example.com", "https://example.com/", true},
		{"https://example.com/third", "https://example.com", false},
		{"https://example.com/second/x", "https://example.com/second", false},
		{"", "https://example.com", false},
	} {
		if got := sameURL(test.a, test.b); got != test.want {
			t.Errorf("sameURL(%q, %q) = %t", test.a, test.b, got)
		}
	}
}

// A site that prints without end must not fill the memory.
func TestOutputIsCapped(t *testing.T) {
	out, err := (&CLI{Command: []string{"sh", "-c", "head -c 40000000 /dev/zero; head -c 40000000 /dev/zero >&2"}}).Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Stdout) != maxOutput || len(out.Stderr) != maxOutput {
		t.Errorf("kept %d and %d bytes, want %d", len(out.Stdout), len(out.Stderr), maxOutput)
	}
}

func TestSecretsAreTakenOut(t *testing.T) {
	out, err := (&CLI{Command: []string{"sh", "-c", "cat; echo no s3cret >&2; exit 1"}}).run(context.Background(), []byte("a s3cret b"), []string{"", "s3cret"})
	var e *Error
	if !errors.As(err, &e) ||
		strings.Contains(out.Stdout+out.Stderr+e.Stderr+e.Error(), "s3cret") ||
		out.Stdout != "a [redacted] b" {
		t.Errorf("%q, %v", out, err)
	}
}

// A grandchild that holds the output open doesn't hold up the caller.
func TestOutputHeldOpen(t *testing.T) {
	began := time.Now()
	out, err := (&CLI{Command: []string{"sh", "-c", "sleep 60 & echo said"}, Timeout: 30 * time.Second}).Run(context.Background())
	if took := time.Since(began); took > stopGrace+5*time.Second || out.Stdout != "said\n" {
		t.Errorf("%v, %q, %v", took, out.Stdout, err)
	}
}
