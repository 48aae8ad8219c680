package provision

import (
	"context"
	"errors"
	"fmt"

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
	report, err := r.WP.SetUp(ctx, setup)
	if report != nil && report.BlogID > 0 {
		r.updateBlogID(ctx, report.BlogID, report.Connected)
	}
	for _, plugin := range setup.Plugins {
		r.recordPlugin(plugin.Slug, report, err)
	}
	if token != "" {
		if err := r.recordToken(report, err); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// recordPlugin enters into the result what SetUp did with a plugin. report is nil if SetUp failed
// with err.
func (r *run) recordPlugin(slug string, report *wpcli.SetupReport, err error) {
	if report == nil {
		r.setPluginState(slug, "failed: "+err.Error())
		return
	}
	part, begun := report.Plugins[slug]
	begun = begun || report.Unfinished == slug
	if part.Active && !part.Key && !r.site.Plugins[slug].Active {
		r.recordChange(slug + " activated")
	}
	switch {
	case part.Active && part.Key:
		r.setPluginState(slug, pluginActive)
		r.recordChange(slug + " active")
	case part.Error != "":
		r.setPluginState(slug, "failed: "+part.Error)
	case !begun:
		r.setPluginState(slug, pluginNotReached+setupEnd(report.Err))
	case part.Active && !report.Connected:
		r.setPluginState(slug, pluginPending)
	case report.Unfinished == slug && part.Active:
		r.setPluginState(slug, "failed: active, but its key did not come: "+setupEnd(report.Err))
	case report.Unfinished == slug:
		r.setPluginState(slug, "failed: "+setupEnd(report.Err))
	case part.Active:
		r.setPluginState(slug, "failed: active, but its key did not come")
	default:
		r.setPluginState(slug, "failed: not active afterwards")
	}
}

// setupEnd returns why SetUp ended early, by its report's Err.
func setupEnd(err error) string {
	var wp *wpcli.Error
	switch {
	case err == nil:
		return "the time for the setup was over"
	case errors.As(err, &wp) && wp.Kind == wpcli.ErrTimeout:
		return fmt.Sprintf("the setup was stopped after %v", wp.Timeout)
	}
	return err.Error()
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
	case report == nil:
		reason = err.Error()
	case report.TokenError != "":
		reason = report.TokenError
	case report.Err != nil:
		reason, err = setupEnd(report.Err), report.Err
	}
	return &failure.Error{
		Code: CodeAuthorization, Retryable: true, Err: err,
		Message: "the plan is provisioned, but the user token could not be stored on the site: " +
			reason,
	}
}
