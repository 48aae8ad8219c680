package wpcli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

func TestPluginsToSkip(t *testing.T) {
	active := []string{
		"jetpack/jetpack.php",
		"akismet/akismet.php",
		"vaultpress/vaultpress.php",
		"hello.php",
		"shop/main.php",
		"shop/addon.php",
		"a,b/a.php",
	}
	// VaultPress isn't to be set up. WP-CLI's list can't hold a name with a comma.
	got := pluginsToSkip(active, []PluginSetup{{Slug: "akismet"}})
	if want := "vaultpress,hello,shop,shop"; got != want {
		t.Errorf("pluginsToSkip = %q, want %q", got, want)
	}
	if got := pluginsToSkip([]string{"jetpack/jetpack.php"}, nil); got != "" {
		t.Errorf("pluginsToSkip of Jetpack alone = %q", got)
	}
}

func TestParseReport(t *testing.T) {
	r := parseReport(gjson.Parse(`{
		"token":{"error":"Error: one\nWarning: two\n","stored":false},
		"died":"akismet: the process ended","connected":false,
		"plugins":{"akismet":{"error":"","active":true,"key":false}}
	}`))
	if r.TokenStored || r.TokenError != "one two" || r.Connected ||
		r.Died != "akismet: the process ended" ||
		r.Plugins["akismet"] != (PluginReport{Active: true}) {
		t.Errorf("%+v", r)
	}
	// PHP encodes an empty array as a list.
	r = parseReport(gjson.Parse(`{"token":null,"plugins":[]}`))
	if r.TokenStored || len(r.Plugins) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestSetUp(t *testing.T) {
	const answer = `{"token":{"error":"","stored":true},"died":"akismet: out of memory",` +
		`"plugins":{"akismet":{"error":"","active":false,"key":false}}}`
	wp := fakeWP(t, answer, "echo a user token >&2; exit 255")
	var stderr string
	c := &CLI{Command: []string{wp}, OnStderr: func(text string) { stderr = text }}
	report, err := c.SetUp(t.Context(), []string{"jetpack/jetpack.php", "hello.php"}, Setup{
		Token:   "user token",
		UserID:  1,
		Plugins: []PluginSetup{{Slug: "akismet", Install: true, Source: "akismet"}},
	})
	if err != nil {
		t.Fatalf("a call that fails after its report: %v", err)
	}
	if !report.TokenStored || report.Died != "akismet: out of memory" || len(report.Plugins) != 1 {
		t.Errorf("report %+v", report)
	}
	if stderr != "a [redacted]\n" {
		t.Errorf("OnStderr got %q", stderr)
	}
	args, stdin := callOf(t, wp)
	if !strings.Contains(args, "--skip-plugins=hello\n") || strings.Contains(args, "user token") {
		t.Errorf("arguments %s", args)
	}
	const want = `{"token":"user token","user_id":1,` +
		`"plugins":[{"slug":"akismet","install":true,"source":"akismet"}]}`
	if stdin != want {
		t.Errorf("standard input %s, want %s", stdin, want)
	}
}

func TestSetUpWithoutReport(t *testing.T) {
	var e *Error
	for code, kind := range map[string]error{"0": ErrNoAnswer, "1": nil} {
		c := &CLI{Command: []string{"sh", "-c", "exit " + code}}
		_, err := c.SetUp(t.Context(), nil, Setup{})
		if !errors.As(err, &e) || e.Kind != kind {
			t.Errorf("exit code %s: %v, want kind %v", code, err, kind)
		}
	}
}

func TestAddLicenses(t *testing.T) {
	wp := fakeWP(t, `{"siteurl":"https://example.com","count":3,"added":1,"missing":0}`, "")
	c := &CLI{Command: []string{wp}}
	licenses, err := c.AddLicenses(t.Context(), []string{"key-1", "key-2"})
	if want := (Licenses{"https://example.com", 3, 1}); err != nil || licenses != want {
		t.Errorf("%+v, %v, want %+v", licenses, err, want)
	}
	args, stdin := callOf(t, wp)
	if strings.Contains(args, "key-1") || stdin != `["key-1","key-2"]` {
		t.Errorf("arguments %s, standard input %s", args, stdin)
	}
	c.Command = []string{fakeWP(t, `{"count":1,"added":1,"missing":1}`, "")}
	if _, err := c.AddLicenses(t.Context(), []string{"key-1", "key-2"}); err == nil {
		t.Error("no error although a key is missing afterwards")
	}
}

func TestPluginCommands(t *testing.T) {
	wp := fakeWP(t, "", "")
	c := &CLI{Command: []string{wp}}
	for _, test := range []struct {
		call func() error
		want string
	}{
		{func() error { return c.ActivatePlugin(t.Context(), "jetpack") }, "activate jetpack"},
		{func() error { return c.InstallPlugin(t.Context(), "/x/jetpack.zip", "") }, "install /x/jetpack.zip --activate"},
		{func() error { return c.InstallPlugin(t.Context(), "jetpack", "15.0") }, "install jetpack --activate --version=15.0"},
	} {
		if err := test.call(); err != nil {
			t.Error(err)
		}
		args, _ := callOf(t, wp)
		got := strings.Join(strings.Fields(args), " ")
		if want := "--skip-plugins --skip-themes plugin " + test.want; got != want {
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
