package provision

import (
	"context"

	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// Sides are the two answers about a site: WordPress's and the API's. A side that wasn't read is
// nil. APIErr is set if the API doesn't know the site.
type Sides struct {
	Site   *wpcli.Site
	API    *jetpack.Status
	APIErr error
}

// Status reads both sides. If blogID or siteURL isn't "", it names the site in the call to the API,
// and the WordPress here, which may be another one, isn't read: the Site is nil.
func (d *Driver) Status(ctx context.Context, blogID, siteURL string) (Sides, error) {
	var s Sides
	r := d.newRun(Options{})
	var site *wpcli.Site
	var err error
	if blogID == "" && siteURL == "" {
		if site, err = r.probe(ctx, ""); err != nil {
			return s, noWordPressError(err)
		}
		s.Site, siteURL = site, site.SiteURL
	}
	id := blogID
	if id == "" {
		if id, err = siteID(site, siteURL); err != nil {
			return s, err
		}
	}
	status, err := d.API.Status(ctx, id)
	if isUnknownSite(err) && site != nil && site.BlogID <= 0 {
		status, err = r.statusByHome(ctx, site, status, err)
	}
	switch {
	case err == nil:
		s.API = &status
		if site != nil && status.Connected {
			r.setSite(site)
			r.observe(ctx, id)
		}
	case isUnknownSite(err):
		s.APIErr = err
	default:
		return s, err
	}
	return s, nil
}

// statusByHome requests the status of the site by its home, if its siteurl is below that. It
// returns the given answer, that nothing is at its siteurl, if nothing is there either.
func (r *run) statusByHome(
	ctx context.Context, site *wpcli.Site, status jetpack.Status, err error,
) (jetpack.Status, error) {
	id, idErr := jetpack.SiteIdentifier(site.Home)
	same := jetpack.SiteKey(site.Home) == jetpack.SiteKey(site.SiteURL)
	if idErr != nil || same || !isAt(site, site.Home) {
		return status, err
	}
	byHome, homeErr := r.API.Status(ctx, id)
	if isUnknownSite(homeErr) {
		return status, err
	}
	return byHome, homeErr
}

// observe remembers the site here, if its status, which was requested under the name id, shows that
// its connection is approved, and WordPress.com confirms its blog ID. With StrictIdentity it
// doesn't remember the docroot, unless the ledger has it.
func (r *run) observe(ctx context.Context, id string) {
	own, err := siteID(r.site, r.site.SiteURL)
	if err != nil || own != id || r.Ledger == nil || r.site.BlogID <= 0 {
		return
	}
	known, err := r.compareWithLedger(ctx)
	if err != nil {
		r.warn(err.Error(), "")
		return
	}
	if r.Ledger == nil || known.Confirmed && (known.Docroot || r.StrictIdentity) {
		return
	}
	r.pair = pair{siteURL: r.site.SiteURL, blogID: r.site.BlogID, confirmed: known.Confirmed}
	if !known.Confirmed {
		_ = r.askWhose(ctx, comparedID)
	}
	switch {
	case r.pair.other:
		r.warn(r.pair.reason, "")
	case r.pair.confirmed:
		if r.StrictIdentity && !known.Docroot {
			r.Docroot = nil
		}
		r.rememberIdentity(ctx)
	}
}
