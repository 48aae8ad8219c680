package whmcs

import (
	"errors"
	"fmt"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/mysqldb"
	"jetpack-start/jetpack"
)

// settleTables brings the two tables together before anything is decided: a license of Jetpack's
// module is taken over, a line that is missing on the other side is added, and revoked in one is
// revoked in both.
func (j *job) settleTables() error {
	if err := j.settleMirrors(); err != nil {
		return err
	}
	return j.adoptTheirs()
}

// settleMirrors brings the lines of the service's own licenses together.
func (j *job) settleMirrors() error {
	for i := range j.found.ours {
		l := &j.found.ours[i]
		if l.State != ledger.Done {
			continue
		}
		t, there := j.found.mirror(l.LicenseKey)
		switch {
		case l.live() && !there:
			// Ours has the license: that a line can't be added must not keep it from being revoked,
			// say.
			if err := j.store.addToTheirs(j.ctx, *l, l.CreatedAt, false); err != nil {
				j.warn(
					"the license has no line in jetpack_product_licenses, and none could be added: "+err.Error(),
					"",
				)
			}
		case l.live() && !t.revoked.IsZero(): // by Jetpack's module, or by hand
			if err := j.store.Revoked(j.ctx, l.LicenseKey, t.revoked); err != nil {
				return nothingSent(err)
			}
			l.RevokedAt = t.revoked
		case !l.live() && there:
			if err := j.revokeTheirs(l.LicenseKey, l.RevokedAt); err != nil {
				return nothingSent(err)
			}
		}
	}
	return nil
}

// revokeTheirs writes into Jetpack's table that a license was revoked, wherever it stands there.
func (j *job) revokeTheirs(key string, at time.Time) error {
	for _, t := range j.found.theirs {
		if t.key != key || !t.revoked.IsZero() {
			continue
		}
		if err := j.store.revokeTheirs(j.ctx, t, at); err != nil {
			return err
		}
	}
	return nil
}

// adoptTheirs takes over the license that Jetpack's module issued for the service or addon, where
// there is one.
func (j *job) adoptTheirs() error {
	t, ok, err := j.theirs()
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
	l, err := j.store.adopt(j.ctx, j.service, t, product)
	if err != nil {
		return nothingSent(err)
	}
	j.found.ours, j.adopted = append(j.found.ours, l), true
	return nil
}

// codeAmbiguous is of the refusal that Reconcile with a key resolves.
const codeAmbiguous = "ambiguous_license"

// theirs finds the license of Jetpack's module that belongs to the service or addon. One that has
// a license or an open call of ours is as it should be.
func (j *job) theirs() (t theirLine, ok bool, err error) {
	licenses := j.found.unclaimed()
	if len(licenses) == 0 || len(j.found.live()) > 0 || len(j.found.open()) > 0 {
		return t, false, nil
	}
	for _, l := range j.found.ours {
		if l.saysNone(newestOf(licenses)) {
			return t, false, nil
		}
	}
	ambiguous := false
	if j.service.OrderID == 0 {
		t, ok, ambiguous, err = j.theirsWithoutOrder(licenses)
	} else {
		t, ok, ambiguous, err = j.theirsOfOrder(licenses)
	}
	switch {
	case mysqldb.SchemaMismatch(err): // nobody says who else could own them
		ambiguous = true
	case err != nil:
		return t, false, nothingSent(err)
	}
	if ambiguous {
		return theirLine{}, false, refuse(
			codeAmbiguous,
			"Jetpack's module left licenses in order %d (%d), and nothing says whether one of them is this service's: nothing was sent. "+
				"Write the key that is this service's, or the word none, into "+keyField+", save, and press Reconcile.",
			j.service.OrderID,
			len(licenses),
		)
	}
	return t, ok, nil
}

func (j *job) theirsOfOrder(licenses []theirLine) (t theirLine, ok, ambiguous bool, err error) {
	peers, keys, err := j.store.peers(j.ctx, j.service.OrderID, j.found)
	if err != nil {
		return t, false, false, err
	}
	// What a peer's command took over since is no license that is left.
	licenses = keepIf(licenses, func(t theirLine) bool { return !keys[t.key] })
	t, ok, ambiguous = choose(j.service, peers, licenses)
	return t, ok, ambiguous, nil
}

// theirsWithoutOrder is for order 0, which services of many customers share: nothing is guessed
// there.
func (j *job) theirsWithoutOrder(
	licenses []theirLine,
) (t theirLine, ok, ambiguous bool, err error) {
	mine := licenses
	if j.service.Status == pending { // only one that an earlier Create may have issued
		mine = keepIf(licenses, func(l theirLine) bool {
			slug, _ := jetpack.ProductOf(l.key)
			return l.productID == j.service.ProductID && slug == j.service.Product
		})
	}
	if len(mine) == 0 {
		return t, false, false, nil
	}
	n, err := j.store.withoutOrder(j.ctx)
	if err == nil && n == 1 && len(mine) == 1 {
		return mine[0], true, false, nil
	}
	return t, false, true, err
}

// warnOfLeftOver tells of licenses of Jetpack's module that no service or addon of the order can
// have: they are paid for all the same.
func (j *job) warnOfLeftOver() {
	licenses := j.found.unclaimed()
	if len(licenses) == 0 || j.service.OrderID == 0 {
		return
	}
	peers, keys, err := j.store.peers(j.ctx, j.service.OrderID, j.found)
	if err != nil {
		return
	}
	for _, t := range licenses {
		others := keepIf(
			ownersOf(t, peers),
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

// note gives a license that was just issued its line in Jetpack's table. Ours has it, so a failure
// loses nothing: the next command adds the line.
func (j *job) note(l line, issued jetpack.License) {
	at := issued.IssuedAt
	if at.IsZero() {
		at = j.cfg.Now()
	}
	if err := j.store.addToTheirs(j.ctx, l, at, true); err != nil {
		j.warn(
			"the license is in jetpack_start_licenses, but its line in jetpack_product_licenses could not be written: "+err.Error()+"; the next command adds it",
			"",
		)
	}
}

// revoke revokes a license at Jetpack, where that isn't done already, and writes it down.
func (j *job) revoke(api API, l line) error {
	license, err := api.Revoke(j.ctx, l.LicenseKey)
	if err != nil {
		var refused *jetpack.Error
		if !errors.As(err, &refused) || refused.Code == jetpack.CodeUnreachable {
			return err
		}
		// It may have been revoked before: by a command that was broken off, or in the partner
		// portal.
		seen, look := api.License(j.ctx, l.LicenseKey)
		if code(look) == codeInvalidKey {
			return unknownToToken(look)
		}
		if look != nil || !seen.Revoked() {
			return err
		}
		license = seen
	}
	j.reply.RequestID = license.RequestID
	return j.revoked(l, license)
}

// revoked writes into both tables that a license was revoked.
func (j *job) revoked(l line, license jetpack.License) error {
	at := license.RevokedAt
	if at.IsZero() {
		at = j.cfg.Now()
	}
	err := j.store.Revoked(j.ctx, l.LicenseKey, at)
	if err == nil {
		err = j.revokeTheirs(l.LicenseKey, at)
	}
	if err != nil {
		return notSaved("The license was revoked", err)
	}
	return nil
}
