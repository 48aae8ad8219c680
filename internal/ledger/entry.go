package ledger

import (
	"database/sql"
	"time"
)

// Kind says what was asked for.
type Kind string

// The kinds of entries.
const (
	License    Kind = "license"
	PartnerKey Kind = "partner_key"
	Provision  Kind = "provision"
)

// State says how far an entry got.
type State string

// The states of entries.
const (
	Intended State = "intended" // asked for, or about to be; where the process is gone, nobody knows: as Unknown
	Done     State = "done"     // it is there
	Failed   State = "failed"   // the API said no: nothing was made
	Unknown  State = "unknown"  // the answer was lost: it may be there
	Void     State = "void"     // the operator said that it never had an effect
)

// Open says whether somebody still has to find out what became of it.
func (s State) Open() bool { return s == Intended || s == Unknown }

// Intent is what a call is about to ask for.
type Intent struct {
	Kind      Kind
	Product   string // the product's slug, the plan's slug, or the partner key's name; 1 to 255 bytes
	Reference string // the caller's order, at most 255 bytes; "" claims nothing
	Site      string // the site's URL, at most 255 bytes; "" where there is none
}

// Outcome is what a call that succeeded brought. A zero field says nothing and leaves the entry's
// as it is.
type Outcome struct {
	LicenseKey string // at most 255 bytes; needed for a license
	LicenseID  int64
	BlogID     int64
	KeyID      int64  // the partner key's id
	RequestID  string // X-Jetpack-Request-Id of the answer
	Detail     string // whatever else the caller wants to keep, never a secret; cut after 60000 bytes
}

// Entry is one line of the ledger. Times are UTC, exact to the microsecond.
type Entry struct {
	ID int64 // counts up from 1; newer entries have higher ones
	Intent
	State State

	LicenseKey string
	LicenseID  int64
	BlogID     int64
	KeyID      int64
	RequestID  string
	Detail     string

	// ErrorCode and ErrorMessage tell why a call failed or was lost. They stay when a lost one is
	// settled.
	ErrorCode    string
	ErrorMessage string

	SettledBy string    // who or what settled it; "" = nobody had to
	SettledAt time.Time // zero = not settled
	CreatedAt time.Time
	UpdatedAt time.Time
	RevokedAt time.Time // zero = not revoked
}

// columns are what scanEntry reads, in its order.
const columns = `id, kind, product, reference, site, state, license_key, license_id, blog_id, key_id, request_id,
	detail, error_code, error_message, settled_by, settled_at, created_at, updated_at, revoked_at`

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

// Times are stored as microseconds since 1970: integers compare alike in both databases.
func timeOf(micros sql.NullInt64) time.Time {
	if !micros.Valid {
		return time.Time{}
	}
	return time.UnixMicro(micros.Int64).UTC()
}

func microsOf(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}
