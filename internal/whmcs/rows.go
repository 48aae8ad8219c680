package whmcs

import (
	"database/sql"
	"fmt"
	"time"

	"jetpack-start/internal/ledger"
)

// Related says whose license it is: "service:ID" of tblhosting, or "addon:ID" of tblhostingaddons.
type Related string

// relatedTo names a service, or the addon of it that is meant.
func relatedTo(serviceID, addonID int64) Related {
	if addonID > 0 {
		return Related(fmt.Sprintf("addon:%d", addonID))
	}
	return Related(fmt.Sprintf("service:%d", serviceID))
}

// entry is what jetpack_start_licenses has of a license, or of a call for one. Its Reference is the
// Related.
type entry struct {
	ledger.Entry
	orderID, productID int64     // WHMCS's, of when it was issued
	suspended          time.Time // since when it is detached because the service is suspended; zero = it isn't
}

// live says that it is a license that is paid for.
func (e entry) live() bool { return e.State == ledger.Done && e.RevokedAt.IsZero() }

// declaredNone says that the operator said that none of Jetpack's licenses is the service's, and none
// was added since: newest is the ID of the last one. Times wouldn't tell: Jetpack's module writes
// UTC as if it were the time of the server's zone.
func (e entry) declaredNone(newest int64) bool {
	return e.State == ledger.Void && e.SettledBy == settledNone && newest <= e.LicenseID
}

// jetpackRow is a line of jetpack_product_licenses, which Jetpack's modules read and write too.
type jetpackRow struct {
	id                 int64
	orderID, productID int64
	key                string
	issued             time.Time
	revoked            time.Time // zero = not revoked
	owner              Related   // whose our table says that it is, "" where it doesn't know the key
}

// found is what both tables say of one service or addon and its order.
type records struct {
	own     []entry      // of the service or addon, oldest first
	jetpack []jetpackRow // of the order, oldest first
}

// live are the licenses that are paid for, oldest first: revoked in neither table.
func (f records) live() (all []entry) {
	for _, e := range f.own {
		if t, there := f.mirror(e.LicenseKey); e.live() && (!there || t.revoked.IsZero()) {
			all = append(all, e)
		}
	}
	return all
}

// open are the calls of which nobody knows what became, oldest first.
func (f records) open() (all []entry) {
	for _, e := range f.own {
		if e.State.Open() {
			all = append(all, e)
		}
	}
	return all
}

// current is the license that counts: the newest that is paid for.
func (f records) current() (entry, bool) {
	live := f.live()
	if len(live) == 0 {
		return entry{}, false
	}
	return live[len(live)-1], true
}

// mirror finds the line of Jetpack's table with a key; of several, one that isn't revoked.
func (f records) mirror(key string) (mirror jetpackRow, there bool) {
	for _, t := range f.jetpack {
		if t.key == key && (!there || !mirror.revoked.IsZero()) {
			mirror, there = t, true
		}
	}
	return mirror, there
}

// unclaimed are the licenses of Jetpack's table that none of our lines names.
func (f records) unclaimed() (all []jetpackRow) {
	for _, t := range f.jetpack {
		if t.owner == "" && t.revoked.IsZero() && t.key != "" {
			all = append(all, t)
		}
	}
	return all
}

// columns are those of our table, in the order in which scan reads them.
const columns = `id, related, order_id, product_id, product, state, license_key, license_id, site, suspended_at,
	request_id, error_code, error_message, settled_by, settled_at, created_at, updated_at, revoked_at`

// row has a place for each column: of either table, so anything may be NULL.
type row struct {
	id, orderID, productID, licenseID                  int64
	related, product, state, site, requestID           string
	errorCode, settledBy                               string
	key, errorMessage                                  sql.NullString
	suspended, settledAt, createdAt, updatedAt, revoke sql.NullTime
	theirIssue, theirRevoke                            sql.NullInt64
}

func (r *row) places() []any {
	return []any{
		&r.id, &r.related, &r.orderID, &r.productID, &r.product, &r.state, &r.key, &r.licenseID, &r.site, &r.suspended,
		&r.requestID, &r.errorCode, &r.errorMessage, &r.settledBy, &r.settledAt, &r.createdAt, &r.updatedAt, &r.revoke,
	}
}

func (r *row) entry() entry {
	return entry{
		Entry: ledger.Entry{
			ID: r.id, Intent: ledger.Intent{Kind: ledger.License, Product: r.product, Reference: r.related, Site: r.site},
			State: ledger.State(
				r.state,
			), LicenseKey: r.key.String, LicenseID: r.licenseID, RequestID: r.requestID,
			ErrorCode: r.errorCode, ErrorMessage: r.errorMessage.String, SettledBy: r.settledBy, SettledAt: r.settledAt.Time,
			CreatedAt: r.createdAt.Time, UpdatedAt: r.updatedAt.Time, RevokedAt: r.revoke.Time,
		},
		orderID: r.orderID, productID: r.productID, suspended: r.suspended.Time,
	}
}

func (r *row) jetpackRow() jetpackRow {
	t := jetpackRow{
		id:        r.id,
		orderID:   r.orderID,
		productID: r.productID,
		key:       r.key.String,
		owner:     Related(r.related),
		issued:    time.Unix(r.theirIssue.Int64, 0).UTC(),
	}
	if r.theirRevoke.Valid {
		t.revoked = time.Unix(r.theirRevoke.Int64, 0).UTC()
	}
	return t
}
