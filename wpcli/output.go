package wpcli

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"
)

const (
	// maxOutput is the number of bytes kept of each output stream of a call.
	maxOutput = 32 << 20
	// maxAnswer is the number of bytes that an answer between markers may have. Real ones have a
	// few thousand.
	maxAnswer = 4 << 20
)

// limitedBuffer keeps the first maxOutput bytes written to it and drops the rest. The buffer isn't
// embedded: io.Copy would use its ReadFrom method, which has no limit.
type limitedBuffer struct{ kept bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if room := maxOutput - b.kept.Len(); room > 0 {
		b.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (b *limitedBuffer) String() string { return b.kept.String() }

// redact replaces each of the secrets in text. Empty secrets are ignored.
func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return text
}

const execPrefix = "--exec="

// execParameter returns the --exec parameter that runs an embedded PHP file. It leaves out the
// opening tag, comment lines and indentation, which would only lengthen the process list.
func execParameter(php string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(php, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line == "<?php" || strings.HasPrefix(line, "//") {
			continue
		}
		b.WriteString(line + "\n")
	}
	return execPrefix + b.String()
}

// newMarker returns a random word for the lines around an answer, which the site can't print by
// chance.
func newMarker() string { return "jetpack-start-" + rand.Text() }

// parseAnswer returns the JSON object between the two marker lines of the standard output. It
// ignores whatever the site printed before and after. It fails with ErrNoAnswer if there is no
// complete JSON object of at most maxAnswer bytes, and with ErrManySites if there is more than one
// begin line.
func parseAnswer(out Output, marker string) (gjson.Result, error) {
	text := strings.ReplaceAll(out.Stdout, "\r\n", "\n") // from ssh -t or docker -t
	begin, end := marker+" begin\n", "\n"+marker+" end\n"
	fail := func(kind error) (gjson.Result, error) {
		return gjson.Result{}, &Error{Args: []string{"wp"}, Kind: kind, Stderr: out.Stderr}
	}
	if strings.Count(text, begin) > 1 {
		return fail(ErrManySites)
	}
	_, rest, found := strings.Cut(text, begin)
	if !found {
		return fail(ErrNoAnswer)
	}
	body, _, found := strings.Cut(rest, end)
	// encoding/json limits the nesting. gjson would recurse for each bracket until the stack
	// overflows, which ends the process.
	if !found || len(body) > maxAnswer || !json.Valid([]byte(body)) {
		return fail(ErrNoAnswer)
	}
	answer := gjson.Parse(body)
	if !answer.IsObject() {
		return fail(ErrNoAnswer)
	}
	return answer, nil
}
