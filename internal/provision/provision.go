// Package provision does what is to be done for one site, in steps: it looks, asks the partner API
// for the plan, and puts on the site what the plan calls for. It decides; jetpack and wpcli carry
// out.
package provision

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// API is what the driver needs of the partner API; *jetpack.Client is one.
type API interface {
	Token(ctx context.Context) error
	Provision(ctx context.Context, r jetpack.ProvisionRequest) (jetpack.ProvisionAnswer, error)
	Cancel(ctx context.Context, site string, r jetpack.CancelRequest) (jetpack.CancelAnswer, error)
	Status(ctx context.Context, site string) (jetpack.Status, error)
	UpgradePaths(ctx context.Context, site string) (jetpack.UpgradePaths, error)
}

// WP is what the driver needs of the site; *wpcli.CLI is one.
type WP interface {
	Probe(ctx context.Context, user string) (*wpcli.Site, error)
	ActivatePlugin(ctx context.Context, slug string) error
	InstallPlugin(ctx context.Context, source, version string) error
	SetUp(ctx context.Context, active []string, o wpcli.Setup) (*wpcli.SetupReport, error)
}

// Driver carries out one command on one site. It is used once.
type Driver struct {
	API API
	WP  WP
	// Warn is told what a person should know, with a hint ("" = none) of what to do about it.
	Warn func(text, hint string)
	// Notice is told what a person needs before the result: where to approve, while the command
	// waits for that.
	Notice func(text string)
	// Progress is told what is being waited for, and "" when the wait is over.
	Progress func(text string)
	// LookEvery is the pause between two looks at the status; 0 means 5 s.
	LookEvery time.Duration
	// Lock keeps a second run on the same site waiting until the returned function is called, and
	// says whether this one had to wait; nil locks nothing.
	Lock func(ctx context.Context, siteURL string) (unlock func(), waited bool, err error)

	// Ledger is written before and after each call that costs money; nil writes nothing.
	Ledger Ledger
	// ForceIdentity takes a site whose blog ID and URL the ledger knows otherwise.
	ForceIdentity bool

	warnings []string
	done     []string
}

// Options are what `provision` is asked to do.
type Options struct {
	// Request goes to the API; an empty SiteURL is filled in from the site.
	Request jetpack.ProvisionRequest
	// FallbackURL is the site URL to use where there is no WordPress at all and Request.SiteURL is
	// empty.
	FallbackURL string
	// JetpackSource is a slug, a zip's path or an URL; "" means "jetpack". JetpackVersion is "" for
	// the newest.
	JetpackSource, JetpackVersion string
	// Plugins overrides the table of plans where it isn't nil; empty means none.
	Plugins []string
	// ExpectWordPress says that a WordPress was named or can be seen, so that not to find it, or
	// wp, is a failure: without a look nobody knows whether the site is in safe mode.
	ExpectWordPress bool
	// Check asks for the status first and sends nothing where the plan is in place.
	Check bool
	// CheckUpgrade asks first what the site can take, and refuses a plan that isn't among it before
	// anything is changed.
	CheckUpgrade bool
	// Wait is how long to wait until nothing is pending; 0 doesn't wait.
	Wait time.Duration
	// PartnerRedirect is where the user lands after approving; added to next_url.
	PartnerRedirect string
}

// Provision provisions the plan. The result is what is known, also beside an error: a plan that is
// there is never hidden by what failed after it.
func (d *Driver) Provision(ctx context.Context, o Options) (*Result, error) {
	r := &Result{Plan: o.Request.Plan}
	site, err := d.look(ctx, o.Request.LocalUser)
	if err != nil {
		site, err = d.withoutWordPress(err, o)
	}
	if err == nil && site != nil {
		err = d.guard(site, &o)
	}
	r.SiteURL = siteURL(site, o)
	if err == nil && site != nil && !sameWordPress(r.SiteURL, site) {
		d.warn(
			fmt.Sprintf(
				"the WordPress here is %s, the plan is asked for %s: this WordPress is left as it is",
				site.SiteURL, r.SiteURL,
			),
			"leave the URL out to use the site's own, or run this where that site is",
		)
		site = nil
	}
	if site != nil {
		r.BlogID = site.BlogID
	}
	o.Request.SiteURL = r.SiteURL
	if err == nil {
		err = d.change(ctx, site, o, r)
	}
	if err == nil && o.Wait > 0 && r.Outcome == Pending {
		err = d.waitAndEquip(ctx, site, o, r)
	}
	return d.close(r), err
}

// siteURL is the URL that the plan is asked for.
func siteURL(site *wpcli.Site, o Options) string {
	switch {
	case o.Request.SiteURL != "":
		return o.Request.SiteURL
	case site != nil:
		return site.SiteURL
	}
	return o.FallbackURL
}

