package wpcli

import (
	"context"
	_ "embed"
	"path"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

//go:embed setup.php
var setupPHP string

// Setup are what the last boot is to put on the site.
type Setup struct {
	// Token is a user token to store with Jetpack's authorize_user for UserID; "" = none. It goes
	// over standard input.
	Token  string `json:"token,omitempty"`
	UserID int    `json:"user_id,omitempty"`
	// Plugins are what the plan calls for; akismet and vaultpress are known.
	Plugins []PluginSetup `json:"plugins"`
}

// PluginSetup asks for one plugin to be active and, where the site is connected, to have its key.
type PluginSetup struct {
	Slug    string `json:"slug"`
	Install bool   `json:"install"` // install it where it is missing
	Source  string `json:"source"`  // what to install: a slug, a zip's path or an URL
}

// SetupReport is what the last boot did and found.
type SetupReport struct {
	// TokenStored says that the token was read back from the site; TokenError is authorize_user's
	// own error.
	TokenStored bool
	TokenError  string
	// Connected says that Jetpack's connection was whole afterwards.
	Connected bool
	Plugins   map[string]PluginReport
	// Died names the part in which PHP ended, and with what words; "" where it came to the end.
	Died string
}

// PluginReport is one plugin afterwards.
type PluginReport struct {
	Active, Key bool
	Error       string
}

// SetUp runs the orders in one boot that loads no plugin but Jetpack and the ones in the orders.
// active is what Site.ActivePlugins held. The error is for a boot that reported nothing; what
// failed in part is in the report.
func (c *CLI) SetUp(ctx context.Context, active []string, o Setup) (*SetupReport, error) {
	if o.Plugins == nil {
		o.Plugins = []PluginSetup{}
	}
	marker := newMarker()
	args := []string{
		"--skip-themes",
		"--skip-packages",
		code(setupPHP),
		"jetpack-start-setup",
		marker,
	}
	if skip := others(active, o); skip != "" {
		args = append([]string{"--skip-plugins=" + skip}, args...)
	}
	out, err := c.run(ctx, mustJSON(o), []string{o.Token}, args...)
	answer, parseErr := between(out, marker)
	if parseErr != nil {
		if err != nil {
			return nil, err
		}
		return nil, parseErr
	}
	return parseReport(answer), nil
}

func parseReport(answer gjson.Result) *SetupReport {
	r := &SetupReport{
		TokenStored: answer.Get("token.stored").Bool(),
		TokenError:  tidy(answer.Get("token.error").String()),
		Connected:   answer.Get("connected").Bool(),
		Plugins:     map[string]PluginReport{},
		Died:        tidy(answer.Get("died").String()),
	}
	answer.Get("plugins").ForEach(func(slug, p gjson.Result) bool {
		r.Plugins[slug.String()] = PluginReport{
			Active: p.Get("active").Bool(),
			Key:    p.Get("key").Bool(),
			Error:  tidy(p.Get("error").String()),
		}
		return true
	})
	return r
}

// tidy makes one line of WP-CLI's words, without its "Error: ".
func tidy(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(line, "Error: "), "Warning: ")
	}
	return clip(strings.Join(lines, " "))
}

// others names the active plugins that have no part in the orders, as --skip-plugins takes them: a
// plugin that crashes must not stop what the customer paid for.
func others(active []string, o Setup) string {
	keep := []string{"jetpack"}
	for _, p := range o.Plugins {
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

// ActivatePlugin activates an installed plugin; no other plugin is loaded.
func (c *CLI) ActivatePlugin(ctx context.Context, slug string) error {
	_, err := c.Run(ctx, "--skip-plugins", "--skip-themes", "plugin", "activate", slug)
	return err
}

// InstallPlugin installs a plugin from a slug, a zip's path or an URL, and activates it; version
// is "" for the newest.
func (c *CLI) InstallPlugin(ctx context.Context, source, version string) error {
	args := []string{"--skip-plugins", "--skip-themes", "plugin", "install", source, "--activate"}
	if version != "" {
		args = append(args, "--version="+version)
	}
	_, err := c.Run(ctx, args...)
	return err
}
