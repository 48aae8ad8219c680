package wpcli

import (
	"errors"
	"strings"
	"testing"
)

func TestExecParameter(t *testing.T) {
	got := execParameter("<?php\n// why\nfunction () {\n\treturn 'a // b';\n}\n\n")
	if want := "--exec=function () {\nreturn 'a // b';\n}\n"; got != want {
		t.Errorf("execParameter = %q, want %q", got, want)
	}
	for name, php := range map[string]string{
		"probe.php": probePHP, "setup.php": setupPHP, "licenses.php": licensesPHP,
	} {
		text := execParameter(php)
		for _, r := range text {
			if r > 0x7e {
				t.Errorf("%s holds %q: PHP's escapeshellarg, which WP-CLI calls for --ssh, "+
					"drops it in some locales", name, r)
			}
		}
		// A heredoc or a string of several lines would lose its indentation, and a # or /* comment
		// would stay.
		if strings.Contains(text, "<<<") || strings.Contains(text, "/*") {
			t.Errorf("%s holds a heredoc or a comment that execParameter would spoil", name)
		}
	}
}

// A site that prints without end doesn't fill the memory.
func TestOutputIsLimited(t *testing.T) {
	script := "head -c 40000000 /dev/zero; head -c 40000000 /dev/zero >&2"
	out, err := (&CLI{Command: []string{"sh", "-c", script}}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Stdout) != maxOutput || len(out.Stderr) != maxOutput {
		t.Errorf("kept %d and %d bytes, want %d", len(out.Stdout), len(out.Stderr), maxOutput)
	}
}

func TestSecretsAreRedacted(t *testing.T) {
	c := &CLI{Command: []string{"sh", "-c", "cat; echo no s3cret >&2; exit 1"}}
	out, err := c.run(t.Context(), []byte("a s3cret b"), []string{"", "s3cret"})
	var e *Error
	if !errors.As(err, &e) ||
		strings.Contains(out.Stdout+out.Stderr+e.Stderr+e.Error(), "s3cret") ||
		out.Stdout != "a [redacted] b" {
		t.Errorf("%q, %v", out, err)
	}
}

// A site can put anything between the markers, once it has read them.
func TestAnswerIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		ok   bool
	}{
		"object":         {`{"siteurl":"x"}`, true},
		"deep":           {`{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "}", true},
		"too deep":       {`{"a":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + "}", false},
		"only brackets":  {strings.Repeat("[", 30<<20), false},
		"large":          {`{"a":"` + strings.Repeat("x", maxAnswer-10) + `"}`, true},
		"too large":      {`{"a":"` + strings.Repeat("x", maxAnswer) + `"}`, false},
		"cut":            {`{"a":"b"`, false},
		"two":            {`{}{}`, false},
		"list":           {`[{}]`, false},
		"invalid escape": {`{"a":"\q"}`, false},
	} {
		out := Output{Stdout: "m begin\n" + c.body + "\nm end\n"}
		_, err := parseAnswer(out, "m")
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrNoAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
