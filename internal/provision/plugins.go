package provision

import (
	"context"
	"slices"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/wpcli"
)

// plansPlugins says which plugins a plan calls for. Plans that aren't here call for none: what
// they bring is in Jetpack itself. --plugins overrides it.
var plansPlugins = []struct {
	plans   []string
	plugins []string
}{
	{[]string{"personal", "jetpack-anti-spam"}, []string{"akismet"}},
	{
		[]string{"jetpack-backup-daily", "jetpack-backup-realtime", "jetpack-scan"},
		[]string{"vaultpress"},
	},
	{
		[]string{
			"premium",
			"professional",
			"complete",
			"jetpack-complete",
			"jetpack-security-daily",
			"jetpack-security-realtime",
		},
		[]string{"akismet", "vaultpress"},
	},
}

// KnownPlugins are the plugins that this package can set going.
var KnownPlugins = []string{"akismet", "vaultpress"}

// PluginsOf gives the plugins that a plan calls for, in the order in which they are set going.
func PluginsOf(plan string) []string {
	for _, row := range plansPlugins {
		if slices.Contains(row.plans, plan) {
			return row.plugins
		}
	}
	return nil
}

// What a result says of a plugin; "skipped: …" and "failed: …" carry the reason.
const (
	pluginActive  = "active"
	pluginPending = "pending_connection"
)

// equip stores the user token and sets the plan's plugins going, in one boot, or in none where
// nothing is to be done.
func (d *Driver) equip(ctx context.Context, site *wpcli.Site, o Options, r *Result) error {
	token := r.token.Reveal()
	if o.Request.WPComUserID == "" {
		token = "" // as the old script: a token that wasn't asked for isn't stored
	}
	if site == nil {
		if token != "" {
			r.UserToken = "not_stored"
			d.warn(
				"the answer holds a user token, but there is no WordPress here to store it on",
				"run this in the site's docroot",
			)
		}
		return nil
	}
	wanted := o.Plugins
	if wanted == nil {
		wanted = PluginsOf(o.Request.Plan)
	}
	connected := token != "" || !r.AuthRequired && r.Outcome == Provisioned || site.Connected()
	orders := wpcli.Setup{Token: token, Plugins: d.order(site, wanted, connected, r)}
	if token != "" && site.User != nil {
		orders.UserID = site.User.ID
	}
	if token == "" && len(orders.Plugins) == 0 {
		return nil
	}
	report, err := d.WP.SetUp(ctx, site.ActivePlugins, orders)
	d.note(site.Plugins, orders, report, err, r)
	if token == "" {
		return context.Cause(ctx)
	}
	return d.tokenStored(report, err, r)
}

// order says what must be done for each plugin, and enters at once into the result what needs no
// boot.
func (d *Driver) order(
	site *wpcli.Site, wanted []string, connected bool, r *Result,
) []wpcli.PluginSetup {
	keys := map[string]bool{"akismet": site.AkismetKey, "vaultpress": site.VaultPressKey}
	var orders []wpcli.PluginSetup
	for _, slug := range wanted {
		plugin := site.Plugins[slug]
		switch {
		case slug == "vaultpress" && site.Multisite:
			d.plugin(r, slug, "skipped: backups don't support multisite")
		case plugin.Active && keys[slug]:
			d.plugin(r, slug, pluginActive)
		case !plugin.Installed && !site.FileMods:
			d.plugin(
				r, slug, "skipped: not installed, and DISALLOW_FILE_MODS forbids installing it",
			)
		case plugin.Active && !connected:
			d.plugin(r, slug, pluginPending)
		default:
			orders = append(
				orders, wpcli.PluginSetup{Slug: slug, Install: !plugin.Installed, Source: slug},
			)
		}
	}
	return orders
}

// plugin enters a plugin's state into the result, and warns of what isn't as the plan wants it.
func (d *Driver) plugin(r *Result, slug, state string) {
	if r.Plugins == nil {
		r.Plugins = map[string]string{}
	}
	r.Plugins[slug] = state
	if strings.HasPrefix(state, "skipped") || strings.HasPrefix(state, "failed") {
		d.warn(slug+": "+state, pluginHint(state))
	}
}

func pluginHint(state string) string {
	if strings.Contains(state, "DISALLOW_FILE_MODS") {
		return "install it the way this site is deployed, then run jetpack-start activate"
	}
	if strings.HasPrefix(state, "failed") {
		return "the plan itself is not touched by this; mend the cause, then run jetpack-start activate"
	}
	return ""
}

// note enters what the last boot reported; before is what the probe had seen.
func (d *Driver) note(
	before map[string]wpcli.Plugin, orders wpcli.Setup, report *wpcli.SetupReport, err error, r *Result,
) {
	for _, order := range orders.Plugins {
		if report == nil {
			d.plugin(r, order.Slug, "failed: "+err.Error())
			continue
		}
		part, reported := report.Plugins[order.Slug]
		switch {
		case part.Active && part.Key:
			d.plugin(r, order.Slug, pluginActive)
			d.did(order.Slug + " active")
		case part.Error != "":
			d.plugin(r, order.Slug, "failed: "+part.Error)
		case report.Died != "" && (!reported || !part.Active):
			d.plugin(r, order.Slug, "failed: "+report.Died)
		case part.Active && !report.Connected:
			d.plugin(r, order.Slug, pluginPending)
			if !before[order.Slug].Active {
				d.did(order.Slug + " activated")
			}
		case part.Active:
			d.plugin(r, order.Slug, "failed: active, but its key did not come")
		default:
			d.plugin(r, order.Slug, "failed: not active afterwards")
		}
	}
}

// tokenStored judges the user token, which was read back after it was stored.
func (d *Driver) tokenStored(report *wpcli.SetupReport, err error, r *Result) error {
	if report != nil && report.TokenStored {
		r.UserToken = "stored"
		d.did("user token stored")
		return nil
	}
	r.UserToken = "not_stored"
	reason := "the site did not keep it"
	switch {
	case err != nil:
		reason = err.Error()
	case report.TokenError != "":
		reason = report.TokenError
	case report.Died != "":
		reason = report.Died
	}
	return &failure.Error{
		Code: CodeAuthorization, Retryable: true, Err: err,
		Message: "the plan is provisioned, but the user token could not be stored on the site: " + reason,
	}
}
