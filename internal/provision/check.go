package provision

import (
	"context"
	"errors"
	"strconv"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// hasPlan reports whether the status shows that the site has the plan, from this partner and not
// pending. Without Options.Check it reports false and requests no status.
//
// A pending plan is requested again: that makes no second one, and the answer has the next_url.
func (r *run) hasPlan(ctx context.Context) (bool, error) {
	if !r.opts.Check {
		return false, nil
	}
	id, err := r.siteID(r.opts.Request.SiteURL)
	if err != nil {
		return false, err
	}
	status, err := r.API.Status(ctx, id)
	if isUnknownSite(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	product, found := status.Find(r.opts.Request.Plan)
	if !found || product.Pending || !product.ByCallingPartner {
		return false, nil
	}
	r.result.Success, r.result.Outcome = true, Unchanged
	r.result.RequestID = status.RequestID
	return true, nil
}

// isUnknownSite reports whether err means that WordPress.com doesn't know the site, or doesn't show
// it to this partner key: sites of a test key have no status. A 404 without a code isn't one: it
// comes from a proxy, or from a wrong address.
func isUnknownSite(err error) bool {
	var apiErr *jetpack.Error
	return errors.As(err, &apiErr) &&
		(apiErr.Code == "unknown_blog" || apiErr.Code == "invalid_blog")
}

// siteID returns the {site} of the run's site: its blog ID unless another site claims that too, or
// the domain and path of siteURL.
func (r *run) siteID(siteURL string) (string, error) {
	if r.site != nil && r.pair.contested && r.pair.isOf(r.site) {
		return siteID(nil, siteURL)
	}
	return siteID(r.site, siteURL)
}

// siteID returns the {site} of the API's paths: the blog ID if site knows it and siteURL is its
// URL, otherwise the domain and path of siteURL. site can be nil. A site with a blog ID needs no
// URL that can be sent.
func siteID(site *wpcli.Site, siteURL string) (string, error) {
	if site != nil && site.BlogID > 0 && jetpack.SiteKey(site.SiteURL) == jetpack.SiteKey(siteURL) {
		return strconv.FormatInt(site.BlogID, 10), nil
	}
	if site != nil && siteURL == site.SiteURL {
		if err := CheckOwnURL(siteURL); err != nil {
			return "", err
		}
	}
	id, err := jetpack.SiteIdentifier(siteURL)
	if err != nil {
		message := "the site's URL can't be used" + shownURL(siteURL) + ": " + err.Error()
		return "", &failure.Error{Code: CodeSiteURL, Message: message, Err: err}
	}
	return id, nil
}
