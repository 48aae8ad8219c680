package provision

import (
	"context"
	"strings"

	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// Step is one thing that a command would do: a call of wp, or a request. Secrets in it say
// [redacted].
type Step struct {
	WP      string            `json:"wp,omitempty"`
	Request string            `json:"request,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
}

// DryRun goes through the driver's steps without taking them: the site is looked at, everything
// else is written down and taken to succeed. It needs no credentials and sends nothing.
func DryRun(ctx context.Context, wp WP, d Driver, o Options) (*Result, []Step, error) {
	dry := &dryRun{WP: wp, plan: o.Request.Plan}
	d.WP, d.API = dry, dry
	d.Ledger, d.Lock = nil, nil
	o.Wait = 0
	r, err := d.Provision(ctx, o)
	return r, dry.steps, err
}

// dryRun is both sides of a driver; only Probe is real.
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

func (d *dryRun) SetUp(_ context.Context, _ []string, o wpcli.Setup) (*wpcli.SetupReport, error) {
	report := &wpcli.SetupReport{
		TokenStored: true,
		Connected:   d.site.Connected(),
		Plugins:     map[string]wpcli.PluginReport{},
	}
	parts := []string{}
	for _, p := range o.Plugins {
		verb := "activate "
		if p.Install {
			verb = "install and activate "
		}
		if d.site.Plugins[p.Slug].Active {
			verb = "get going "
		}
		parts = append(parts, verb+p.Slug+", fetch its key where the site is connected")
		report.Plugins[p.Slug] = wpcli.PluginReport{Active: true, Key: report.Connected}
	}
	d.add(Step{WP: "wp jetpack-start-setup: " + strings.Join(parts, "; ")})
	return report, nil
}

func (d *dryRun) Token(context.Context) error {
	return nil
}

func (d *dryRun) Provision(
	_ context.Context, r jetpack.ProvisionRequest,
) (jetpack.ProvisionAnswer, error) {
	step := Step{Request: "POST /rest/v1.3/jpphp/provision", Fields: map[string]string{}}
	if r.TrackingID != "" {
		step.Request += "?partner-tracking-id=" + r.TrackingID
	}
	for _, field := range r.Fields() {
		step.Fields[field.Name] = field.Value
		if field.Secret {
			step.Fields[field.Name] = "[redacted]"
		}
	}
	d.add(step)
	// A link, which nobody sees: that there is none would be news of the domain.
	return jetpack.ProvisionAnswer{
		Success:      true,
		AuthRequired: d.site == nil || !d.site.Connected(),
		NextURL:      "https://wordpress.com/",
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

func (d *dryRun) UpgradePaths(_ context.Context, site string) (jetpack.UpgradePaths, error) {
	d.add(Step{Request: "GET /rest/v1.3/jpphp/" + site + "/upgrade-paths"})
	return jetpack.UpgradePaths{Families: []jetpack.Family{{Slugs: []string{d.plan}}}}, nil
}
