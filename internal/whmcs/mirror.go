package whmcs

import (
	"errors"
	"fmt"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/mysqldb"
	"jetpack-start/jetpack"
)

// syncTables makes the two tables agree before anything is decided: it takes over the service's
// license of Jetpack's module, adds missing rows to Jetpack's table, and records in both what was
// revoked in one.
func (j *job) syncTables() error {
	if err := j.syncMirrors(); err != nil {
		return err
	}
	return j.adoptFromJetpack()
}

// syncMirrors makes Jetpack's table agree about the service's own licenses.
func (j *job) syncMirrors() error {
	for i := range j.records.own {
		e := &j.records.own[i]
		if e.State != ledger.Done {
			continue
		}
		t, there := j.records.mirror(e.LicenseKey)
		switch {
		case e.live() && !there:
			// Only a warning: a missing row must not keep the license from being revoked.
			if err := j.store.insertMirror(j.ctx, *e, e.CreatedAt, false); err != nil {
				j.warn("the license has no row in jetpack_product_licenses, and none could be "+
					"added: "+err.Error(), "")
			}
		case e.live() && !t.revoked.IsZero(): // by Jetpack's module, or by hand
			if err := j.store.Revoked(j.ctx, e.LicenseKey, t.revoked); err != nil {
				return errNothingSent(err)
			}
			e.RevokedAt = t.revoked
		case !e.live() && there:
			if err := j.revokeMirrors(e.LicenseKey, e.RevokedAt); err != nil {
				return errNothingSent(err)
			}
		}
	}
	return nil
}

// revokeMirrors records in all rows of Jetpack's table with a key that the license was revoked.
func (j *job) revokeMirrors(key string, at time.Time) error {
	for _, t := range j.records.jetpack {
		if t.key != key || !t.revoked.IsZero() {
			continue
		}
		if err := j.store.revokeMirror(j.ctx, t, at); err != nil {
			return err
		}
	}
	return nil
}

// adoptFromJetpack takes over the license that Jetpack's module issued for the service or addon,
// if there is one.
func (j *job) adoptFromJetpack() error {
	t, ok, err := j.unadopted()
	if err != nil || !ok {
		return err
	}
	product, isKey := jetpack.ProductOf(t.key)
	if !isKey {
		product = j.service.Product
	}
	if product == "" {
		return refuse("unknown_license", "Row %d of jetpack_product_licenses holds a license key "+
			"of no known form: choose a Jetpack Product in the Module Settings.", t.id)
	}
	e, err := j.store.adopt(j.ctx, j.service, t, product)
	if err != nil {
		return errNothingSent(err)
	}
	j.records.own, j.adopted = append(j.records.own, e), true
	return nil
}

// codeAmbiguous is the code of the error that Reconcile with a key resolves.
const codeAmbiguous = "ambiguous_license"

// unadopted returns the license of Jetpack's module that belongs to the service or addon and
// wasn't taken over yet. There is none if the service has a license or an open call of ours.
func (j *job) unadopted() (t jetpackRow, ok bool, err error) {
	licenses := j.records.unclaimed()
	if len(licenses) == 0 || len(j.records.live()) > 0 || len(j.records.open()) > 0 {
		return t, false, nil
	}
	for _, e := range j.records.own {
		if e.declaredNone(newestID(licenses)) {
			return t, false, nil
		}
	}
	ambiguous := false
	if j.service.OrderID == 0 {
		t, ok, ambiguous, err = j.unadoptedWithoutOrder(licenses)
	} else {
		t, ok, ambiguous, err = j.unadoptedOfOrder(licenses)
	}
	switch {
	case mysqldb.SchemaMismatch(err): // the other possible owners can't be read
		ambiguous = true
	case err != nil:
		return t, false, errNothingSent(err)
	}
	if ambiguous {
		return jetpackRow{}, false, refuse(codeAmbiguous, "Order %d has licenses of Jetpack's "+
			"module (%d), and it is unclear whether one of them is this service's: nothing was "+
			"sent. Write the key that is this service's, or the word none, into "+keyField+
			", save, and press Reconcile.", j.service.OrderID, len(licenses))
	}
	return t, ok, nil
}

