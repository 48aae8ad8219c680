package whmcs

import (
	"errors"
	"fmt"
	"slices"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
)

// create issues the license of a service that has none. One that has its license is a success: an
// order is called again until it succeeds.
func (j *job) create() error {
	if err := j.checkAdopted(); err != nil {
		return err
	}
	if e, ok := j.records.current(); ok {
		if !e.isFor(j.service.Product) {
			return refuse(
				"other_product",
				"The service has a license for %s, and its product is %s: nothing was sent. Change Package changes the license.",
				e.Product, j.service.Product,
			)
		}
		j.reply.Outcome = Unchanged
		j.fillReply(e)
		j.warnOfDoubles()
		return j.attachNew(e)
	}
	if open := j.records.open(); len(open) > 0 {
		return errUnsettled(open[0])
	}
	if j.service.Quantity > 1 {
		return refuse(
			"quantity",
			"The service has a quantity of %d, and a service is one license: nothing was sent. Let the product's quantities make a service each.",
			j.service.Quantity,
		)
	}
	e, err := j.issue()
	if err != nil {
		return err
	}
	j.reply.Outcome = Issued
	return j.attachNew(e)
}

// checkAdopted asks Jetpack for a license that was just taken over from Jetpack's module: it may
// have been revoked in the partner portal, and the customer is about to be mailed.
func (j *job) checkAdopted() error {
	e, ok := j.records.current()
	if !j.adopted || !ok {
		return nil
	}
	api, err := j.client()
	if err != nil {
		return err
	}
	license, err := api.License(j.ctx, e.LicenseKey)
	if err != nil {
		return explainKeyError(err)
	}
	if !license.Revoked() {
		return nil
	}
	if err := j.recordRevocation(e, license); err != nil {
		return err
	}
	return errNothingSent(j.load())
}

var errNoProduct = refuse(
	"product_missing",
	"No Jetpack Product is chosen in the Module Settings of the product: nothing was sent.",
)

// issue issues a license for the product that is set, with its intent written before.
func (j *job) issue() (entry, error) {
	if j.service.Product == "" {
		return entry{}, errNoProduct
	}
	api, err := j.client()
	if err != nil {
		return entry{}, err
	}
	issued, err := j.licenseService(api).Issue(j.ctx, j.service.Product, string(j.service.Related), "")
	if issued.License.Key != "" {
		// Also beside an error: where our table couldn't be written, nobody else has the key.
		j.reply.Properties = map[string]string{licenseKeyProperty: issued.License.Key}
	}
	if err != nil {
		var decided *failure.Error
		if errors.As(err, &decided) && errors.Is(decided.Err, ledger.ErrUnsure) {
			decided.Err = errNothingSent(decided.Err)
		}
		if decided != nil && decided.Code == failure.OutcomeUnknown && issued.License.Key == "" &&
			len(j.records.live()) == 0 {
			// WHMCS makes the field when it is saved for the first time, and the operator is about
			// to need it.
			j.reply.Properties = map[string]string{licenseKeyProperty: ""}
		}
		return entry{}, err
	}
	e := entry{Entry: issued.Entry, orderID: j.service.OrderID, productID: j.service.ProductID}
	e.LicenseKey, e.RequestID = issued.License.Key, issued.License.RequestID
	if !issued.Unchanged {
		j.addMirror(e, issued.License)
	}
	j.fillReply(e)
	return e, nil
}

// fillReply puts a license into the reply.
func (j *job) fillReply(e entry) {
	j.reply.LicenseKey, j.reply.Product, j.reply.RequestID, j.reply.Site = e.LicenseKey, e.Product, e.RequestID, e.Site
	j.reply.Properties = map[string]string{licenseKeyProperty: e.LicenseKey}
}

// attachNew attaches a license to the customer's site, where the product says so. What goes wrong
// there isn't the order's fault: the customer has the license, and can activate it by hand.
func (j *job) attachNew(e entry) error {
	if !j.service.AttachToSite || e.Site != "" || !e.suspended.IsZero() {
		return nil
	}
	if err := j.attachTo(e, ""); err != nil {
		j.warn(
			"the license was not attached to the site: "+j.sentenceOf(
				err,
			)+" Attach License tries again",
			"",
		)
	}
	return nil
}

// isFor says that a license is for a product; where none is chosen, for any.
func (e entry) isFor(product string) bool {
	slug, ok := jetpack.ProductOf(e.LicenseKey)
	return product == "" || e.Product == product || ok && slug == product
}

