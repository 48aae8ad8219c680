package whmcs

import (
	"errors"
	"fmt"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
)

// attach attaches the license to the customer's site.
func (j *job) attach() error {
	e, ok := j.records.current()
	switch {
	case !ok && len(j.records.open()) > 0:
		return errUnsettled(j.records.open()[0])
	case !ok:
		return refuse("no_license", "The service has no license: Create issues one.")
	case !e.suspended.IsZero():
		return refuse("suspended", "The license is detached from its site while the service is "+
			"suspended: Unsuspend attaches it again.")
	}
	j.fillReply(e)
	if err := j.attachTo(e, ""); err != nil {
		return err
	}
	j.reply.Outcome = Attached
	return nil
}

// domainSite returns the site of the service's domain. An addon without a domain has that of its
// service.
func (j *job) domainSite() (site, error) {
	domain := j.service.Domain
	if domain == "" && j.service.ServiceID > 0 &&
		j.service.Related != relatedTo(j.service.ServiceID, 0) {
		if parent, err := j.store.parentDomain(j.ctx, j.service.ServiceID); err == nil {
			domain = parent
		}
	}
	return siteOf(domain)
}

// attachTo attaches a license to a site's URL, or to the site of the service's domain if the URL
// is empty. If the product says so, it connects the site first.
func (j *job) attachTo(e entry, to string) error {
	if to == "" {
		at, err := j.domainSite()
		switch {
		case errors.Is(err, errNoDomain):
			return refuse("no_domain",
				"The service has no domain: enter the site's, then press Attach License.")
		case err != nil:
			return refuse("invalid_domain", "The domain of the service is not a valid site (%v): "+
				"correct it, then press Attach License.", err)
		}
		to = at.URL
	}
	api, err := j.client()
	if err != nil {
		return err
	}
	if j.service.AttachToSite {
		if err := j.connect(api, to); err != nil {
			return err
		}
	}
	license, err := api.Attach(j.ctx, e.LicenseKey, to)
	if err != nil {
		return explainKeyError(err)
	}
	j.reply.RequestID, j.reply.Site = license.RequestID, to
	if err := j.store.Attached(j.ctx, e.LicenseKey, to); err != nil {
		return errNotSaved("The license was attached", err)
	}
	return nil
}

// connect connects a site to WordPress.com if it isn't connected yet. That needs no WordPress.com
// account.
func (j *job) connect(api API, to string) error {
	user := j.service.SiteUser
	if user == "" {
		user = "1" // who installed WordPress; the API's description names it as the common case
	}
	connection, err := api.ConnectSite(j.ctx, to, user)
	if err == nil && !connection.Connected() {
		err = refuse("previously_connected", "The site was disconnected from Jetpack by hand, so "+
			"it is not connected again automatically (%s): its owner must connect it in wp-admin.",
			connection.Code)
	}
	return err
}

// suspend detaches the license if the product says so. After an interrupted change of the product
// there are two.
func (j *job) suspend() error {
	j.reply.Outcome = Unchanged
	if j.service.WhenSuspended != "detach" {
		return nil
	}
	for _, e := range j.records.live() {
		if !e.suspended.IsZero() {
			continue
		}
		api, err := j.client()
		if err != nil {
			return err
		}
		license, err := api.Detach(j.ctx, e.LicenseKey, false)
		if err != nil && apiCode(err) != codeNotAttached {
			return explainKeyError(err)
		}
		j.reply.RequestID = license.RequestID
		if err := j.store.Attached(j.ctx, e.LicenseKey, ""); err != nil {
			return errNotSaved("The license was detached", err)
		}
		j.reply.Outcome = Suspended
	}
	return nil
}

// unsuspend attaches the licenses that suspend detached to their sites again, whatever the product
// says by now.
func (j *job) unsuspend() error {
	j.reply.Outcome = Unchanged
	for _, e := range j.records.live() {
		if e.suspended.IsZero() {
			continue
		}
		err := refuse("no_domain", "Its site is not known.")
		if e.Site != "" || j.service.AttachToSite {
			err = j.attachTo(e, e.Site)
		}
		if isSiteError(err) {
			// The customer has paid and must not stay suspended because of the site.
			j.warn(fmt.Sprintf("the license of %s could not be attached to its site %s again: %s "+
				"The customer activates it by its key, or the staff corrects the domain and "+
				"presses Attach License", j.service.Related, e.Site, j.sentenceOf(err)), "")
			if err = j.store.clearSuspension(j.ctx, e.LicenseKey); err != nil {
				err = errNotSaved("The service may have its license again", err)
			}
		}
		if err != nil {
			return err
		}
		j.reply.Outcome = Unsuspended
	}
	return nil
}

// isSiteError reports whether the site is the reason for an error of attachTo, so that trying
// again can't help.
func isSiteError(err error) bool {
	var own *failure.Error
	var api *jetpack.Error
	switch {
	case errors.As(err, &own):
		return own.Code == "no_domain" || own.Code == "invalid_domain" ||
			own.Code == "previously_connected"
	case errors.As(err, &api):
		return api.Status >= 400 && api.Status < 500 && !api.Retryable() && !tokenRefused(api) &&
			api.Code != codeRevoked && api.Code != "rest_no_route"
	}
	return false
}

// renew checks that the service which the customer pays for again has its license. It changes
// nothing.
func (j *job) renew() error {
	e, ok := j.records.current()
	if !ok {
		if open := j.records.open(); len(open) > 0 {
			return errUnsettled(open[0])
		}
		t, found, err := j.unadopted()
		if err != nil {
			return err
		}
		if !found {
			return refuse("no_license",
				"The service was renewed, but it has no license: Create issues one.")
		}
		e.LicenseKey = t.key
	}
	return j.checkLicense(e)
}

// checkLicense asks Jetpack whether a license is valid.
func (j *job) checkLicense(e entry) error {
	api, err := j.client()
	if err != nil {
		return err
	}
	license, err := api.License(j.ctx, e.LicenseKey)
	switch {
	case err != nil:
		return explainKeyError(err)
	case license.Revoked():
		return refuse(codeRevoked, "The license of the service was revoked at Jetpack: "+
			"Reconcile records that, then Create issues a new one.")
	}
	j.reply.Outcome, j.reply.RequestID = Active, license.RequestID
	j.warnOfDoubles()
	return nil
}

// test asks with the token for something that only a partner may see.
func (j *job) test() error {
	api, err := j.client()
	if err != nil {
		return err
	}
	families, err := api.PartnerProductFamilies(j.ctx)
	if err != nil {
		return err
	}
	if slug := j.service.Product; slug != "" && !offered(families, slug) {
		return refuse("unknown_product",
			"The API Token works, but it may not issue the chosen Jetpack Product (%s).", slug)
	}
	j.reply.Outcome = Tested
	return nil
}

// offered reports whether a product is in one of the families.
func offered(families []jetpack.ProductFamily, slug string) bool {
	for _, family := range families {
		for _, product := range family.Products {
			if product.Slug == slug {
				return true
			}
		}
	}
	return false
}
