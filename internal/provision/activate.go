package provision

import (
	"context"
	"errors"
	"slices"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
)

// ActivateOptions are what `activate` is asked to do.
type ActivateOptions struct {
	// Plan names the plugins by the table, Plugins names them itself; both unset: what the API says
	// was provisioned.
	Plan    string
	Plugins []string
	Wait    time.Duration
}

// NeedsAPI says whether credentials are needed.
func (o ActivateOptions) NeedsAPI() bool { return o.Wait > 0 || o.Plan == "" && o.Plugins == nil }

// Activate sets the plan's plugins going on a site whose plan was provisioned before.
func (d *Driver) Activate(ctx context.Context, o ActivateOptions) (*Result, error) {
	r := &Result{Plan: o.Plan}
	probe := d.look
	if !o.NeedsAPI() {
		probe = d.WP.Probe
	}
	site, err := probe(ctx, "")
	if err != nil {
		return d.close(r), nothingHere(err)
	}
	r.SiteURL, r.BlogID = site.SiteURL, site.BlogID
	if site.SafeMode {
		return d.close(r), errSafeMode("changed")
	}
	if o.Wait > 0 && !site.Connected() {
		id, err := identifier(site, site.SiteURL)
		if err == nil {
			err = d.await(ctx, id, o.Plan, o.Wait)
		}
		if err == nil {
			site, err = d.WP.Probe(ctx, "")
		}
		if err != nil {
			r.Outcome = Pending
			return d.close(r), err
		}
		r.BlogID = site.BlogID
	}
	wanted, err := d.wanted(ctx, site.SiteURL, o)
	if err != nil {
		return d.close(r), err
	}
	r.Success, r.AuthRequired = true, !site.Connected()
	unlock, _, err := d.lock(ctx, site.SiteURL)
	if err != nil {
		return d.close(r), err
	}
	defer unlock()
	before := len(d.done)
	err = d.equip(
		ctx, site, Options{Request: jetpack.ProvisionRequest{Plan: o.Plan}, Plugins: wanted}, r,
	)
	r.Outcome = Unchanged
	switch {
	case r.PluginFailed():
		r.Success, r.Outcome = false, Failed
		if err == nil {
			err = &failure.Error{
				Code:      "activation_failed",
				Message:   "not every plugin could be set going",
				Retryable: true,
			}
		}
	case hasPending(r):
		r.Outcome = Pending
	case len(d.done) > before:
		r.Outcome = Provisioned
	}
	return d.close(r), err
}

func hasPending(r *Result) bool {
	for _, state := range r.Plugins {
		if state == pluginPending {
			return true
		}
	}
	return false
}

// wanted are the plugins to set going; never nil.
func (d *Driver) wanted(ctx context.Context, siteURL string, o ActivateOptions) ([]string, error) {
	if o.Plugins != nil {
		return o.Plugins, nil
	}
	if o.Plan != "" {
		return append([]string{}, PluginsOf(o.Plan)...), nil
	}
	id, err := identifier(nil, siteURL)
	if err != nil {
		return nil, err
	}
	status, err := d.API.Status(ctx, id)
	if err != nil {
		var apiErr *jetpack.Error
		if errors.As(err, &apiErr) && unknownSite(apiErr) {
			return nil, &failure.Error{
				Code:    apiErr.Code,
				Message: "the API can't say which plan the site has: name it with --plan or --plugins",
				Err:     err,
			}
		}
		return nil, err
	}
	wanted := []string{}
	for _, slug := range KnownPlugins {
		if slices.ContainsFunc(status.Products, func(p jetpack.ProductStatus) bool {
			return slices.Contains(PluginsOf(p.Slug), slug)
		}) {
			wanted = append(wanted, slug)
		}
	}
	return wanted, nil
}
