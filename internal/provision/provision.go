package provision

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// Options are the options of Driver.Provision.
type Options struct {
	// Request is sent to the API; an empty SiteURL is filled in from the site.
	Request jetpack.ProvisionRequest
	// FallbackURL is the site's URL if there is no WordPress and Request.SiteURL is empty.
	FallbackURL string
	// JetpackSource is the slug of Jetpack or the path or URL of a zip file, to install it from if
	// it is missing; "" means "jetpack". JetpackVersion is its version, "" for the newest.
	JetpackSource, JetpackVersion string
	// Plugins are the plugins to activate instead of those of the plan, unless nil.
	Plugins []string
	// ExpectWordPress makes a missing WordPress or a missing wp an error, because a WordPress was
	// named or its files are here: it could be in safe mode, which only reading it shows.
	ExpectWordPress bool
	// Check requests the status first, and doesn't request the plan if the site has it.
	Check bool
	// CheckUpgrade requests the upgrade paths first, and fails before anything is changed if the
	// plan isn't one of them.
	CheckUpgrade bool
	// Wait is how long to wait for the user to approve the connection; 0 doesn't wait.
	Wait time.Duration
	// PartnerRedirect is the URL that the user is sent to after approving; it is added to next_url.
	PartnerRedirect string
}

// Provision provisions the plan. The Result isn't nil and is valid beside an error too: if the plan
// was provisioned and a later step fails, it says so.
func (d *Driver) Provision(ctx context.Context, o Options) (*Result, error) {
	r := d.newRun(o)
	err := r.findSite(ctx)
	if err == nil {
		err = r.provisionSite(ctx)
	}
	if err == nil && o.Wait > 0 && r.result.Outcome == Pending {
		err = r.waitAndSetUp(ctx)
	}
	return r.result, err
}

// findSite inspects the site and determines the URL that the plan is requested for.
func (r *run) findSite(ctx context.Context) (err error) {
	r.namedURL = cmp.Or(r.opts.Request.SiteURL, r.opts.FallbackURL)
	if given := r.opts.Request.SiteURL; given != "" {
		if err := checkGivenURL(given); err != nil {
			return err
		}
	}
	if r.site, err = r.probe(ctx, r.opts.Request.LocalUser); err != nil {
		r.site, err = nil, r.allowNoWordPress(err)
	}
	if err == nil && r.site != nil {
		err = r.checkSite()
	}
	if urlErr := r.chooseURL(); err == nil {
		err = urlErr
	}
	if err != nil {
		return err
	}
	r.checkOwner()
	if r.site == nil {
		if err := CheckExpectedURL(r.result.SiteURL, r.ExpectURL); err != nil {
			return err
		}
	}
	r.checkHost()
	return nil
}

// chooseURL enters the URL that the plan is requested for: the given one, or the site's own, or if
// there is no WordPress the fallback. It returns an error for one that no site can have.
func (r *run) chooseURL() (err error) {
	siteURL := r.opts.Request.SiteURL
	switch {
	case siteURL != "":
	case r.site != nil:
		siteURL, err = r.site.SiteURL, CheckOwnURL(r.site.SiteURL)
	default:
		siteURL, err = r.opts.FallbackURL, checkGivenURL(r.opts.FallbackURL)
	}
	if err != nil {
		siteURL = "" // not in the result: it can hold a password
	}
	r.result.SiteURL, r.opts.Request.SiteURL = siteURL, siteURL
	if r.site != nil {
		r.result.BlogID = r.site.BlogID
	}
	return err
}

// checkOwner leaves the WordPress here alone, with a warning, if the plan is requested for a URL
// that isn't its own.
func (r *run) checkOwner() {
	siteURL := r.result.SiteURL
	if r.site == nil || isURLOf(siteURL, r.site) {
		return
	}
	if err := jetpack.CheckSiteURL(r.site.SiteURL); err != nil {
		r.warn(
			fmt.Sprintf("the siteurl of the WordPress here can't be used%s: %v; "+
				"this WordPress is not changed", shownURL(r.site.SiteURL), err),
			"correct the siteurl, or pass the site's URL to wp with --url",
		)
	} else {
		r.warn(
			fmt.Sprintf("the WordPress here is %s, and the plan is requested for %s: "+
				"this WordPress is not changed", r.site.SiteURL, siteURL),
			"leave the URL out to use the site's own, or run this where that site is",
		)
	}
	r.site, r.result.BlogID = nil, 0
}

