package provision

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// idUse is what a command does with the blog ID that a site says it has.
type idUse int

const (
	unusedID   idUse = iota // nothing
	comparedID              // the ledger is to remember it
	sentID                  // it names the site to the API: for a cancel, or a password
)

// maxConfirmation limits how long a command that doesn't send the blog ID waits for WordPress.com
// to tell whose it is.
const maxConfirmation = 10 * time.Second

// pair is what was found out about the URL and the blog ID that a site says it has. It counts only
// for the site with this URL and ID: both can change during a command.
type pair struct {
	siteURL   string
	blogID    int64
	asked     bool // WordPress.com was asked about it
	confirmed bool // WordPress.com, the ledger or the operator confirms it
	other     bool // the blog ID is another site's
	contested bool // another site claims one of the two, and nobody confirms either
	reason    string
	retryable bool // the reason may pass
}

func (p *pair) isOf(site *wpcli.Site) bool {
	return p.siteURL == site.SiteURL && p.blogID == site.BlogID
}

func (p *pair) isConfirmed(site *wpcli.Site) bool  { return p.confirmed && p.isOf(site) }
func (p *pair) contradicted(site *wpcli.Site) bool { return p.other && p.isOf(site) }

// confirm sets that the pair of the site is confirmed.
func (p *pair) confirm(site *wpcli.Site) {
	*p = pair{siteURL: site.SiteURL, blogID: site.BlogID, asked: p.asked, confirmed: true}
}

// confirmBlogID finds out whether the blog ID belongs to the site, and returns an error if it is
// another's. If nobody confirms it, the pair's reason says why.
//
// WordPress.com is asked before the ID is sent, before the ledger remembers it, if another site
// claims it too, and with StrictIdentity unless the ledger confirms it. Nobody can confirm the ID
// of a site that isn't connected, and as long as it isn't sent it decides nothing: a provision that
// is repeated before its approval goes by the URL.
func (r *run) confirmBlogID(ctx context.Context, known ledger.Known, use idUse) error {
	r.pair = pair{siteURL: r.site.SiteURL, blogID: r.site.BlogID}
	if r.site.BlogID <= 0 {
		return nil
	}
	if known.Confirmed && use != sentID {
		r.pair.confirm(r.site)
		return nil
	}
	counts := r.StrictIdentity || use == comparedID && r.Ledger != nil
	if use != sentID && known.Rivals == "" && !(counts && r.site.Connected()) {
		return nil
	}
	err := r.askWhose(ctx, use)
	switch {
	case r.pair.other:
		return errIdentity(r.pair.reason+"; nothing was sent", nil)
	case r.pair.confirmed:
		return nil
	case known.Confirmed:
		r.pair.confirm(r.site)
		return nil
	case use == sentID && r.pair.retryable:
		return err
	case jetpack.CheckSiteURL(r.site.SiteURL) != nil:
		return CheckOwnURL(r.site.SiteURL) // it can't be compared with anything
	case known.Rivals != "":
		r.pair.contested = true
		r.pair.reason += ", and the ledger has " + known.Rivals
	}
	return nil
}

// confirmLater asks WordPress.com about a blog ID that the site has got during the command. It
// isn't an error if nobody confirms it.
func (r *run) confirmLater(ctx context.Context) {
	settled := r.pair.isOf(r.site) && (r.pair.asked || r.pair.confirmed)
	if r.site.BlogID <= 0 || settled || !r.site.Connected() && !r.connected {
		return
	}
	r.pair = pair{siteURL: r.site.SiteURL, blogID: r.site.BlogID}
	if _ = r.askWhose(ctx, comparedID); r.pair.other {
		r.warn(r.pair.reason, "the blog ID isn't remembered")
	}
}

// askWhose asks WordPress.com for the URL of the blog ID, and enters the answer into the pair. The
// error is that of the request, if it had no answer about the site. WordPress.com tells nothing
// about a site that isn't connected or is private.
func (r *run) askWhose(ctx context.Context, use idUse) error {
	if use != sentID {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, maxConfirmation)
		defer cancel()
	}
	id := r.site.BlogID
	r.pair.asked = true
	info, err := r.API.SiteInfo(ctx, id)
	var apiErr *jetpack.Error
	switch {
	case err == nil && isAt(r.site, info.URL) && r.mayBeAt(ctx, info.URL):
		r.pair.confirm(r.site)
	case err == nil:
		r.pair.other = true
		r.pair.reason = fmt.Sprintf("the site%s says that it has the blog ID %d, which is that "+
			"of %s at WordPress.com", shownURL(r.site.SiteURL), id, info.URL)
	case errors.As(err, &apiErr) && apiErr.Code != jetpack.CodeHTTPError &&
		(apiErr.Status == http.StatusForbidden || apiErr.Status == http.StatusNotFound):
		r.pair.reason = fmt.Sprintf("WordPress.com doesn't tell whose blog ID %d is: "+
			"the site isn't connected, or is private", id)
	default:
		r.pair.reason = fmt.Sprintf("can't find out whose blog ID %d is: %v", id, err)
		r.pair.retryable = true
		return err
	}
	return nil
}

// mayBeAt reports whether the ledger doesn't have the URL, which WordPress.com has for the blog ID,
// in the docroot of another customer. A site can say any home, with a siteurl below it.
func (r *run) mayBeAt(ctx context.Context, url string) bool {
	if r.Ledger == nil || jetpack.SiteKey(url) == jetpack.SiteKey(r.site.SiteURL) {
		return true
	}
	identities, err := r.identities()
	if err == nil {
		_, err = r.Ledger.CheckIdentity(ctx,
			ledger.Identity{SiteURL: url, Docroot: identities[0].Docroot})
	}
	return err == nil || !errors.Is(err, ledger.ErrIdentity)
}