// change does all that changes something, one run a site at a time: two that are started together
// for one order must not ask for its plan together.
func (d *Driver) change(ctx context.Context, site *wpcli.Site, o Options, r *Result) error {
	if o.Request.SiteURL == "" {
		return &failure.Error{Code: "invalid_siteurl", Message: "the site has no siteurl"}
	}
	unlock, waited, err := d.lock(ctx, o.Request.SiteURL)
	if err != nil {
		return err
	}
	defer unlock()
	if waited && site != nil {
		// What was seen before is no longer so: the run that was waited for has changed it.
		now, err := d.WP.Probe(ctx, o.Request.LocalUser)
		if err != nil {
			return err
		}
		if now.SafeMode {
			return errSafeMode("provisioned")
		}
		site, r.BlogID = now, now.BlogID
	}
	o.Check = o.Check || waited
	if err := d.identity(ctx, site); err != nil {
		return err
	}
	if err := d.checkUpgrade(ctx, site, o); err != nil {
		return err
	}
	if site != nil {
		if err := d.ensureJetpack(ctx, site, o); err != nil {
			return err
		}
	}
	open := d.open(ctx, o)
	o.Check = o.Check || len(open) > 0 // an earlier call may have made the plan
	inPlace, err := d.inPlace(ctx, site, o, r)
	if err == nil && !inPlace {
		id := d.begin(ctx, o)
		err = d.ask(ctx, site, o, r)
		d.account(ctx, id, site, r, err)
	}
	if err != nil {
		return err
	}
	d.settled(ctx, open, site, r)
	if r.AuthRequired {
		r.NextURL = withRedirect(r.NextURL, o.PartnerRedirect)
	}
	return d.equip(ctx, site, o, r)
}

func (d *Driver) lock(ctx context.Context, siteURL string) (unlock func(), waited bool, err error) {
	if d.Lock == nil {
		return func() {}, false, nil
	}
	return d.Lock(ctx, bareURL(siteURL))
}

// look probes the site while the token is fetched: the two have nothing to do with each other, and
// the token's round trip is then free. Whichever fails first ends the other.
func (d *Driver) look(ctx context.Context, user string) (*wpcli.Site, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	token := make(chan error, 1)
	go func() {
		err := d.API.Token(ctx)
		if err != nil {
			cancel()
		}
		token <- err
	}()
	site, err := d.WP.Probe(ctx, user)
	if err != nil && !errors.Is(err, context.Canceled) && !isNoWordPress(err) {
		cancel()
		<-token
		return nil, err
	}
	if tokenErr := <-token; tokenErr != nil {
		return nil, tokenErr
	}
	return site, err
}

// withoutWordPress decides what a failed probe means: where there is no WordPress and the URL was
// given, the API alone does, as in the old script.
func (d *Driver) withoutWordPress(err error, o Options) (*wpcli.Site, error) {
	switch {
	case !isNoWordPress(err), errors.Is(err, wpcli.ErrNotFound) && o.ExpectWordPress:
		return nil, err
	case o.Request.SiteURL == "" && o.FallbackURL == "":
		return nil, nothingHere(err)
	case o.ExpectWordPress:
		return nil, &failure.Error{
			Code: CodeNoWordPress, Err: err,
			Message: "one was named, or its files are here, and it can't be looked at; nothing was sent: " + err.Error(),
		}
	}
	if errors.Is(err, wpcli.ErrNotFound) {
		d.warn(
			"wp was not found: going on with the API alone",
			"install WP-CLI, or say where it is with --wp-cli-path, to have plugins activated and safe mode respected",
		)
	} else {
		d.warn("no WordPress here: going on with the API alone", "")
	}
	return nil, nil
}

// isNoWordPress says that there is nothing to look at, as opposed to a site that couldn't be
// looked at.
func isNoWordPress(err error) bool {
	return errors.Is(err, wpcli.ErrNoWordPress) || errors.Is(err, wpcli.ErrNotFound)
}

// nothingHere is the failure of a command that needs a WordPress and found none; a missing wp
// stays what it is.
func nothingHere(err error) error {
	if errors.Is(err, wpcli.ErrNoWordPress) {
		return &failure.Error{Code: CodeNoWordPress, Message: err.Error(), Err: err}
	}
	return err
}

// ensureJetpack installs or activates Jetpack where it isn't active.
func (d *Driver) ensureJetpack(ctx context.Context, site *wpcli.Site, o Options) error {
	plugin := site.Plugins["jetpack"]
	switch {
	case plugin.Active:
		return nil
	case plugin.Installed:
		return d.activateJetpack(ctx, site)
	case !site.FileMods:
		d.warn(
			"jetpack is not installed and DISALLOW_FILE_MODS forbids installing it: going on with what is there",
			"install Jetpack the way this site is deployed",
		)
		return nil
	}
	source := o.JetpackSource
	if source == "" {
		source = "jetpack"
	}
	if err := d.WP.InstallPlugin(ctx, source, o.JetpackVersion); err != nil {
		return &failure.Error{
			Code: "jetpack_install_failed",
			Message: fmt.Sprintf(
				"jetpack could not be installed; nothing was sent to the API: %v", err,
			),
			Err: err,
		}
	}
	d.did("jetpack installed and activated")
	site.Plugins["jetpack"] = wpcli.Plugin{Installed: true, Active: true}
	return nil
}

// activateJetpack can be called for a Jetpack that is active already: the site may have changed
// since the probe.
func (d *Driver) activateJetpack(ctx context.Context, site *wpcli.Site) error {
	if err := d.WP.ActivatePlugin(ctx, "jetpack"); err != nil {
		return &failure.Error{
			Code:    "jetpack_activation_failed",
			Message: fmt.Sprintf("jetpack could not be activated: %v", err),
			Err:     err,
		}
	}
	plugin := site.Plugins["jetpack"]
	if !plugin.Active {
		d.did("jetpack activated")
	}
	plugin.Active = true
	site.Plugins["jetpack"] = plugin
	return nil
}

func (d *Driver) warn(text, hint string) {
	d.warnings = append(d.warnings, text)
	if d.Warn != nil {
		d.Warn(text, hint)
	}
}

// did notes a change that is made, for whoever has to know when a later step fails.
func (d *Driver) did(text string) { d.done = append(d.done, text) }

func (d *Driver) close(r *Result) *Result {
	r.Warnings, r.Done = d.warnings, d.done
	return r
}
