package provision

import (
	"context"
	"errors"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// CheckIdentity returns an error if the site can't be what it says of itself: the ledger or
// WordPress.com has its blog ID with another URL, or the ledger has its URL with another blog ID or
// in the docroot of another customer. With StrictIdentity it returns one if nobody confirms the
// URL and the blog ID. sendsID tells whether the blog ID will be sent to the API.
func (d *Driver) CheckIdentity(ctx context.Context, site *wpcli.Site, sendsID bool) error {
	r := d.newRun(Options{})
	r.setSite(site)
	use := unusedID
	if sendsID {
		use = sentID
	}
	err := r.checkIdentity(ctx, use)
	if err == nil && sendsID && r.pair.contested {
		err = errIdentity(r.pair.reason+"; nothing was sent", nil)
	}
	return err
}

// checkIdentity is CheckIdentity for the run's site, if there is one. Jetpack sets a clone to safe
// mode, too, but only once the clone has contacted WordPress.com.
//
// What contradicts is refused, and what nobody can confirm is refused with StrictIdentity. Without
// it there is a warning, and a blog ID that another site has claimed too isn't sent.
func (r *run) checkIdentity(ctx context.Context, use idUse) error {
	r.pair = pair{}
	if r.site == nil {
		return nil
	}
	if r.ForceIdentity {
		r.pair.confirm(r.site)
		return nil
	}
	known, err := r.compareWithLedger(ctx)
	if err == nil {
		err = r.confirmBlogID(ctx, known, use)
	}
	if err != nil {
		return err
	}
	reason := r.pair.reason
	switch {
	case r.StrictIdentity && reason == "" && !known.Docroot && !r.isNamed():
		reason = "nothing but the site itself says that it is " + r.site.SiteURL
		fallthrough
	case r.StrictIdentity && reason != "":
		return &failure.Error{
			Code: CodeUnconfirmed, Message: reason + "; nothing was sent or changed",
			Retryable: r.pair.retryable,
		}
	case reason != "":
		r.warn(reason, "if it isn't this site's, correct it; --force-identity confirms it")
	}
	return nil
}

// isNamed reports whether the operator said which URL the site has.
func (r *run) isNamed() bool {
	return r.ExpectURL != "" || r.namedURL != "" && isAt(r.site, r.namedURL)
}

// compareWithLedger returns what the ledger has about the site: about its pair of URL and blog ID,
// and whether each URL that is used belongs to its docroot.
func (r *run) compareWithLedger(ctx context.Context) (known ledger.Known, err error) {
	identities, err := r.identities()
	if err != nil {
		return known, errIdentity(err.Error()+"; nothing was sent", err)
	}
	for n, i := range identities {
		if r.Ledger == nil {
			return known, nil
		}
		if i.BlogID == 0 && jetpack.CheckSiteURL(i.SiteURL) != nil {
			continue // nothing can be requested for it
		}
		found, err := r.Ledger.CheckIdentity(ctx, i)
		switch {
		case errors.Is(err, ledger.ErrIdentity):
			return known, errIdentity(err.Error()+"; nothing was sent", err)
		case err != nil:
			r.dropLedger(err)
			return ledger.Known{}, nil
		case n == 0:
			known = found
		}
		known.Docroot = known.Docroot && found.Docroot
	}
	return known, nil
}

// errIdentity returns the error that the site isn't what it says it is.
func errIdentity(message string, err error) error {
	return &failure.Error{Code: CodeIdentity, Message: message, Err: err}
}

// identities returns what the site says of itself. There are two if the plan is requested for the
// other of its URLs.
func (r *run) identities() ([]ledger.Identity, error) {
	own := ledger.Identity{
		SiteURL: r.site.SiteURL, BlogID: r.site.BlogID, Confirmed: r.pair.isConfirmed(r.site),
	}
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

// rememberIdentity writes the site's URL, blog ID and docroot to the ledger. It doesn't take a
// confirmed blog ID or a URL away from another site that the ledger has with it: the site could
// claim any. If WordPress.com wasn't asked about the blog ID before, it is now.
func (r *run) rememberIdentity(ctx context.Context) {
	if r.site == nil || r.Ledger == nil {
		return
	}
	r.confirmLater(ctx)
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
		if r.pair.contradicted(r.site) {
			i.BlogID = 0
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
