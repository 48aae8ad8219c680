package wpcli

import (
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