// isURLOf reports whether siteURL is the siteurl or the home of site. A "www." is ignored: hosts
// often have it in one place and not in the other.
func isURLOf(siteURL string, site *wpcli.Site) bool {
	key := func(u string) string { return strings.TrimPrefix(jetpack.SiteKey(u), "www.") }
	return key(siteURL) == key(site.SiteURL) || key(siteURL) == key(site.Home)
}

// provisionSite makes the changes under the site's lock, so that two runs for one order can't both
// request its plan.
func (r *run) provisionSite(ctx context.Context) error {
	unlock, waited, err := r.lockSite(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if waited {
		r.opts.Check = true // the other run may have provisioned the plan
		if err := r.probeAgain(ctx); err != nil {
			return err
		}
	}
	if err := r.checkIdentity(ctx, comparedID); err != nil {
		return err
	}
	if err := r.checkUpgrade(ctx); err != nil {
		return err
	}
	if err := r.ensureJetpack(ctx); err != nil {
		return err
	}
	if err := r.obtainPlan(ctx); err != nil {
		return err
	}
	if r.result.AuthRequired {
		r.result.NextURL = withRedirect(r.result.NextURL, r.opts.PartnerRedirect)
	}
	return r.setUp(ctx)
}

// probeAgain reads the site anew, after another run may have changed it.
func (r *run) probeAgain(ctx context.Context) error {
	if r.site == nil {
		return nil
	}
	site, err := r.WP.Probe(ctx, r.opts.Request.LocalUser)
	if err != nil {
		return err
	}
	if site.SafeMode {
		return errSafeMode("provisioned")
	}
	r.site, r.result.BlogID = site, site.BlogID
	return nil
}

// readForcedSite reads the site anew after a provision call with force_register, even a failed one:
// the site may have another blog ID now, and later calls name it by that (docs/contract.md,
// "Answers to a provision").
func (r *run) readForcedSite(ctx context.Context) {
	if !r.forced || r.site == nil || ctx.Err() != nil {
		return
	}
	site, err := r.WP.Probe(ctx, r.opts.Request.LocalUser)
	if err != nil {
		r.warn("the site was registered again, but its blog ID could not be read: "+err.Error(),
			"if a later command reports identity_mismatch, repeat it with --force-identity")
		return
	}
	r.site = site
	r.updateBlogID(ctx, site.BlogID, site.Connected())
}

// updateBlogID enters the blog ID that the site has after the provision call into the result, and
// remembers it; connected tells whether its connection is approved now. It also remembers a blog ID
// that WordPress.com can confirm only since then.
func (r *run) updateBlogID(ctx context.Context, id int64, connected bool) {
	approved := connected && !r.site.Connected() && !r.pair.confirmed
	r.connected = connected
	if id == r.result.BlogID && !approved {
		return
	}
	r.site.BlogID, r.result.BlogID = id, id
	r.rememberIdentity(ctx)
}

// obtainPlan requests the plan, unless the status shows that the site has it. It records the
// request in the ledger before it is sent, and its outcome afterwards.
func (r *run) obtainPlan(ctx context.Context) error {
	open := r.openEntries(ctx)
	if len(open) > 0 {
		r.opts.Check = true // an earlier request may have provisioned the plan
	}
	has, err := r.hasPlan(ctx)
	if err == nil && !has {
		id := r.recordIntent(ctx)
		err = r.requestPlan(ctx)
		r.recordOutcome(ctx, id, err)
		r.readForcedSite(ctx)
	}
	if err != nil {
		return err
	}
	r.closeEntries(ctx, open)
	r.rememberIdentity(ctx)
	return nil
}
