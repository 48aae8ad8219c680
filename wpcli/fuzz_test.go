package wpcli

import (
	"errors"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// Whatever a site prints, the answer is the object between the marker lines, or an error.
func FuzzParseAnswer(f *testing.F) {
	f.Add("", `{"siteurl":"https://example.com"}`, "")
	f.Add("Notice: x\n{\"siteurl\":\"https://evil.example\"}\n", "{\n\"a\": 1\n}", "\nnoise")
	f.Add("unfinished", "[1]", "")
	f.Add("M begin\n", "{}", "\nM end\n")
	f.Add("\r\n", "{\r\n}", "\r\n")
	f.Add("", "", "")
	const marker = "M"
	f.Fuzz(func(t *testing.T, before, body, after string) {
		// Noise without the marker around an answer changes nothing.
		if !strings.Contains(before+after, marker) && !strings.Contains(body, marker) {
			text := before + "\n" + marker + " begin\n" + body + "\n" + marker + " end\n" + after
			answer, err := parseAnswer(Output{Stdout: text}, marker)
			unix := strings.ReplaceAll(body, "\r\n", "\n")
			plain := gjson.Parse(unix)
			good := gjson.Valid(plain.Raw) && gjson.Valid(unix) && plain.IsObject()
			switch {
			case good && (err != nil || answer.Raw != plain.Raw):
				t.Errorf("%q: %q, %v", body, answer.Raw, err)
			case !good && err == nil:
				t.Errorf("took %q for an answer", body)
			}
			// Without both marker lines there is no answer.
			for _, stdout := range []string{
				before + body + after,
				before + "\n" + marker + " begin\n" + body + after,
				before + body + "\n" + marker + " end\n",
			} {
				if answer, err := parseAnswer(Output{Stdout: stdout}, marker); err == nil {
					t.Errorf("took %q for an answer, from %q", answer.Raw, stdout)
				}
			}
		}
		// Anything: no panic, and an answer is always an object in the output.
		text := before + body + after
		answer, err := parseAnswer(Output{Stdout: text}, marker)
		var e *Error
		switch {
		case err != nil && !errors.As(err, &e):
			t.Errorf("an error of another type: %v", err)
		case err == nil && (!answer.IsObject() ||
			!strings.Contains(strings.ReplaceAll(text, "\r\n", "\n"), answer.Raw)):
			t.Errorf("%q is no part of the output", answer.Raw)
		}
	})
}

func FuzzParseSite(f *testing.F) {
	f.Add(`{"siteurl":"https://example.com","home":"https://example.com","multisite":false,
		"blog_id":42,"blog_token":true,"master_user":1,"user_tokens":[1,2],
		"master_user_exists":true,
		"user":{"id":1,"login":"admin","email":"a@example.com","administrator":true},
		"plugins":{"jetpack":{"installed":true,"active":true,"version":"1"}},
		"active_plugins":["jetpack/jetpack.php"]}`)
	f.Add(`{}`)
	f.Add(`{"user":[],"plugins":7,"active_plugins":{"a":"b"},"blog_id":"x","user_tokens":null}`)
	f.Add(`{"blog_id":1e400,"master_user":-1,"plugins":{"jetpack":null}}`)
	f.Fuzz(func(t *testing.T, text string) {
		if !gjson.Valid(text) || !gjson.Parse(text).IsObject() {
			return
		}
		s := parseSite(gjson.Parse(text))
		if s.Plugins == nil || s.Connected() && s.ConnectionProblem() != "" {
			t.Errorf("%+v", s)
		}
		if s.Connected() && (s.BlogID <= 0 || s.MasterUser <= 0) {
			t.Errorf("connected without an ID or an owner: %+v", s)
		}
	})
}

func FuzzParseReport(f *testing.F) {
	f.Add("M {\"start\":true}\nM {\"token\":{\"error\":\"\",\"stored\":true}}\n" +
		"M {\"now\":\"akismet\"}\nM {\"plugin\":\"akismet\",\"error\":\"\",\"key\":true}\n")
	f.Add("M {\"start\":true}\r\nM {\"now\":\"x\\ny\"}\n" +
		"M {\"died\":\"Allowed memory size\\nof …\"}\n")
	f.Add("M {\"start\":true}\nM {\"token\":{\"error\":\"Error: a\\nWarning: b\"}}\nM {\"end\":1}")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseReport(Output{Stdout: text}, "M", nil)
		if err != nil {
			return
		}
		words := []string{r.TokenError}
		if r.Err != nil {
			words = append(words, r.Err.Error())
		}
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
