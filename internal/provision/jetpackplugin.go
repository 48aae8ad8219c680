package provision

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/wpcli"
)

// ensureJetpack installs or activates Jetpack if it isn't active.
func (r *run) ensureJetpack(ctx context.Context) error {
	if r.site == nil {
		return nil
	}
	plugin := r.site.Plugins["jetpack"]
	switch {
	case plugin.Active:
		return nil
	case plugin.Installed:
		return r.activateJetpack(ctx)
	case !r.site.FileMods:
		r.warn(
			"jetpack is not installed and DISALLOW_FILE_MODS forbids installing it: "+
				"the plan is requested all the same",
			"install Jetpack the way this site is deployed",
		)
		return nil
	}
	source := r.opts.JetpackSource
	if source == "" {
		source = "jetpack"
	}
	if err := r.WP.InstallPlugin(ctx, source, r.opts.JetpackVersion); err != nil {
		message := "jetpack could not be installed; nothing was sent to the API: " + err.Error()
		hint := ""
		if strings.Contains(message, "already exists") {
			hint = "the plugin's folder has no jetpack.php: move the folder away, and run again"
		}
		return &failure.Error{
			Code: "jetpack_install_failed", Message: message, Hint: hint, Err: err,
		}
	}
	r.recordChange("jetpack installed and activated")
	r.site.Plugins["jetpack"] = wpcli.Plugin{Installed: true, Active: true}
	return nil
}

// activateJetpack activates Jetpack. The site may have changed since the probe, so it is also
// called for a Jetpack that was active then.
func (r *run) activateJetpack(ctx context.Context) error {
	plugin := r.site.Plugins["jetpack"]
	if err := r.WP.ActivatePlugin(ctx, cmp.Or(plugin.Folder(), "jetpack")); err != nil {
		message := fmt.Sprintf("jetpack could not be activated: %v", err)
		return &failure.Error{Code: "jetpack_activation_failed", Message: message, Err: err}
	}
	if !plugin.Active {
		r.recordChange("jetpack activated")
	}
	plugin.Active = true
	r.site.Plugins["jetpack"] = plugin
	return nil
}
