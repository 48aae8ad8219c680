package wpcli

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseReport(t *testing.T) {
	const start = `M {"start":true}` + "\n"
	timedOut := &Error{Kind: ErrTimeout}
	for name, test := range map[string]struct {
		lines string
		want  SetupReport
	}{
		"complete": {
			start + `M {"now":"token"}
M {"token":{"error":"","stored":true}}
M {"token":{"error":"Error: one\nWarning: two\n","stored":true}}
M {"blog_id":42,"connected":true}
M {"now":"akismet"}
M {"plugin":"akismet","error":"","active":true,"key":false}
noise M {"died":"no line of ours"}
` + "M {\"plugin\":\"akismet\",\"error\":\"\",\"active\":true,\"key\":true}\r\n" + `M {"end":true}
`,
			SetupReport{
				TokenStored: true, TokenError: "one two", BlogID: 42, Connected: true,
				Plugins: map[string]PluginReport{"akismet": {Active: true, Key: true}},
			},
		},
		"stopped": {
			start + `M {"now":"akismet"}
M {"plugin":"akismet","error":"","active":true,"key":false}
M {"plugin":"akismet","error":"","active":true,"key":tr`,
			SetupReport{
				Plugins:    map[string]PluginReport{"akismet": {Active: true}},
				Unfinished: "akismet", Err: timedOut,
			},
		},
		"died": {
			start + `M {"now":"akismet"}` + "\n" + `M {"died":"out of\nmemory"}` + "\n",
			SetupReport{
				Plugins:    map[string]PluginReport{},
				Unfinished: "akismet", Err: errors.New("akismet: out of memory"),
			},
		},
		"hostile": {
			start + "M " + strings.Repeat("[", maxReportLine+1) + "\nM {\nM []\nM 1\nM \n" +
				`M {"end":true}` + "\n",
			SetupReport{Plugins: map[string]PluginReport{}},
		},
	} {
		r, err := parseReport(Output{Stdout: test.lines}, "M", timedOut)
		if err != nil || !reflect.DeepEqual(*r, test.want) {
			t.Errorf("%s: %+v, %v, want %+v", name, r, err, test.want)
		}
	}
	for lines, want := range map[string]error{"": ErrNoAnswer, start + start: ErrManySites} {
		if _, err := parseReport(Output{Stdout: lines}, "M", nil); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", lines, err, want)
		}
	}
	r, err := parseReport(Output{Stdout: start}, "M", nil)
	if err != nil || r.Err == nil {
		t.Errorf("a call that succeeds without an end: %+v, %v", r, err)
	}
}

func TestSetUp(t *testing.T) {
	wp := fakeWP(t, "", `printf '%s {"start":true}\n%s {"now":"akismet"}\n' "$marker" "$marker"
		echo a user token >&2; exit 255`)
	var stderr string
	c := &CLI{Command: []string{wp}, OnStderr: func(text string) { stderr = text }}
	report, err := c.SetUp(t.Context(), Setup{
		Token:   "user token",
		UserID:  1,
		Plugins: []PluginSetup{{Slug: "akismet", Install: true, Source: "akismet"}},
	})
	if err != nil {
		t.Fatalf("a call that fails after its report began: %v", err)
	}
	var e *Error
	if report.Unfinished != "akismet" || !errors.As(report.Err, &e) || e.ExitCode != 255 {
		t.Errorf("report %+v", report)
	}
	if stderr != "a [redacted]\n" {
		t.Errorf("OnStderr got %q", stderr)
	}
	args, stdin := callOf(t, wp)
	if strings.Contains(args, "user token") {
		t.Errorf("arguments %s", args)
	}
	const want = `{"token":"user token","user_id":1,` +
		`"plugins":[{"slug":"akismet","file":"akismet/akismet.php","must_use":false,"install":true,"source":"akismet"}],` +
		`"time":54,"request_timeout":10}`
	if stdin != want {
		t.Errorf("standard input %s, want %s", stdin, want)
	}
}

