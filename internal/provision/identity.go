package provision

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// CheckIdentity returns an error if the site can't be what it says of itself: the ledger has its
// blog ID with another URL, or its URL with another blog ID or in the docroot of another customer.
func (d *Driver) CheckIdentity(ctx context.Context, site *wpcli.Site) error {
	r := d.newRun(Options{})
	r.setSite(site)
	return r.checkIdentity(ctx)
}

// checkIdentity is CheckIdentity for the run's site, if there is one. Jetpack sets a clone to safe
// mode, too, but only once the clone has contacted WordPress.com.
func (r *run) checkIdentity(ctx context.Context) error {
	if r.ForceIdentity || r.site == nil {
		return nil
	}
	identities, err := r.identities()
	for _, i := range identities {
		if err != nil || r.Ledger == nil {
			break
		}
		if i.BlogID == 0 && jetpack.CheckSiteURL(i.SiteURL) != nil {
			continue // nothing can be requested for it
		}
		err = r.Ledger.CheckIdentity(ctx, i)
		if err != nil && !errors.Is(err, ledger.ErrIdentity) {
			r.dropLedger(err)
			err = nil
		}
	}
	if err == nil {
		return nil
	}
	message := err.Error() + "; nothing was sent"
	return &failure.Error{Code: CodeIdentity, Message: message, Err: err}
}

// identities returns what the site says of itself. There are two if the plan is requested for the
// other of its URLs.
func (r *run) identities() ([]ledger.Identity, error) {
	own := ledger.Identity{SiteURL: r.site.SiteURL, BlogID: r.site.BlogID}
	if r.Docroot != nil {
		var err error
		if own.Docroot, err = r.Docroot(r.site); err != nil {
			return nil, err
		}
	}
	identities := []ledger.Identity{own}
	requested := r.result.SiteURL
	if requested != "" && jetpack.SiteKey(requested) != jetpack.SiteKey(own.SiteURL) {
		identities = append(identities,
			ledger.Identity{SiteURL: requested, Docroot: own.Docroot})
	}
	return identities, nil
}

// confirmBlogID asks WordPress.com for the URL of the blog ID that the site says it has, and
// returns an error if the site is another one: the ID may be that of another customer.
// WordPress.com doesn't answer for a site that isn't connected or is private; nobody can confirm
// its ID.
func (r *run) confirmBlogID(ctx context.Context) error {
	if r.ForceIdentity || r.site.BlogID <= 0 {
		return nil
	}
	info, err := r.API.SiteInfo(ctx, r.site.BlogID)
	var apiErr *jetpack.Error
	if errors.As(err, &apiErr) && apiErr.Code != jetpack.CodeHTTPError &&
		(apiErr.Status == http.StatusForbidden || apiErr.Status == http.StatusNotFound) {
		r.warn(fmt.Sprintf("WordPress.com doesn't tell whose blog ID %d is", r.site.BlogID),
			"the site isn't connected, or is private")
		return nil
	}
	if err != nil || isAt(r.site, info.URL) {
		return err
	}
	return &failure.Error{
		Code: CodeIdentity,
		Message: fmt.Sprintf("the site%s says that it has the blog ID %d, which is that of %s at "+
			"WordPress.com; nothing was cancelled",
			shownURL(r.site.SiteURL), info.BlogID, info.URL),
	}
}

// rememberIdentity writes the site's URL, blog ID and docroot to the ledger. It doesn't take a blog
// ID or a URL away from another site that the ledger has with it: the site could claim any.
func (r *run) rememberIdentity(ctx context.Context) {
	if r.site == nil {
		return
	}
	identities, err := r.identities()
	if err != nil && r.ForceIdentity {
		return // it was forced for this run alone: there is no docroot to remember
	}
	for _, i := range identities {
		if err != nil || r.Ledger == nil {
			break
		}
		if jetpack.CheckSiteURL(i.SiteURL) != nil {
			continue
		}
		err = r.Ledger.RememberIdentity(ctx, i, r.ForceIdentity)
	}
	switch {
	case errors.Is(err, ledger.ErrIdentity):
		text := strings.TrimPrefix(err.Error(), "ledger: "+ledger.ErrIdentity.Error()+": ")
		r.warn(text,
			"one of the two sites is a copy; if this one isn't, repeat with --force-identity")
	case err != nil:
		r.dropLedger(err)
	}
}
