package provision

import (
	"slices"
	"strings"

	"jetpack-start/wpcli"
)

// planPlugins lists the plugins that plans need besides Jetpack. Plans that aren't listed need
// none: their features are in Jetpack itself.
var planPlugins = []struct {
	plans   []string
	plugins []string
}{
	{
		[]string{"personal", "jetpack-anti-spam"},
		[]string{"akismet"},
	},
	{
		[]string{"jetpack-backup-daily", "jetpack-backup-realtime", "jetpack-scan"},
		[]string{"vaultpress"},
	},
	{
		[]string{
			"premium", "professional", "complete",
			"jetpack-complete", "jetpack-security-daily", "jetpack-security-realtime",
		},
		[]string{"akismet", "vaultpress"},
	},
}

// KnownPlugins are the slugs of the plugins that this package can activate.
var KnownPlugins = []string{"akismet", "vaultpress"}

// PluginsOf returns the slugs of the plugins that a plan needs, in the order of their activation.
// It returns nil for a plan that needs none, or isn't known.
func PluginsOf(plan string) []string {
	for _, row := range planPlugins {
		if slices.Contains(row.plans, plan) {
			return row.plugins
		}
	}
	return nil
}

// The states of plugins in a Result, besides "skipped: REASON" and "failed: REASON".
const (
	pluginActive  = "active"
	pluginPending = "pending_connection"
)

// pluginNotReached begins the state of a plugin that SetUp didn't come to before it ended.
const pluginNotReached = "skipped: not reached: "

// PluginFailed reports whether a plugin that the plan needs failed, or wasn't reached.
func (r *Result) PluginFailed() bool {
	for _, state := range r.Plugins {
		if strings.HasPrefix(state, "failed") || strings.HasPrefix(state, pluginNotReached) {
			return true
		}
	}
	return false
}

// hasPending reports whether a plugin waits for the connection.
func (r *Result) hasPending() bool {
	for _, state := range r.Plugins {
		if state == pluginPending {
			return true
		}
	}
	return false
}

// pluginSetups returns what SetUp must do for the wanted plugins. The state of those that need no
// boot is entered into the result. connected is whether the site is connected by then.
func (r *run) pluginSetups(wanted []string, connected bool) []wpcli.PluginSetup {
	keys := map[string]bool{"akismet": r.site.AkismetKey, "vaultpress": r.site.VaultPressKey}
	var setups []wpcli.PluginSetup
	for _, slug := range wanted {
		plugin := r.site.Plugins[slug]
		switch {
		case slug == "vaultpress" && r.site.Multisite:
			r.setPluginState(slug, "skipped: backups don't support multisite")
		case plugin.Active && keys[slug]:
			r.setPluginState(slug, pluginActive)
		case !plugin.Installed && !r.site.FileMods:
			const reason = "not installed, and DISALLOW_FILE_MODS forbids installing it"
			r.setPluginState(slug, "skipped: "+reason)
		case plugin.Active && !connected:
			r.setPluginState(slug, pluginPending)
		default:
			setups = append(setups, wpcli.PluginSetup{
				Slug: slug, File: plugin.File, MustUse: plugin.MustUse,
				Install: !plugin.Installed, Source: slug,
			})
		}
	}
	return setups
}

// setPluginState enters a plugin's state into the result, and warns if it was skipped or failed.
func (r *run) setPluginState(slug, state string) {
	if r.result.Plugins == nil {
		r.result.Plugins = map[string]string{}
	}
	r.result.Plugins[slug] = state
	if strings.HasPrefix(state, "skipped") || strings.HasPrefix(state, "failed") {
		r.warn(slug+": "+state, pluginHint(state))
	}
}

// pluginHint returns the hint for a warning about a plugin in a state, "" for none.
func pluginHint(state string) string {
	if strings.Contains(state, "DISALLOW_FILE_MODS") {
		return "install it the way this site is deployed, then run jetpack-start activate"
	}
	if strings.HasPrefix(state, "failed") || strings.HasPrefix(state, pluginNotReached) {
		return "the plan itself is not affected; fix the cause, then run jetpack-start activate"
	}
	return ""
}
