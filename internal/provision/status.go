package provision

import (
	"context"
	"errors"

	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// Sides are what the site says and what the API says. A side that couldn't be asked is nil and has
// its error.
type Sides struct {
	Site    *wpcli.Site
	SiteErr error
	API     *jetpack.Status
	APIErr  error
}

// Status asks both sides. blogID or siteURL name the site at the API ("" = what the site itself
// says); where they are given, a missing WordPress is no failure.
func (d *Driver) Status(ctx context.Context, blogID, siteURL string) (Sides, error) {
	var s Sides
	site, err := d.look(ctx, "")
	switch {
	case err == nil:
		s.Site = site
	case isNoWordPress(err) && (blogID != "" || siteURL != ""):
		s.SiteErr = err
	default:
		return s, nothingHere(err)
	}
	id := blogID
	if id == "" {
		if siteURL == "" {
			siteURL = site.SiteURL
		}
		if id, err = identifier(site, siteURL); err != nil {
			return s, err
		}
	}
	status, err := d.API.Status(ctx, id)
	var apiErr *jetpack.Error
	switch {
	case err == nil:
		s.API = &status
	case errors.As(err, &apiErr) && unknownSite(apiErr):
		s.APIErr = err
	default:
		return s, err
	}
	return s, nil
}
