package whmcs

import (
	"fmt"
	"slices"

	"jetpack-start/internal/failure"
)

// changePackage replaces the service's license by one for another product. The new license is
// issued and attached before the old one is revoked. If it was interrupted, the same command again
// finishes it.
func (j *job) changePackage() error {
	live := j.records.live()
	if open := j.records.open(); len(open) > 0 {
		return errUnsettled(open[0])
	}
	if len(live) == 0 {
		return refuse("no_license", "The service has no license that could be changed: "+
			"nothing was sent. Create issues one.")
	}
	if j.service.Product == "" {
		return errNoProduct
	}
	fresh, old, had := splitByProduct(live, j.service.Product)
	j.reply.Outcome = Changed
	if had && len(old) == 0 {
		j.reply.Outcome = Unchanged
		j.fillReply(fresh)
		return j.changeProductID(fresh)
	}
	if !had {
		var err error
		if fresh, err = j.issue(); err != nil {
			return err
		}
	}
	j.fillReply(fresh)
	if err := j.replaceOld(fresh, lastPlaced(old), had); err != nil {
		return err
	}
	api, err := j.client()
	if err != nil {
		return err
	}
	for _, e := range old {
		if err := j.revoke(api, e); err != nil {
			return err
		}
	}
	return nil
}

// changeProductID records the product ID of a service that was moved to another product of WHMCS's
// with the same license. Jetpack's module finds the license by that ID.
func (j *job) changeProductID(e entry) error {
	if e.productID == j.service.ProductID {
		return nil
	}
	return errNothingSent(j.store.setProductID(j.ctx, e, j.service.ProductID))
}

// splitByProduct returns the first license for a product and the other licenses.
func splitByProduct(live []entry, product string) (fresh entry, old []entry, had bool) {
	for _, e := range live {
		if !had && e.isFor(product) {
			fresh, had = e, true
			continue
		}
		old = append(old, e)
	}
	return fresh, old, had
}

// lastPlaced returns the newest of the old licenses that is suspended or has a known site, and
// otherwise the newest. There are several if an interrupted change was followed by another one.
func lastPlaced(old []entry) entry {
	for _, e := range slices.Backward(old) {
		if !e.suspended.IsZero() || e.Site != "" {
			return e
		}
	}
	return old[len(old)-1]
}

// replaceOld attaches a new license to the site of the old one, or suspends it too. If a known
// site refuses it, replaceOld fails, so that the staff knows before the old license ends; with
// again set, it goes on without a site.
func (j *job) replaceOld(fresh, old entry, again bool) error {
	switch {
	case !old.suspended.IsZero():
		if err := j.store.moveSuspension(j.ctx, fresh.LicenseKey, old); err != nil {
			return errNotSaved("The new license was issued", err)
		}
		return nil
	case fresh.Site != "":
		return nil
	case old.Site != "":
		return j.attachToOldSite(fresh, old, again)
	}
	// The customer activated the old license by its key, if at all. The site isn't known.
	if !j.service.AttachToSite || j.attachTo(fresh, "") != nil {
		j.warn("the new license is not attached to a site: "+
			"the customer activates it by its key", "")
	}
	return nil
}

func (j *job) attachToOldSite(fresh, old entry, again bool) error {
	err := j.attachTo(fresh, old.Site)
	switch {
	case !isSiteError(err):
		return err
	case !again:
		return &failure.Error{
			Code: "not_attached", Err: err,
			Message: fmt.Sprintf("The new license was issued, but it could not be attached to %s, "+
				"so the old one was kept: both are billed. %s Correct the domain of the service, "+
				"press Attach License, and run Change Package again. Or run it again without a "+
				"correction: the customer then activates the new license by its key.",
				old.Site, j.sentenceOf(err)),
		}
	}
	j.warn(fmt.Sprintf("the new license is not attached to %s: %s The customer activates it by "+
		"its key", old.Site, j.sentenceOf(err)), "")
	return nil
}
