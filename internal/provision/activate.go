package provision

import (
	"context"
	"errors"
	"slices"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
)

// ActivateOptions are the options of Driver.Activate.
type ActivateOptions struct {
	// Plan is the plan whose plugins to activate. Plugins are the plugins themselves, and override
	// Plan unless nil. If neither is set, the API is asked which plans the site has.
	Plan    string
	Plugins []string
	// Wait is how long to wait for the user to approve the connection; 0 doesn't wait.
	Wait time.Duration
}

// NeedsAPI reports whether Activate calls the API, which needs credentials.
func (o ActivateOptions) NeedsAPI() bool { return o.Wait > 0 || o.Plan == "" && o.Plugins == nil }

// Activate activates the plan's plugins on a site whose plan was provisioned before. The Result
// isn't nil and is valid beside an error too.
func (d *Driver) Activate(ctx context.Context, o ActivateOptions) (*Result, error) {
	r := d.newRun(Options{Request: jetpack.ProvisionRequest{Plan: o.Plan}, Plugins: o.Plugins})
	return r.result, r.activatePlugins(ctx, o)
}

func (r *run) activatePlugins(ctx context.Context, o ActivateOptions) error {
	if err := r.findConnectedSite(ctx, o); err != nil {
		return err
	}
	wanted, err := r.wantedPlugins(ctx, o)
	if err != nil {
		return err
	}
	r.opts.Plugins = wanted
	r.result.Success, r.result.AuthRequired = true, !r.site.Connected()
	unlock, _, err := r.lockSite(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if r.pair.isConfirmed(r.site) {
		r.rememberIdentity(ctx)
	}
	err = r.setUp(ctx)
	switch {
	case r.result.PluginFailed():
		r.result.Success, r.result.Outcome = false, Failed
		if err == nil {
			message := "not every plugin could be activated"
			err = &failure.Error{Code: "activation_failed", Message: message, Retryable: true}
		}
	case r.result.hasPending():
		r.result.Outcome = Pending
	case len(r.result.Done) > 0:
		r.result.Outcome = Provisioned
	default:
		r.result.Outcome = Unchanged
	}
	return err
}

// findConnectedSite reads the site, and with Wait waits until it is connected.
func (r *run) findConnectedSite(ctx context.Context, o ActivateOptions) error {
	probe, use := r.probe, comparedID
	if !o.NeedsAPI() {
		probe, use = r.WP.Probe, unusedID
	}
	site, err := probe(ctx, "")
	if err != nil {
		return noWordPressError(err)
	}
	r.setSite(site)
	if site.SafeMode {
		return errSafeMode("changed")
	}
	if err := r.checkIdentity(ctx, use); err != nil {
		return err
	}
	r.checkConnection()
	if o.Wait == 0 || site.Connected() {
		return nil
	}
	id, err := r.siteID(site.SiteURL)
	if err == nil {
		err = r.waitForPlan(ctx, id, o.Plan, o.Wait)
	}
	if err == nil {
		site, err = r.WP.Probe(ctx, "")
	}
	if err != nil {
		r.result.Outcome = Pending
		return err
	}
	r.setSite(site)
	return r.checkIdentity(ctx, comparedID)
}

// wantedPlugins returns the plugins to activate; never nil.
func (r *run) wantedPlugins(ctx context.Context, o ActivateOptions) ([]string, error) {
	if o.Plugins != nil {
		return o.Plugins, nil
	}
	if o.Plan != "" {
		return append([]string{}, PluginsOf(o.Plan)...), nil
	}
	id, err := siteID(nil, r.site.SiteURL)
	if err != nil {
		return nil, err
	}
	status, err := r.API.Status(ctx, id)
	var apiErr *jetpack.Error
	if errors.As(err, &apiErr) && isUnknownSite(err) {
		message := "the API can't tell which plan the site has: name it with --plan or --plugins"
		return nil, &failure.Error{Code: apiErr.Code, Message: message, Err: err}
	}
	if err != nil {
		return nil, err
	}
	wanted := []string{}
	for _, slug := range KnownPlugins {
		needsIt := func(p jetpack.ProductStatus) bool {
			return slices.Contains(PluginsOf(p.Slug), slug)
		}
		if slices.ContainsFunc(status.Products, needsIt) {
			wanted = append(wanted, slug)
		}
	}
	return wanted, nil
}
