package whmcs

import (
	"strings"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

// settledBy is the value of settled_by in an entry that Reconcile settled.
const settledBy = "Reconcile, by the field License Key"

// reconcile makes the tables agree with what Jetpack says about the service's licenses. It settles
// a lost answer by what the operator wrote into the service property License Key: a key, or
// "none".
func (j *job) reconcile() error {
	j.reply.Outcome = Reconciled
	word := strings.TrimSpace(string(j.service.Property))
	none := strings.EqualFold(word, "none")
	if err := j.syncMirrors(); err != nil {
		return err
	}
	live, open, left := j.records.live(), j.records.open(), j.records.unclaimed()
	// The word is about the first of these that exists: an open call, a license that Jetpack's
	// module left, the license of the service.
	rejectsLeft := none && len(open) == 0 && len(live) == 0 && len(left) > 0
	if !rejectsLeft {
		err := j.adoptFromJetpack()
		if err != nil && !(isAmbiguous(err) && word != "") {
			return err
		}
		live = j.records.live()
	}
	known := word == ""
	for _, e := range j.records.own {
		known = known || e.LicenseKey == word
	}
	var err error
	switch {
	case rejectsLeft:
		err = j.recordNone()
	case len(open) > 0 && none:
		err = j.settleNone(open)
	case len(open) > 0 && known:
		err = errUnsettled(open[0])
	case len(open) > 0:
		err = j.settleKey(open, word)
	case !known && !none && len(live) > 0:
		err = refuse(licensing.CodeMismatch, "The key in %s is not one of the service's: nothing "+
			"was changed. Clear the field, or write the license's own key into it.", keyField)
	case !known && !none:
		err = j.adoptKey(word)
	}
	if err == nil {
		err = errNothingSent(j.load())
	}
	if err != nil {
		return err
	}
	return j.compareWithAPI(none && len(open) == 0 && !rejectsLeft)
}

// recordNone records the operator's word that none of the licenses that Jetpack's module left is
// the service's.
func (j *job) recordNone() error {
	newest := newestID(j.records.unclaimed())
	if err := j.store.insertNone(j.ctx, j.service, newest); err != nil {
		return errNothingSent(err)
	}
	j.reply.Properties = map[string]string{licenseKeyProperty: ""}
	return nil
}

// settleNone settles the open calls by the operator's word that nothing was issued.
func (j *job) settleNone(open []entry) error {
	licenses := j.licenseService(nil)
	for _, e := range open {
		if _, err := licenses.SettleVoid(j.ctx, e.ID, settledBy, j.cfg.MinAge); err != nil {
			return explainFailure(err)
		}
	}
	j.reply.Properties = map[string]string{licenseKeyProperty: ""}
	return nil
}

// settleKey settles an open call with the license that the operator found, after asking Jetpack
// for it. If there are several calls, it is that for the license's product.
func (j *job) settleKey(open []entry, key string) error {
	product, isKey := jetpack.ProductOf(key)
	if !isKey {
		return refuse("invalid_license_key",
			"The value of %s is neither a license key nor the word none.", keyField)
	}
	e := open[0]
	for _, o := range open {
		if o.Product == product {
			e = o
		}
	}
	// The answer to the call for a license that is in Jetpack's table wasn't lost.
	held, err := j.store.jetpackRowsByKey(j.ctx, []any{key})
	if err != nil {
		return errNothingSent(err)
	}
	if len(held) > 0 {
		return refuse(licensing.CodeMismatch, "The license in %s already belongs to order %d: "+
			"it isn't the one whose answer was lost.", keyField, held[0].orderID)
	}
	api, err := j.client()
	if err != nil {
		return err
	}
	_, err = j.licenseService(api).SettleLicense(j.ctx, e.ID, key, settledBy, j.cfg.MinAge)
	if isClaimedElsewhere(err) {
		return errOtherOwner
	}
	return explainFailure(err)
}

var errOtherOwner = refuse(licensing.CodeMismatch,
	"The license in %s belongs to another service or addon.", keyField)

// adoptKey takes over a license whose owner only the operator knows: one that Jetpack's module
// left, or one that was found after its call had been settled by "none".
func (j *job) adoptKey(key string) error {
	product, isKey := jetpack.ProductOf(key)
	if !isKey {
		product = j.service.Product
	}
	t, err := j.findUnowned(key, product)
	if err != nil {
		return err
	}
	left := newestID(j.records.unclaimed())
	if _, err := j.store.adopt(j.ctx, j.service, t, product); isClaimedElsewhere(err) {
		return errOtherOwner
	} else if err != nil {
		return errNothingSent(err)
	}
	if left == 0 {
		return nil
	}
	// The other licenses that are left aren't the service's: the operator has chosen.
	return errNothingSent(j.store.insertNone(j.ctx, j.service, left))
}

// findUnowned returns the license for adoptKey.
func (j *job) findUnowned(key, product string) (jetpackRow, error) {
	for _, t := range j.records.unclaimed() {
		if t.key == key {
			return t, nil
		}
	}
	for _, e := range j.records.own {
		if e.State != ledger.Void || e.SettledBy != settledBy || e.Product != product {
			continue
		}
		api, err := j.client()
		if err != nil {
			return jetpackRow{}, err
		}
		license, err := api.License(j.ctx, key)
		held, dbErr := j.store.jetpackRowsByKey(j.ctx, []any{key})
		switch {
		case err != nil:
			return jetpackRow{}, err
		case dbErr != nil:
			return jetpackRow{}, errNothingSent(dbErr)
		case !license.Revoked() && len(held) == 0:
			return jetpackRow{
				key: key, orderID: j.service.OrderID, productID: j.service.ProductID,
				issued: e.CreatedAt,
			}, nil
		}
	}
	return jetpackRow{}, refuse(licensing.CodeMismatch, "The key in %s is in neither table for "+
		"this order: nothing was changed. Clear the field, or write the key of a license of this "+
		"order into it. A license that belongs to no order can be revoked in the partner portal.",
		keyField)
}

// compareWithAPI asks Jetpack about each paid license and records which were revoked there. With
// writeOff set, it also ends those that Jetpack doesn't know.
func (j *job) compareWithAPI(writeOff bool) error {
	if err := j.syncTables(); err != nil {
		return err
	}
	for _, e := range j.records.live() {
		if err := j.compareLicense(e, writeOff); err != nil {
			return err
		}
	}
	if err := j.load(); err != nil {
		return errNothingSent(err)
	}
	if e, ok := j.records.current(); ok {
		id := j.reply.RequestID
		j.fillReply(e)
		j.reply.RequestID = id
	}
	j.warnOfOrphans()
	if live := j.records.live(); len(live) > 1 {
		return refuse(twoLicenses, "The service has %d paid licenses: a change of its product was "+
			"interrupted. Run Change Package again to finish it.", len(live))
	}
	return nil
}

// compareLicense does what compareWithAPI does for one license.
func (j *job) compareLicense(e entry, writeOff bool) error {
	api, err := j.client()
	if err != nil {
		return err
	}
	license, err := api.License(j.ctx, e.LicenseKey)
	unknown := apiCode(err) == codeInvalidKey
	switch {
	case unknown && !writeOff:
		return errUnknownKey(err)
	case err != nil && !unknown:
		return err
	}
	j.reply.RequestID = license.RequestID
	if !unknown && !license.Revoked() {
		return nil
	}
	if err := j.recordRevocation(e, license); err != nil {
		return err
	}
	related := string(j.service.Related)
	if unknown {
		j.reply.Properties = map[string]string{licenseKeyProperty: ""}
		j.warn("the license of "+related+" is unknown to Jetpack and was written off, as the "+
			"staff said; it may still be billed to another token", "")
		return nil
	}
	j.warn("the license of "+related+" was revoked at Jetpack; that is recorded now, and Create "+
		"issues a new one", "")
	return nil
}
