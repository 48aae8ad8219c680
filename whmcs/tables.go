package whmcs

import (
	"errors"

	"jetpack-start/jetpack"
	"jetpack-start/ledger"
	"jetpack-start/mysqldb"
)

// settleTables brings the two tables together before anything is decided: a license of Jetpack's module is taken over,
// a line that is missing on the other side is added, and revoked in one is revoked in both.
func (j *job) settleTables() error {
	if err := j.adoptTheirs(); err != nil {
		return err
	}
	for i := range j.found.ours {
		l := &j.found.ours[i]
		if l.State != ledger.Done || l.orderID != j.service.OrderID {
			continue
		}
		t, there := j.found.mirror(l.LicenseKey)
		var err error
		switch {
		case l.live() && !there:
			err = j.store.addToTheirs(j.ctx, *l, l.CreatedAt)
		case l.live() && !t.revoked.IsZero(): // by Jetpack's module, or by hand
			if err = j.store.Revoked(j.ctx, l.LicenseKey, t.revoked); err == nil {
				l.RevokedAt = t.revoked
			}
		case !l.live() && there && t.revoked.IsZero():
			err = j.store.revokeTheirs(j.ctx, t, l.RevokedAt)
		}
		if err != nil {
			return nothingSent(err)
		}
	}
	return nil
}

// adoptTheirs takes over the license that Jetpack's module issued for the service or addon, where there is one.
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
		return refuse("unknown_license", "Line %d of jetpack_product_licenses holds no license key of a known form: choose a Jetpack Product in the Module Settings.", t.id)
	}
	l, err := j.store.adopt(j.ctx, j.service, t, product)
	if err != nil {
		return nothingSent(err)
	}
	j.found.ours = append(j.found.ours, l)
	return nil
}

// codeAmbiguous is of the refusal that Reconcile with a key resolves.
const codeAmbiguous = "ambiguous_license"

// theirs finds the license of Jetpack's module that belongs to the service or addon. One that has lines of ours took it
// over long ago, or was made after this module came.
func (j *job) theirs() (t theirLine, ok bool, err error) {
	licenses := j.found.unclaimed()
	for _, l := range j.found.ours {
		if l.State == ledger.Done || l.State.Open() {
			return t, false, nil
		}
	}
	if len(licenses) == 0 {
		return t, false, nil
	}
	peers, err := j.store.peers(j.ctx, j.service.OrderID)
	if err != nil && mysqldb.Number(err) != mysqldb.NoSuchTable {
		return t, false, nothingSent(err)
	}
	owned, keys, err := j.store.owned(j.ctx, j.service.OrderID)
	if err != nil {
		return t, false, nothingSent(err)
	}
	licenses = keepIf(licenses, func(t theirLine) bool { return !keys[t.key] })
	t, ok, ambiguous := choose(j.service, peers, owned, licenses)
	if ambiguous {
		return t, false, refuse(codeAmbiguous, "Order %d has %d licenses of Jetpack's module, and nothing says which is this service's: nothing was sent. "+
			"Write the key that is this service's into its field License Key, save, and press Reconcile.", j.service.OrderID, len(licenses))
	}
	return t, ok, nil
}

// note gives a license that was just issued its line in Jetpack's table. Ours has it, so a failure loses nothing: the next
// command adds the line.
func (j *job) note(l line, issued jetpack.License) {
	at := issued.IssuedAt
	if at.IsZero() {
		at = j.cfg.Now()
	}
	if err := j.store.addToTheirs(j.ctx, l, at); err != nil {
		j.warn("the license is in jetpack_start_licenses, but its line in jetpack_product_licenses could not be written: "+err.Error()+"; the next command adds it", "")
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
		// It may have been revoked before: by a command that was broken off, or in the partner portal.
		seen, look := api.License(j.ctx, l.LicenseKey)
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
	if t, there := j.found.mirror(l.LicenseKey); err == nil && there {
		err = j.store.revokeTheirs(j.ctx, t, at)
	}
	if err != nil {
		return notSaved("The license was revoked", err)
	}
	return nil
}
