package provision

import (
	"context"

	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// Sides are the two answers about a site: WordPress's and the API's. A side that couldn't be read
// is nil, and its error is set.
type Sides struct {
	Site    *wpcli.Site
	SiteErr error
	API     *jetpack.Status
	APIErr  error
}

// Status reads both sides. blogID or siteURL name the site in the call to the API; if both are "",
// it is the site of the WordPress here. If one is given, a missing WordPress isn't an error.
func (d *Driver) Status(ctx context.Context, blogID, siteURL string) (Sides, error) {
	var s Sides
	site, err := d.newRun(Options{}).probe(ctx, "")
	switch {
	case err == nil:
		s.Site = site
	case isNoWordPress(err) && (blogID != "" || siteURL != ""):
		s.SiteErr = err
	default:
		return s, noWordPressError(err)
	}
	id := blogID
	if id == "" {
		if siteURL == "" {
			siteURL = site.SiteURL
		}
		if id, err = siteID(site, siteURL); err != nil {
			return s, err
		}
	}
	status, err := d.API.Status(ctx, id)
	switch {
	case err == nil:
		s.API = &status
	case isUnknownSite(err):
		s.APIErr = err
	default:
		return s, err
	}
	return s, nil
}