func TestSetUpIsStopped(t *testing.T) {
	for name, c := range map[string]*CLI{
		"SetupTimeout": {SetupTimeout: 200 * time.Millisecond},
		"Timeout":      {SetupTimeout: time.Minute, Timeout: 200 * time.Millisecond},
	} {
		c.Command = []string{fakeWP(t, "", `printf '%s {"start":true}\n' "$marker"; sleep 60`)}
		report, err := c.SetUp(t.Context(), Setup{})
		if err != nil || !errors.Is(report.Err, ErrTimeout) {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
}

func TestSetUpWithoutReport(t *testing.T) {
	var e *Error
	for code, kind := range map[string]error{"0": ErrNoAnswer, "1": nil} {
		c := &CLI{Command: []string{"sh", "-c", "exit " + code}}
		_, err := c.SetUp(t.Context(), Setup{})
		if !errors.As(err, &e) || e.Kind != kind {
			t.Errorf("exit code %s: %v, want kind %v", code, err, kind)
		}
	}
}

func TestAddLicenses(t *testing.T) {
	keys := []string{"key-1", "key-2"}
	const counts = `{"siteurl":"https://example.com","count":3,"added":1,"missing":0,`
	for answer, want := range map[string]Licenses{
		counts + `"attached":"attached","error":""}`: {Attached: "attached"},
		counts + `"attached":"failed","error":"Error: a\nb"}`: {
			Attached: "failed", Error: "a b",
		},
		counts + `"attached":"\u001b[31m"}`: {Attached: "not_attempted"},
	} {
		wp := fakeWP(t, answer, "")
		c := &CLI{Command: []string{wp}}
		want.SiteURL, want.Count, want.Added = "https://example.com", 3, 1
		licenses, err := c.AddLicenses(t.Context(), keys)
		if err != nil || licenses != want {
			t.Errorf("%+v, %v, want %+v", licenses, err, want)
		}
		args, stdin := callOf(t, wp)
		if strings.Contains(args, "key-1") || stdin != `["key-1","key-2"]` {
			t.Errorf("arguments %s, standard input %s", args, stdin)
		}
	}
	c := &CLI{Command: []string{fakeWP(t, `{"count":1,"added":1,"missing":1}`, "")}}
	if _, err := c.AddLicenses(t.Context(), keys); err == nil {
		t.Error("no error although a key is missing afterwards")
	}
	c.Command = []string{fakeWP(t, `{"safe_mode":true}`, "")}
	if _, err := c.AddLicenses(t.Context(), keys); !errors.Is(err, ErrSafeMode) {
		t.Errorf("safe mode: %v", err)
	}
}

func TestPluginCommands(t *testing.T) {
	wp := fakeWP(t, "", "")
	c := &CLI{Command: []string{wp}}
	code := strings.Join(strings.Fields(execParameter(activatePHP)), " ")
	for _, test := range []struct {
		call func() error
		want string
	}{
		{func() error { return c.ActivatePlugin(t.Context(), "jetpack") }, code + " plugin activate jetpack"},
		{func() error { return c.InstallPlugin(t.Context(), "/x/jetpack.zip", "") }, "plugin install /x/jetpack.zip --activate"},
		{func() error { return c.InstallPlugin(t.Context(), "jetpack", "15.0") }, "plugin install jetpack --activate --version=15.0"},
	} {
		if err := test.call(); err != nil {
			t.Error(err)
		}
		args, _ := callOf(t, wp)
		got := strings.Join(strings.Fields(args), " ")
		if want := "--skip-plugins --skip-themes " + test.want; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// callOf returns the arguments, one on a line, and the standard input of the last call of a fakeWP.
func callOf(t *testing.T, wp string) (args, stdin string) {
	t.Helper()
	var texts [2]string
	for i, name := range []string{"args", "stdin"} {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(wp), name))
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(data)
	}
	return texts[0], texts[1]
}
