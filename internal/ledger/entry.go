package ledger

import (
	"database/sql"
	"time"
)

// Kind is the kind of thing that was requested.
type Kind string

// The kinds of entries.
const (
	License    Kind = "license"
	PartnerKey Kind = "partner_key"
	Provision  Kind = "provision"
)

// State is the state of an entry.
type State string

// The states of entries.
const (
	// Intended means that the call is about to be made, or was made. If the process has ended
	// since, it means the same as Unknown.
	Intended State = "intended"
	Done     State = "done"    // the call succeeded
	Failed   State = "failed"  // the API refused the call: nothing was made
	Unknown  State = "unknown" // the answer was lost: the call may have succeeded
	Void     State = "void"    // the operator settled that the call had no effect
)

// Open reports whether the outcome still has to be determined.
func (s State) Open() bool { return s == Intended || s == Unknown }

// Intent describes a call that is about to be made.
type Intent struct {
	Kind Kind
	// Product is the slug of the product or the plan, or the name of the partner key; 1 to 255
	// bytes.
	Product   string
	Reference string // the caller's order, up to 255 bytes; "" claims nothing
	Site      string // the site's URL, up to 255 bytes; "" if there is none
}

// Outcome is the result of a call that succeeded. A zero field leaves the entry's field as it is.
type Outcome struct {
	LicenseKey string // up to 255 bytes; required for a license
	LicenseID  int64
	BlogID     int64
	KeyID      int64  // the partner key's ID
	RequestID  string // the answer's X-Jetpack-Request-Id
	Detail     string // anything else worth keeping, but no secrets; cut after 60000 bytes
}

// Entry is one row of the ledger. Times are in UTC and exact to the microsecond.
type Entry struct {
	ID int64 // starts at 1 and increases with each entry
	Intent
	State State

	LicenseKey string
	LicenseID  int64
	BlogID     int64
	KeyID      int64
	RequestID  string
	Detail     string

	// ErrorCode and ErrorMessage are why a call failed or its answer was lost. They stay when the
	// entry is settled.
	ErrorCode    string
	ErrorMessage string

	SettledBy string    // who or what settled the entry; "" if it wasn't settled
	SettledAt time.Time // zero if it wasn't settled
	CreatedAt time.Time
	UpdatedAt time.Time
	RevokedAt time.Time // zero if the license wasn't revoked
}

// columns are the columns that scanEntry reads, in its order.
const columns = `id, kind, product, reference, site, state, license_key, license_id, blog_id,
	key_id, request_id, detail, error_code, error_message, settled_by, settled_at, created_at,
	updated_at, revoked_at`

func scanEntry(row interface{ Scan(...any) error }) (Entry, error) {
	var e Entry
	var settled, revoked sql.NullInt64
	var created, updated int64
	err := row.Scan(
		&e.ID, &e.Kind, &e.Product, &e.Reference, &e.Site, &e.State, &e.LicenseKey, &e.LicenseID,
		&e.BlogID, &e.KeyID, &e.RequestID, &e.Detail, &e.ErrorCode, &e.ErrorMessage, &e.SettledBy,
		&settled, &created, &updated, &revoked,
	)
	e.SettledAt, e.RevokedAt = timeOf(settled), timeOf(revoked)
	e.CreatedAt, e.UpdatedAt = time.UnixMicro(created).UTC(), time.UnixMicro(updated).UTC()
	return e, err
}

// timeOf converts a stored time. Times are stored as microseconds since 1970, because both
// databases compare integers in the same way.
func timeOf(micros sql.NullInt64) time.Time {
	if !micros.Valid {
		return time.Time{}
	}
	return time.UnixMicro(micros.Int64).UTC()
}

// microsOf returns the stored form of a time: NULL for the zero time.
func microsOf(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}
