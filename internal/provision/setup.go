package provision

import (
	"context"

	"jetpack-start/internal/failure"
	"jetpack-start/wpcli"
)

// setUp stores the user token and activates the plan's plugins in one WordPress boot, or none if
// there is nothing to do. A plugin that fails is a warning, not an error.
func (r *run) setUp(ctx context.Context) error {
	token := r.token.Reveal()
	if r.opts.Request.WPComUserID == "" {
		token = "" // docs/contract.md, "The old scripts": store only a token that was requested
	}
	if r.site == nil {
		if token != "" {
			r.result.UserToken = "not_stored"
			r.warn(
				"the answer holds a user token, but there is no WordPress here to store it on",
				"run this in the site's docroot",
			)
		}
		return nil
	}
	wanted := r.opts.Plugins
	if wanted == nil {
		wanted = PluginsOf(r.opts.Request.Plan)
	}
	connected := token != "" || r.site.Connected() ||
		r.result.Outcome == Provisioned && !r.result.AuthRequired
	setup := wpcli.Setup{Token: token, Plugins: r.pluginSetups(wanted, connected)}
	if token != "" && r.site.User != nil {
		setup.UserID = r.site.User.ID
	}
	if token == "" && len(setup.Plugins) == 0 {
		return nil
	}
	report, err := r.WP.SetUp(ctx, r.site.ActivePlugins, setup)
	for _, plugin := range setup.Plugins {
		r.recordPlugin(plugin.Slug, report, err)
	}
	if token == "" {
		return context.Cause(ctx)
	}
	return r.recordToken(report, err)
}

// recordPlugin enters into the result what SetUp did with a plugin. report is nil if SetUp failed
// with err.
func (r *run) recordPlugin(slug string, report *wpcli.SetupReport, err error) {
	if report == nil {
		r.setPluginState(slug, "failed: "+err.Error())
		return
	}
	part, reported := report.Plugins[slug]
	switch {
	case part.Active && part.Key:
		r.setPluginState(slug, pluginActive)
		r.recordChange(slug + " active")
	case part.Error != "":
		r.setPluginState(slug, "failed: "+part.Error)
	case report.Died != "" && (!reported || !part.Active):
		r.setPluginState(slug, "failed: "+report.Died)
	case part.Active && !report.Connected:
		r.setPluginState(slug, pluginPending)
		if !r.site.Plugins[slug].Active {
			r.recordChange(slug + " activated")
		}
	case part.Active:
		r.setPluginState(slug, "failed: active, but its key did not come")
	default:
		r.setPluginState(slug, "failed: not active afterwards")
	}
}

// recordToken enters into the result whether SetUp stored the user token, which it reads back. It
// returns an error if not. report is nil if SetUp failed with err.
func (r *run) recordToken(report *wpcli.SetupReport, err error) error {
	if report != nil && report.TokenStored {
		r.result.UserToken = "stored"
		r.recordChange("user token stored")
		return nil
	}
	r.result.UserToken = "not_stored"
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
		Message: "the plan is provisioned, but the user token could not be stored on the site: " +
			reason,
	}
}
