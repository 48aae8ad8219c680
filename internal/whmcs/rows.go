package whmcs

import (
	"database/sql"
	"fmt"
	"time"

	"jetpack-start/internal/ledger"
)

// Related identifies the owner of a license: "service:ID" of tblhosting, or "addon:ID" of
// tblhostingaddons.
type Related string

// relatedTo returns the Related of an addon, or of a service if addonID is 0.
func relatedTo(serviceID, addonID int64) Related {
	if addonID > 0 {
		return Related(fmt.Sprintf("addon:%d", addonID))
	}
	return Related(fmt.Sprintf("service:%d", serviceID))
}

// entry is a row of jetpack_start_licenses: a license, or a call for one. Its Reference is the
// Related of its owner.
type entry struct {
	ledger.Entry
	orderID, productID int64     // WHMCS's, from when it was issued
	suspended          time.Time // when it was detached for a suspension; zero if it isn't
}

// live reports whether the entry is a license that is billed.
func (e entry) live() bool { return e.State == ledger.Done && e.RevokedAt.IsZero() }

// declaredNone reports whether the entry is the operator's word that none of the licenses of
// Jetpack's module is the service's, and none was added since. newest is the ID of the newest one.
// Times can't tell: Jetpack's module writes UTC as if it were local time.
func (e entry) declaredNone(newest int64) bool {
	return e.State == ledger.Void && e.SettledBy == settledNone && newest <= e.LicenseID
}

// jetpackRow is a row of jetpack_product_licenses, which Jetpack's modules read and write too.
type jetpackRow struct {
	id                 int64
	orderID, productID int64
	key                string
	issued             time.Time
	revoked            time.Time // zero if it isn't revoked
	owner              Related   // according to our table; "" if that doesn't have the key
}

// records is what both tables hold for one service or addon and its order.
type records struct {
	own     []entry      // of the service or addon, oldest first
	jetpack []jetpackRow // of the order, oldest first
}

// live returns the licenses that are billed, oldest first: those revoked in neither table.
func (r records) live() (all []entry) {
	for _, e := range r.own {
		if t, there := r.mirror(e.LicenseKey); e.live() && (!there || t.revoked.IsZero()) {
			all = append(all, e)
		}
	}
	return all
}

// open returns the calls whose outcome is unknown, oldest first.
func (r records) open() (all []entry) {
	for _, e := range r.own {
		if e.State.Open() {
			all = append(all, e)
		}
	}
	return all
}

// current returns the newest license that is billed, and reports whether there is one.
func (r records) current() (entry, bool) {
	live := r.live()
	if len(live) == 0 {
		return entry{}, false
	}
	return live[len(live)-1], true
}

// mirror returns the row of Jetpack's table with a key, and reports whether there is one. Of
// several it prefers one that isn't revoked.
func (r records) mirror(key string) (mirror jetpackRow, there bool) {
	for _, t := range r.jetpack {
		if t.key == key && (!there || !mirror.revoked.IsZero()) {
			mirror, there = t, true
		}
	}
	return mirror, there
}

// unclaimed returns the licenses in Jetpack's table that none of our entries names.
func (r records) unclaimed() (all []jetpackRow) {
	for _, t := range r.jetpack {
		if t.owner == "" && t.revoked.IsZero() && t.key != "" {
			all = append(all, t)
		}
	}
	return all
}

// columns are the columns of our table in the order of row.places.
const columns = `id, related, order_id, product_id, product, state, license_key, license_id, site,
	suspended_at, request_id, error_code, error_message, settled_by, settled_at, created_at,
	updated_at, revoked_at`

// row holds the columns of either table while they are read.
type row struct {
	id, orderID, productID, licenseID                  int64
	related, product, state, site, requestID           string
	errorCode, settledBy                               string
	key, errorMessage                                  sql.NullString
	suspended, settledAt, createdAt, updatedAt, revoke sql.NullTime
	jetpackIssued, jetpackRevoked                      sql.NullInt64
}

// places returns where the columns of our table go.
func (r *row) places() []any {
	return []any{
		&r.id, &r.related, &r.orderID, &r.productID, &r.product, &r.state, &r.key, &r.licenseID,
		&r.site, &r.suspended, &r.requestID, &r.errorCode, &r.errorMessage, &r.settledBy,
		&r.settledAt, &r.createdAt, &r.updatedAt, &r.revoke,
	}
}

func (r *row) entry() entry {
	return entry{
		Entry: ledger.Entry{
			ID: r.id,
			Intent: ledger.Intent{
				Kind: ledger.License, Product: r.product, Reference: r.related, Site: r.site,
			},
			State:      ledger.State(r.state),
			LicenseKey: r.key.String, LicenseID: r.licenseID, RequestID: r.requestID,
			ErrorCode: r.errorCode, ErrorMessage: r.errorMessage.String,
			SettledBy: r.settledBy, SettledAt: r.settledAt.Time,
			CreatedAt: r.createdAt.Time, UpdatedAt: r.updatedAt.Time, RevokedAt: r.revoke.Time,
		},
		orderID: r.orderID, productID: r.productID, suspended: r.suspended.Time,
	}
}

func (r *row) jetpackRow() jetpackRow {
	t := jetpackRow{
		id: r.id, orderID: r.orderID, productID: r.productID, key: r.key.String,
		owner: Related(r.related), issued: time.Unix(r.jetpackIssued.Int64, 0).UTC(),
	}
	if r.jetpackRevoked.Valid {
		t.revoked = time.Unix(r.jetpackRevoked.Int64, 0).UTC()
	}
	return t
}
