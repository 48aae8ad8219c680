package wpcli

import (
	"context"
	_ "embed"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

//go:embed setup.php
var setupPHP string

// Setup holds what [CLI.SetUp] is to store and activate.
type Setup struct {
	// Token is a user token to store for UserID with Jetpack's authorize_user command; "" means
	// none. It is passed on standard input.
	Token  string `json:"token,omitempty"`
	UserID int    `json:"user_id,omitempty"`
	// Plugins are the plugins to activate: akismet and vaultpress, or one of them.
	Plugins []PluginSetup `json:"plugins"`
}

// PluginSetup asks for a plugin to be active and, if Jetpack is connected, to have its key.
type PluginSetup struct {
	Slug    string `json:"slug"`
	Install bool   `json:"install"` // install the plugin if it is missing
	Source  string `json:"source"`  // what to install: a slug, the path of a zip file, or a URL
}

// SetupReport describes what [CLI.SetUp] did and found.
type SetupReport struct {
	TokenStored bool   // the token was read back from the site
	TokenError  string // what authorize_user printed, on one line; "" if it succeeded
	Connected   bool   // Jetpack is connected, as in [Site.Connected]
	// Plugins holds the state of each plugin of the Setup, by slug.
	Plugins map[string]PluginReport
	// Died names the part in which PHP ended, followed by PHP's message; "" if it didn't end early.
	Died string
}

// PluginReport describes the state of a plugin after [CLI.SetUp].
type PluginReport struct {
	Active bool
	Key    bool   // the plugin has a key
	Error  string // why it couldn't be installed, activated or given a key; one line
}

// SetUp stores the user token and activates the plugins of s in one boot, which loads no other
// plugin but Jetpack. active is [Site.ActivePlugins]. The error is for a boot that reported
// nothing; the failure of a part is in the report.
func (c *CLI) SetUp(ctx context.Context, active []string, s Setup) (*SetupReport, error) {
	if s.Plugins == nil {
		s.Plugins = []PluginSetup{}
	}
	var args []string
	if skip := pluginsToSkip(active, s.Plugins); skip != "" {
		args = append(args, "--skip-plugins="+skip)
	}
	marker := newMarker()
	args = append(args, "--skip-themes", "--skip-packages",
		execParameter(setupPHP), "jetpack-start-setup", marker)
	out, err := c.run(ctx, mustJSON(s), []string{s.Token}, args...)
	answer, parseErr := parseAnswer(out, marker)
	switch {
	case parseErr == nil: // the report explains why the call failed, if it did
		return parseReport(answer), nil
	case err != nil:
		return nil, err
	}
	return nil, parseErr
}

func parseReport(answer gjson.Result) *SetupReport {
	r := &SetupReport{
		TokenStored: answer.Get("token.stored").Bool(),
		TokenError:  joinLines(answer.Get("token.error").String()),
		Connected:   answer.Get("connected").Bool(),
		Plugins:     map[string]PluginReport{},
		Died:        joinLines(answer.Get("died").String()),
	}
	answer.Get("plugins").ForEach(func(slug, p gjson.Result) bool {
		r.Plugins[slug.String()] = PluginReport{
			Active: p.Get("active").Bool(),
			Key:    p.Get("key").Bool(),
			Error:  joinLines(p.Get("error").String()),
		}
		return true
	})
	return r
}

// joinLines returns a message of WP-CLI as one short line, without "Error: " and "Warning: ".
func joinLines(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(line, "Error: "), "Warning: ")
	}
	return clip(strings.Join(lines, " "))
}

// pluginsToSkip returns the value of --skip-plugins that leaves Jetpack and the plugins to set up
// loaded: another plugin that crashes must not stop what the customer paid for. A plugin with a
// comma in its name can't be skipped.
func pluginsToSkip(active []string, setup []PluginSetup) string {
	keep := []string{"jetpack"}
	for _, p := range setup {
		keep = append(keep, p.Slug)
	}
	var names []string
	for _, file := range active {
		name := strings.TrimSuffix(file, ".php")
		if dir := path.Dir(file); dir != "." {
			name = dir
		}
		if !slices.Contains(keep, name) && !strings.Contains(name, ",") {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// mustJSON returns v, which holds only strings, numbers and booleans, as JSON.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
