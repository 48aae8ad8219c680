package whmcs

import (
	"errors"
	"fmt"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
)

// create issues the license of a service that has none. A service that has one is a success,
// because WHMCS calls Create for an order again until it succeeds.
func (j *job) create() error {
	if err := j.checkAdopted(); err != nil {
		return err
	}
	if e, ok := j.records.current(); ok {
		if !e.isFor(j.service.Product) {
			return refuse("other_product", "The service has a license for %s, and its product is "+
				"%s: nothing was sent. Change Package changes the license.",
				e.Product, j.service.Product)
		}
		j.reply.Outcome = Unchanged
		j.fillReply(e)
		j.warnOfDoubles()
		j.attachNew(e)
		return nil
	}
	if open := j.records.open(); len(open) > 0 {
		return errUnsettled(open[0])
	}
	if j.service.Quantity > 1 {
		return refuse("quantity", "The service has a quantity of %d, but a service is one "+
			"license: nothing was sent. Set the product to create a service for each.",
			j.service.Quantity)
	}
	e, err := j.issue()
	if err != nil {
		return err
	}
	j.reply.Outcome = Issued
	j.attachNew(e)
	return nil
}

// checkAdopted asks Jetpack for a license that was just taken over from Jetpack's module. It may
// have been revoked in the partner portal, and the customer is about to get a mail about it.
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

var errNoProduct = refuse("product_missing",
	"No Jetpack Product is chosen in the Module Settings of the product: nothing was sent.")

// issue issues a license for the service's product.
func (j *job) issue() (entry, error) {
	if j.service.Product == "" {
		return entry{}, errNoProduct
	}
	api, err := j.client()
	if err != nil {
		return entry{}, err
	}
	licenses := j.licenseService(api)
	issued, err := licenses.Issue(j.ctx, j.service.Product, string(j.service.Related), "")
	if issued.License.Key != "" {
		// Also beside an error: if our table couldn't be written, the key is nowhere else.
		j.reply.Properties = map[string]string{licenseKeyProperty: issued.License.Key}
	}
	if err != nil {
		var failed *failure.Error
		if errors.As(err, &failed) && failed.Code == failure.OutcomeUnknown &&
			issued.License.Key == "" && len(j.records.live()) == 0 {
			// WHMCS creates the field when it is first saved, and the operator will need it.
			j.reply.Properties = map[string]string{licenseKeyProperty: ""}
		}
		return entry{}, explainFailure(err)
	}
	e := entry{Entry: issued.Entry, orderID: j.service.OrderID, productID: j.service.ProductID}
	e.LicenseKey, e.RequestID = issued.License.Key, issued.License.RequestID
	if !issued.Unchanged {
		j.addMirror(e, issued.License)
	}
	j.fillReply(e)
	return e, nil
}

// fillReply fills the reply from a license.
func (j *job) fillReply(e entry) {
	r := &j.reply
	r.LicenseKey, r.Product, r.RequestID, r.Site = e.LicenseKey, e.Product, e.RequestID, e.Site
	r.Properties = map[string]string{licenseKeyProperty: e.LicenseKey}
}

// attachNew attaches a license to the customer's site if the product says so. A failure is only a
// warning: the customer has the license and can activate it by hand.
func (j *job) attachNew(e entry) {
	if !j.service.AttachToSite || e.Site != "" || !e.suspended.IsZero() {
		return
	}
	if err := j.attachTo(e, ""); err != nil {
		j.warn("the license was not attached to the site: "+j.sentenceOf(err)+
			" Attach License tries again", "")
	}
}

// isFor reports whether the license is for a product. It is true for "".
func (e entry) isFor(product string) bool {
	slug, ok := jetpack.ProductOf(e.LicenseKey)
	return product == "" || e.Product == product || ok && slug == product
}

// warnOfDoubles warns if the service has two licenses because a change of its product was
// interrupted.
func (j *job) warnOfDoubles() {
	if n := len(j.records.live()); n > 1 {
		j.warn(fmt.Sprintf("%s has %d paid licenses: a change of its product was interrupted. "+
			"Run Change Package again to finish it", j.service.Related, n), "")
	}
}

// terminate revokes all licenses of a service. A service that has none is a success.
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
		j.reply.Properties = nil // it holds nothing of ours
	}
	j.warnOfOrphans()
	return nil
}
