package whmcs

import (
	"errors"
	"fmt"

	"jetpack-start/jetpack"
)

// attach puts the license on the customer's site.
func (j *job) attach() error {
	e, ok := j.records.current()
	switch {
	case !ok && len(j.records.open()) > 0:
		return errUnsettled(j.records.open()[0])
	case !ok:
		return refuse("no_license", "The service has no license: Create issues one.")
	case !e.suspended.IsZero():
		return refuse(
			"suspended",
			"The license is off its site while the service is suspended: Unsuspend attaches it again.",
		)
	}
	j.fillReply(e)
	if err := j.attachTo(e, ""); err != nil {
		return err
	}
	j.reply.Outcome = Attached
	return nil
}

// domainSite is the site of the service's domain; an addon without one has its service's.
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

// attachTo attaches a license to a site's URL, "" for that of the service's domain, which is
// connected before where the product says so.
func (j *job) attachTo(e entry, to string) error {
	if to == "" {
		at, err := j.domainSite()
		switch {
		case errors.Is(err, errNoDomain):
			return refuse(
				"no_domain",
				"The service has no domain: enter the site's, then press Attach License.",
			)
		case err != nil:
			return refuse(
				"invalid_domain",
				"The domain of the service can't be a site's (%v): correct it, then press Attach License.",
				err,
			)
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

// connect connects a site that isn't yet; no WordPress.com account is needed.
func (j *job) connect(api API, to string) error {
	user := j.service.SiteUser
	if user == "" {
		user = "1" // who installed it; the published description names that as the common case
	}
	connection, err := api.ConnectSite(j.ctx, to, user)
	if err == nil && !connection.Connected() {
		err = refuse(
			"previously_connected",
			"The site was disconnected from Jetpack by hand, and isn't connected again for that reason (%s): its owner connects it in wp-admin.",
			connection.Code,
		)
	}
	return err
}

// suspend detaches the license, where the product says so; after a change of product that was
// broken off, both.
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

// unsuspend attaches what was detached to where it was. It doesn't matter what the product says
// now.
func (j *job) unsuspend() error {
	j.reply.Outcome = Unchanged
	for _, e := range j.records.live() {
		if e.suspended.IsZero() {
			continue
		}
		err := refuse("no_domain", "No site is known for it.")
		if e.Site != "" || j.service.AttachToSite {
			err = j.attachTo(e, e.Site)
		}
		if isSiteError(err) {
			// The site is gone, or none was ever known. Who has paid must not stay suspended for
			// that.
			j.warn(
				fmt.Sprintf(
					"the license of %s is not attached to its site %s again: %s The customer activates it by its key, or the staff corrects the domain and presses Attach License",
					j.service.Related, e.Site, j.sentenceOf(err),
				),
				"",
			)
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

// isSiteError says of an error of attachTo that the site is its reason, so that the same again would
// have the same end.
func isSiteError(err error) bool {
	var own *refusal
	var api *jetpack.Error
	switch {
	case errors.As(err, &own):
		return own.code == "no_domain" || own.code == "invalid_domain" ||
			own.code == "previously_connected"
	case errors.As(err, &api):
		return api.Status >= 400 && api.Status < 500 && !api.Retryable() && !tokenRefused(api) &&
			api.Code != codeRevoked &&
			api.Code != "rest_no_route"
	}
	return false
}

// renew looks whether the license that the customer pays for again is there. It changes nothing.
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
			return refuse(
				"no_license", "The service was renewed, but it has no license: Create issues one.",
			)
		}
		e.LicenseKey = t.key
	}
	return j.checkLicense(e)
}

// checkLicense asks Jetpack whether a license is good.
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
		return refuse(
			codeRevoked,
			"The license of the service was revoked at Jetpack: Reconcile writes that down, then Create issues a new one.",
		)
	}
	j.reply.Outcome, j.reply.RequestID = Active, license.RequestID
	j.warnOfDoubles()
	return nil
}

// test asks with the token for what only a partner may see.
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
		return refuse(
			"unknown_product",
			"The API Token works, but it may not issue the Jetpack Product that is chosen (%s).",
			slug,
		)
	}
	j.reply.Outcome = Tested
	return nil
}

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
