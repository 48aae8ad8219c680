package whmcs

import (
	"errors"
	"fmt"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/mysqldb"
	"jetpack-start/jetpack"
)

// syncTables brings the two tables together before anything is decided: a license of Jetpack's
// module is taken over, a line that is missing on the other side is added, and revoked in one is
// revoked in both.
func (j *job) syncTables() error {
	if err := j.syncMirrors(); err != nil {
		return err
	}
	return j.adoptFromJetpack()
}

// syncMirrors brings the lines of the service's own licenses together.
func (j *job) syncMirrors() error {
	for i := range j.records.own {
		e := &j.records.own[i]
		if e.State != ledger.Done {
			continue
		}
		t, there := j.records.mirror(e.LicenseKey)
		switch {
		case e.live() && !there:
			// Ours has the license: that a line can't be added must not keep it from being revoked,
			// say.
			if err := j.store.insertMirror(j.ctx, *e, e.CreatedAt, false); err != nil {
				j.warn(
					"the license has no line in jetpack_product_licenses, and none could be added: "+err.Error(),
					"",
				)
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

// revokeMirror writes into Jetpack's table that a license was revoked, wherever it stands there.
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

// adoptFromJetpack takes over the license that Jetpack's module issued for the service or addon, where
// there is one.
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
		return refuse(
			"unknown_license",
			"Line %d of jetpack_product_licenses holds no license key of a known form: choose a Jetpack Product in the Module Settings.",
			t.id,
		)
	}
	e, err := j.store.adopt(j.ctx, j.service, t, product)
	if err != nil {
		return errNothingSent(err)
	}
	j.records.own, j.adopted = append(j.records.own, e), true
	return nil
}

// codeAmbiguous is of the refusal that Reconcile with a key resolves.
const codeAmbiguous = "ambiguous_license"

// unadopted finds the license of Jetpack's module that belongs to the service or addon. One that has
// a license or an open call of ours is as it should be.
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
	case mysqldb.SchemaMismatch(err): // nobody says who else could own them
		ambiguous = true
	case err != nil:
		return t, false, errNothingSent(err)
	}
	if ambiguous {
		return jetpackRow{}, false, refuse(
			codeAmbiguous,
			"Jetpack's module left licenses in order %d (%d), and nothing says whether one of them is this service's: nothing was sent. "+
				"Write the key that is this service's, or the word none, into "+keyField+", save, and press Reconcile.",
			j.service.OrderID,
			len(licenses),
		)
	}
	return t, ok, nil
}

func (j *job) unadoptedOfOrder(licenses []jetpackRow) (t jetpackRow, ok, ambiguous bool, err error) {
	peers, keys, err := j.store.peers(j.ctx, j.service.OrderID, j.records)
	if err != nil {
		return t, false, false, err
	}
	// What a peer's command took over since is no license that is left.
	licenses = filter(licenses, func(t jetpackRow) bool { return !keys[t.key] })
	t, ok, ambiguous = findOwn(j.service, peers, licenses)
	return t, ok, ambiguous, nil
}

// unadoptedWithoutOrder is for order 0, which services of many customers share: nothing is guessed
// there.
func (j *job) unadoptedWithoutOrder(
	licenses []jetpackRow,
) (t jetpackRow, ok, ambiguous bool, err error) {
	mine := licenses
	if j.service.Status == pending { // only one that an earlier Create may have issued
		mine = filter(licenses, func(e jetpackRow) bool {
			slug, _ := jetpack.ProductOf(e.key)
			return e.productID == j.service.ProductID && slug == j.service.Product
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

// warnOfOrphans tells of licenses of Jetpack's module that no service or addon of the order can
// have: they are paid for all the same.
func (j *job) warnOfOrphans() {
	licenses := j.records.unclaimed()
	if len(licenses) == 0 || j.service.OrderID == 0 {
		return
	}
	peers, keys, err := j.store.peers(j.ctx, j.service.OrderID, j.records)
	if err != nil {
		return
	}
	for _, t := range licenses {
		others := filter(
			possibleOwners(t, peers),
			func(p peer) bool { return p.related != j.service.Related },
		)
		if !keys[t.key] && len(others) == 0 {
			j.warn(
				fmt.Sprintf(
					"order %d has a license in jetpack_product_licenses (id %d) that no service of the order is known to have: it is paid for until it is revoked",
					t.orderID, t.id,
				),
				"",
			)
		}
	}
}

// addMirror gives a license that was just issued its line in Jetpack's table. Ours has it, so a failure
// loses nothing: the next command adds the line.
func (j *job) addMirror(e entry, issued jetpack.License) {
	at := issued.IssuedAt
	if at.IsZero() {
		at = j.cfg.Now()
	}
	if err := j.store.insertMirror(j.ctx, e, at, true); err != nil {
		j.warn(
			"the license is in jetpack_start_licenses, but its line in jetpack_product_licenses could not be written: "+err.Error()+"; the next command adds it",
			"",
		)
	}
}

// revoke revokes a license at Jetpack, where that isn't done already, and writes it down.
func (j *job) revoke(api API, e entry) error {
	license, err := api.Revoke(j.ctx, e.LicenseKey)
	if err != nil {
		var refused *jetpack.Error
		if !errors.As(err, &refused) || refused.Code == jetpack.CodeUnreachable {
			return err
		}
		// It may have been revoked before: by a command that was broken off, or in the partner
		// portal.
		seen, look := api.License(j.ctx, e.LicenseKey)
		if apiCode(look) == codeInvalidKey {
			return errUnknownKey(look)
		}
		if look != nil || !seen.Revoked() {
			return err
		}
		license = seen
	}
	j.reply.RequestID = license.RequestID
	return j.recordRevocation(e, license)
}

// recordRevocation writes into both tables that a license was revoked.
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