// warnOfDoubles tells of a change of product that was broken off.
func (j *job) warnOfDoubles() {
	if n := len(j.records.live()); n > 1 {
		j.warn(
			fmt.Sprintf(
				"%s has %d licenses that are paid for: a change of its product was broken off. Change Package, given again, goes on",
				j.service.Related, n,
			),
			"",
		)
	}
}

// terminate revokes all licenses of a service. One that has none is a success.
func (j *job) terminate() error {
	live, open := j.records.live(), j.records.open()
	j.reply.Outcome = NothingToRevoke
	for _, e := range live {
		api, err := j.client()
		if err != nil {
			return err
		}
		if err := j.revoke(api, e); err != nil {
			return err
		}
		j.reply.Outcome = Revoked
	}
	j.reply.Properties = map[string]string{licenseKeyProperty: ""}
	if len(open) > 0 {
		j.reply.Properties = nil // the operator may have written into it already
		err := errUnsettled(open[0])
		if len(live) > 0 {
			err = errPartlyRevoked(open[0])
		}
		return err
	}
	if len(live) == 0 && len(j.records.own) == 0 {
		j.reply.Properties = nil // nothing of ours is in it
	}
	j.warnOfOrphans()
	return nil
}

// changePackage gives a service the license of another product: the new one is issued and attached
// before the old one is revoked. Broken off and given again, it goes on.
func (j *job) changePackage() error {
	live := j.records.live()
	if open := j.records.open(); len(open) > 0 {
		return errUnsettled(open[0])
	}
	if len(live) == 0 {
		return refuse(
			"no_license",
			"The service has no license that could be changed: nothing was sent. Create issues one.",
		)
	}
	if j.service.Product == "" {
		return errNoProduct
	}
	fresh, old, had := splitByProduct(live, j.service.Product)
	j.reply.Outcome = Changed
	if had && len(old) == 0 {
		j.reply.Outcome = Unchanged
		j.fillReply(fresh)
		if fresh.productID == j.service.ProductID {
			return nil
		}
		// Another product of WHMCS's with the same license: Jetpack's module looks for it by the
		// product ID.
		if err := j.store.setProductID(j.ctx, fresh, j.service.ProductID); err != nil {
			return errNothingSent(err)
		}
		return nil
	}
	if !had {
		var err error
		if fresh, err = j.issue(); err != nil {
			return err
		}
	}
	j.fillReply(fresh)
	if err := j.placeNew(fresh, lastPlaced(old), had); err != nil {
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

// splitByProduct parts the licenses in the one for a product and the others.
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

// lastPlaced is the newest of the old licenses that says where the new one belongs: suspended, or on a
// site that is known. There are several where a change was broken off and another one asked for.
func lastPlaced(old []entry) entry {
	for _, e := range slices.Backward(old) {
		if !e.suspended.IsZero() || e.Site != "" {
			return e
		}
	}
	return old[len(old)-1]
}

// placeNew puts a new license where the old one is: on its site, or suspended. A site that was
// known must have it before the old one ends; where it doesn't take it, the staff is told first,
// and the command given again goes on without a site.
func (j *job) placeNew(fresh, old entry, again bool) error {
	switch {
	case !old.suspended.IsZero():
		err := j.store.moveSuspension(j.ctx, fresh.LicenseKey, old)
		if err != nil {
			return errNotSaved("The new license was issued", err)
		}
		return nil
	case fresh.Site != "":
		return nil
	case old.Site != "":
		err := j.attachTo(fresh, old.Site)
		if isSiteError(err) && !again {
			err = &refusal{
				code: "not_attached",
				err:  err,
				text: fmt.Sprintf(
					"The new license was issued, but it could not be attached to %s, and the old one was kept for that: both are paid for. %s "+
						"Correct the domain of the service, press Attach License, and give Change Package again. Or give it again as it is: the customer then activates the new one by its key.",
					old.Site,
					j.sentenceOf(err),
				),
			}
		}
		if !isSiteError(err) {
			return err
		}
		j.warn(
			fmt.Sprintf(
				"the new license is not attached to %s: %s The customer activates it by its key",
				old.Site, j.sentenceOf(err),
			),
			"",
		)
		return nil
	}
	// The customer activated the old one by its key, if at all; where is not known.
	if !j.service.AttachToSite || j.attachTo(fresh, "") != nil {
		j.warn(
			"the new license is not attached to a site: the customer activates it by its key", "",
		)
	}
	return nil
}
