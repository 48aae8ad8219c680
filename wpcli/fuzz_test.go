package wpcli

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// Whatever a site prints, the answer is what stands between the markers, or none.
func FuzzBetween(f *testing.F) {
	f.Add("", `{"siteurl":"https://example.com"}`, "")
	f.Add("Notice: x\n{\"siteurl\":\"https://evil.example\"}\n", "{\n\"a\": 1\n}", "\nnoise")
	f.Add("unfinished", "[1]", "")
	f.Add("M begin\n", "{}", "\nM end\n")
	f.Add("\r\n", "{\r\n}", "\r\n")
	f.Add("", "", "")
	const marker = "M"
	f.Fuzz(func(t *testing.T, before, body, after string) {
		// Around an answer: noise without the marker changes nothing.
		if !strings.Contains(before+after, marker) && !strings.Contains(body, marker) {
			out := Output{
				Stdout: before + "\n" + marker + " begin\n" + body + "\n" + marker + " end\n" + after,
			}
			answer, err := between(out, marker)
			plain := gjson.Parse(strings.ReplaceAll(body, "\r\n", "\n"))
			good := gjson.Valid(plain.Raw) && gjson.Valid(strings.ReplaceAll(body, "\r\n", "\n")) &&
				plain.IsObject()
			switch {
			case good && (err != nil || answer.Raw != plain.Raw):
				t.Errorf("%q: %q, %v", body, answer.Raw, err)
			case !good && err == nil:
				t.Errorf("took %q for an answer", body)
			}
			// Instead of an answer: nothing without both markers is one.
			for _, stdout := range []string{before + body + after, before + "\n" + marker + " begin\n" + body + after, before + body + "\n" + marker + " end\n"} {
				if answer, err := between(Output{Stdout: stdout}, marker); err == nil {
					t.Errorf("took %q for an answer, from %q", answer.Raw, stdout)
				}
			}
		}
		// Anything: no panic, and no answer that isn't an object in the output.
		answer, err := between(Output{Stdout: before + body + after}, marker)
		var e *Error
		switch {
		case err != nil && !errors.As(err, &e):
			t.Errorf("an error of another type: %v", err)
		case err == nil && (!answer.IsObject() || !strings.Contains(strings.ReplaceAll(before+body+after, "\r\n", "\n"), answer.Raw)):
			t.Errorf("%q is no part of the output", answer.Raw)
		}
	})
}

func FuzzParseSite(f *testing.F) {
	f.Add(
		`{"siteurl":"https://example.com","home":"https://example.com","multisite":false,"blog_id":42,"blog_token":true,"master_user":1,"user_tokens":[1,2],
"user":{"id":1,"login":"admin","email":"a@example.com","administrator":true},"plugins":{"jetpack":{"installed":true,"active":true,"version":"1"}},"active_plugins":["jetpack/jetpack.php"]}`,
	)
	f.Add(`{}`)
	f.Add(`{"user":[],"plugins":7,"active_plugins":{"a":"b"},"blog_id":"x","user_tokens":null}`)
	f.Add(`{"blog_id":1e400,"master_user":-1,"plugins":{"jetpack":null}}`)
	f.Fuzz(func(t *testing.T, text string) {
		if !gjson.Valid(text) || !gjson.Parse(text).IsObject() {
			return
		}
		s := parseSite(gjson.Parse(text))
		if s.Plugins == nil || s.Connected() && s.HalfConnected() {
			t.Errorf("%+v", s)
		}
		if s.Connected() && (s.BlogID <= 0 || s.MasterUser <= 0) {
			t.Errorf("connected without an ID or an owner: %+v", s)
		}
	})
}

func FuzzParseReport(f *testing.F) {
	f.Add(
		`{"token":{"error":"","stored":true},"plugins":{"akismet":{"error":"","active":true,"key":true}},"connected":true,"now":"end"}`,
	)
	f.Add(`{"token":null,"plugins":[],"died":"akismet: Allowed memory size\nof …"}`)
	f.Add(`{"token":{"error":"Error: a\nWarning: b"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		if !gjson.Valid(text) || !gjson.Parse(text).IsObject() {
			return
		}
		r := parseReport(gjson.Parse(text))
		words := []string{r.TokenError, r.Died}
		for _, p := range r.Plugins {
			words = append(words, p.Error)
		}
		for _, word := range words {
			if strings.ContainsAny(word, "\n\r\x1b\x00") || len([]rune(word)) > 301 {
				t.Errorf("not one short line: %q", word)
			}
		}
	})
}

func TestParseReport(t *testing.T) {
	r := parseReport(
		gjson.Parse(
			`{"token":{"error":"Error: one\nWarning: two\n","stored":false},"died":"akismet: the process ended","connected":false,
		"plugins":{"akismet":{"error":"","active":true,"key":false}}}`,
		),
	)
	if r.TokenStored || r.TokenError != "one two" || r.Died != "akismet: the process ended" ||
		r.Connected ||
		r.Plugins["akismet"] != (PluginReport{Active: true}) {
		t.Errorf("%+v", r)
	}
	// PHP writes an empty list for no plugins.
	if r := parseReport(gjson.Parse(`{"token":null,"plugins":[]}`)); r.TokenStored ||
		len(r.Plugins) != 0 {
		t.Errorf("%+v", r)
	}
}