func (j *job) unadoptedOfOrder(
	licenses []jetpackRow,
) (t jetpackRow, ok, ambiguous bool, err error) {
	peers, keys, err := j.store.peers(j.ctx, j.service.OrderID, j.records)
	if err != nil {
		return t, false, false, err
	}
	// The command of a peer may have taken over a license since they were read.
	licenses = filter(licenses, func(t jetpackRow) bool { return !keys[t.key] })
	t, ok, ambiguous = findOwn(j.service, peers, licenses)
	return t, ok, ambiguous, nil
}

// unadoptedWithoutOrder is for order 0, which services of many customers share. It returns a
// license only if no other service can own it.
func (j *job) unadoptedWithoutOrder(
	licenses []jetpackRow,
) (t jetpackRow, ok, ambiguous bool, err error) {
	mine := licenses
	if j.service.Status == pending { // only a license that an earlier Create may have issued
		mine = filter(licenses, func(t jetpackRow) bool {
			slug, _ := jetpack.ProductOf(t.key)
			return t.productID == j.service.ProductID && slug == j.service.Product
		})
	}
	if len(mine) == 0 {
		return t, false, false, nil
	}
	n, err := j.store.countWithoutOrder(j.ctx)
	if err == nil && n == 1 && len(mine) == 1 {
		return mine[0], true, false, nil
	}
	return t, false, true, err
}

// warnOfOrphans warns of licenses of Jetpack's module that no other service or addon of the order
// can own. They are billed all the same.
func (j *job) warnOfOrphans() {
	licenses := j.records.unclaimed()
	if len(licenses) == 0 || j.service.OrderID == 0 {
		return
	}
	peers, keys, err := j.store.peers(j.ctx, j.service.OrderID, j.records)
	if err != nil {
		return
	}
	isOther := func(p peer) bool { return p.related != j.service.Related }
	for _, t := range licenses {
		if others := filter(possibleOwners(t, peers), isOther); !keys[t.key] && len(others) == 0 {
			j.warn(fmt.Sprintf("order %d has a license in jetpack_product_licenses (id %d) that "+
				"belongs to no known service of the order: it is billed until it is revoked",
				t.orderID, t.id), "")
		}
	}
}

// addMirror adds a license that was just issued to Jetpack's table. It is in ours already, so a
// failure is only a warning: the next command adds the row.
func (j *job) addMirror(e entry, issued jetpack.License) {
	at := issued.IssuedAt
	if at.IsZero() {
		at = j.cfg.Now()
	}
	if err := j.store.insertMirror(j.ctx, e, at, true); err != nil {
		j.warn("the license is in jetpack_start_licenses, but its row in jetpack_product_licenses "+
			"could not be written: "+err.Error()+"; the next command adds it", "")
	}
}

// revoke revokes a license at Jetpack, unless it is revoked already, and records that.
func (j *job) revoke(api API, e entry) error {
	license, err := api.Revoke(j.ctx, e.LicenseKey)
	if err != nil {
		var refused *jetpack.Error
		if !errors.As(err, &refused) || refused.Code == jetpack.CodeUnreachable {
			return err
		}
		// It may have been revoked before, by a command that was interrupted or in the partner
		// portal.
		seen, seenErr := api.License(j.ctx, e.LicenseKey)
		if apiCode(seenErr) == codeInvalidKey {
			return errUnknownKey(seenErr)
		}
		if seenErr != nil || !seen.Revoked() {
			return err
		}
		license = seen
	}
	j.reply.RequestID = license.RequestID
	return j.recordRevocation(e, license)
}

// recordRevocation records in both tables that a license was revoked.
func (j *job) recordRevocation(e entry, license jetpack.License) error {
	at := license.RevokedAt
	if at.IsZero() {
		at = j.cfg.Now()
	}
	err := j.store.Revoked(j.ctx, e.LicenseKey, at)
	if err == nil {
		err = j.revokeMirrors(e.LicenseKey, at)
	}
	if err != nil {
		return errNotSaved("The license was revoked", err)
	}
	return nil
}
