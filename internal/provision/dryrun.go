package provision

import (
	"context"
	"net/url"
	"strings"

	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// Step is a call of wp or a request to the API that a command would make. Secrets are replaced by
// "[redacted]".
type Step struct {
	WP      string            `json:"wp,omitempty"`
	Request string            `json:"request,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
}

// DryRun returns the steps that Provision would take. It reads the site, and assumes that
// everything else succeeds. It needs no credentials, sends nothing and changes nothing; d.API,
// d.Ledger and d.Lock aren't used.
func DryRun(ctx context.Context, d Driver, o Options) (*Result, []Step, error) {
	dry := &dryRun{WP: d.WP, plan: o.Request.Plan}
	d.WP, d.API = dry, dry
	d.Ledger, d.LedgerErr, d.Lock = nil, nil, nil
	d.StrictIdentity = false // only requests could confirm the site
	o.Wait = 0
	r, err := d.Provision(ctx, o)
	return r, dry.steps, err
}

// dryRun implements WP and API. Only Probe is passed on to a real WP.
type dryRun struct {
	WP
	site  *wpcli.Site
	plan  string
	steps []Step
}

func (d *dryRun) add(s Step) { d.steps = append(d.steps, s) }

func (d *dryRun) Probe(ctx context.Context, user string) (*wpcli.Site, error) {
	site, err := d.WP.Probe(ctx, user)
	d.site = site
	return site, err
}

func (d *dryRun) ActivatePlugin(_ context.Context, slug string) error {
	d.add(Step{WP: "wp plugin activate " + slug})
	return nil
}

func (d *dryRun) InstallPlugin(_ context.Context, source, version string) error {
	call := "wp plugin install " + source + " --activate"
	if version != "" {
		call += " --version=" + version
	}
	d.add(Step{WP: call})
	return nil
}

func (d *dryRun) SetUp(_ context.Context, s wpcli.Setup) (*wpcli.SetupReport, error) {
	report := &wpcli.SetupReport{
		TokenStored: true,
		Connected:   d.site.Connected(),
		Plugins:     map[string]wpcli.PluginReport{},
	}
	parts := []string{}
	for _, p := range s.Plugins {
		verb := "activate "
		if p.Install {
			verb = "install and activate "
		}
		if d.site.Plugins[p.Slug].Active {
			verb = "set up "
		}
		parts = append(parts, verb+p.Slug+", fetch its key if the site is connected")
		report.Plugins[p.Slug] = wpcli.PluginReport{Active: true, Key: report.Connected}
	}
	d.add(Step{WP: "wp jetpack-start-setup: " + strings.Join(parts, "; ")})
	return report, nil
}

func (d *dryRun) Token(context.Context) error { return nil }

func (d *dryRun) Provision(
	_ context.Context, r jetpack.ProvisionRequest,
) (jetpack.ProvisionAnswer, error) {
	step := Step{Request: "POST /rest/v1.3/jpphp/provision", Fields: map[string]string{}}
	if r.TrackingID != "" {
		step.Request += "?partner_tracking_id=" + url.QueryEscape(r.TrackingID)
	}
	for _, field := range r.Fields() {
		step.Fields[field.Name] = field.Value
		if field.Secret {
			step.Fields[field.Name] = "[redacted]"
		}
	}
	d.add(step)
	return jetpack.ProvisionAnswer{
		Success:      true,
		AuthRequired: d.site == nil || !d.site.Connected(),
		// Not printed. Without it there would be a warning that the domain doesn't resolve.
		NextURL: "https://wordpress.com/",
	}, nil
}

func (d *dryRun) Cancel(
	context.Context, string, jetpack.CancelRequest,
) (jetpack.CancelAnswer, error) {
	return jetpack.CancelAnswer{}, nil
}

func (d *dryRun) Status(_ context.Context, site string) (jetpack.Status, error) {
	d.add(Step{Request: "GET /rest/v1.4/jpphp/" + site + "/status"})
	return jetpack.Status{}, nil
}

// SiteInfo is never called: there is no ledger to remember the answer.
func (d *dryRun) SiteInfo(context.Context, int64) (jetpack.SiteInfo, error) {
	return jetpack.SiteInfo{}, nil
}

func (d *dryRun) UpgradePaths(_ context.Context, site string) (jetpack.UpgradePaths, error) {
	d.add(Step{Request: "GET /rest/v1.3/jpphp/" + site + "/upgrade-paths"})
	return jetpack.UpgradePaths{Families: []jetpack.Family{{Slugs: []string{d.plan}}}}, nil
}
