package whmcs

import (
	"strings"
	"time"

	"jetpack-start/internal/failure"
)

// Open is a call whose outcome is unknown, or a service with more than one paid license.
type Open struct {
	Related   Related `json:"related"` // service:ID or addon:ID
	OrderID   int64   `json:"order_id"`
	Product   string  `json:"product"`
	State     string  `json:"state"`
	AskedAt   string  `json:"asked_at"` // RFC 3339
	RequestID string  `json:"request_id,omitempty"`
	ErrorCode string  `json:"error_code,omitempty"`
}

// twoLicenses is the State of an Open that has more than one paid license.
const twoLicenses = "two_licenses"

// listOpen lists the open calls of all services and addons, and the services that have more than
// one license. If there are any, it fails, so that monitoring sees it in the exit code.
func (j *job) listOpen() error {
	open, err := j.store.openEntries(j.ctx)
	if err != nil {
		return errNothingSent(err)
	}
	doubles, err := j.store.doubleLicenses(j.ctx)
	if err != nil {
		return errNothingSent(err)
	}
	j.reply.Outcome = Listed
	for _, e := range doubles {
		j.reply.Open = append(j.reply.Open, Open{
			Related: Related(e.Reference), OrderID: e.orderID, Product: e.Product,
			State: twoLicenses, AskedAt: formatTime(e.CreatedAt),
		})
	}
	for _, e := range open {
		j.reply.Open = append(j.reply.Open, Open{
			Related: Related(e.Reference), OrderID: e.orderID, Product: e.Product,
			State: string(e.State), AskedAt: formatTime(e.CreatedAt),
			RequestID: e.RequestID, ErrorCode: e.ErrorCode,
		})
	}
	if len(open) > 0 {
		names := []string{}
		for _, e := range open[:min(10, len(open))] {
			names = append(names, e.Reference)
		}
		return refuse(failure.OutcomeUnknown, "Requests for a license whose answer was lost and "+
			"that are not settled: %d (%s). Press Reconcile for each.",
			len(open), strings.Join(names, ", "))
	}
	if len(doubles) > 0 {
		return refuse(twoLicenses, "Services with more than one paid license: %d, the first is "+
			"%s. Run Change Package there again to finish it.", len(doubles), doubles[0].Reference)
	}
	return nil
}

// formatTime returns a time in the form of RFC 3339, and "" for the zero time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
