package whmcs

import (
	"errors"
	"strings"
	"time"

	"jetpack-start/jetpack"
	"jetpack-start/ledger"
	"jetpack-start/licensing"
)

// Open is a call of which nobody knows what became.
type Open struct {
	Related   Related `json:"related"` // service:ID or addon:ID
	OrderID   int64   `json:"order_id"`
	Product   string  `json:"product"`
	State     string  `json:"state"`
	AskedAt   string  `json:"asked_at"` // RFC 3339
	RequestID string  `json:"request_id,omitempty"`
	ErrorCode string  `json:"error_code,omitempty"`
}

// openCalls lists the open calls of all services and addons. That there are some is a failure, so that whoever watches
// sees it in the exit code.
func (j *job) openCalls() error {
	lines, err := j.store.openLines(j.ctx)
	if err != nil {
		return nothingSent(err)
	}
	j.reply.Outcome = Listed
	for _, l := range lines {
		j.reply.Open = append(j.reply.Open, Open{Related: Related(l.Reference), OrderID: l.orderID, Product: l.Product, State: string(l.State),
			AskedAt: stamp(l.CreatedAt), RequestID: l.RequestID, ErrorCode: l.ErrorCode})
	}
	if len(lines) > 0 {
		names := []string{}
		for _, l := range lines[:min(10, len(lines))] {
			names = append(names, l.Reference)
		}
		return refuse(licensing.CodeUnknown, "Requests for a license whose answer was lost, and that nobody has settled: %d (%s). Press Reconcile there.", len(lines), strings.Join(names, ", "))
	}
	return nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// settledBy is what a settled line says of whose word it is.
const settledBy = "Reconcile, by the field License Key"

// reconcile brings the tables in line with what Jetpack says of the service's licenses, and settles a lost answer by what
// the operator wrote into the service's property License Key: a key, or "none".
func (j *job) reconcile() error {
	j.reply.Outcome = Reconciled
	word := strings.TrimSpace(string(j.service.Property))
	var refused *refusal
	if err := j.settleTables(); err != nil && !(word != "" && errors.As(err, &refused) && refused.code == codeAmbiguous) {
		return err
	}
	open := j.found.open()
	known := word == ""
	for _, l := range j.found.ours {
		known = known || l.LicenseKey == word
	}
	switch {
	case len(open) > 0 && strings.EqualFold(word, "none"):
		if err := j.settleNone(open); err != nil {
			return err
		}
	case len(open) > 0 && known:
		return unsettled(open[0])
	case len(open) > 0:
		if err := j.settleKey(open, word); err != nil {
			return err
		}
	case !known && !strings.EqualFold(word, "none") && len(j.found.live()) == 0:
		if err := j.adoptKey(word); err != nil {
			return err
		}
	}
	if err := j.look(); err != nil {
		return nothingSent(err)
	}
	return j.compare()
}

// settleNone takes the operator's word that nothing was issued.
func (j *job) settleNone(open []line) error {
	desk := j.desk(nil)
	for _, l := range open {
		if _, err := desk.SettleVoid(j.ctx, l.ID, settledBy, j.cfg.MinAge); err != nil {
			return err
		}
	}
	j.reply.Properties = map[string]string{licenseKeyProperty: ""}
	return nil
}

// settleKey settles an open line with the license that the operator found, after a look at it.
func (j *job) settleKey(open []line, key string) error {
	product, isKey := jetpack.ProductOf(key)
	if !isKey {
		return refuse("invalid_license_key", "What the field License Key of this service says is no license key, and not none.")
	}
	l := open[0]
	for _, o := range open {
		if o.Product == product {
			l = o
		}
	}
	if held, err := j.store.heldElsewhere(j.ctx, key, j.service.OrderID); err != nil {
		return nothingSent(err)
	} else if held {
		return refuse(licensing.CodeMismatch, "The license in the field License Key belongs to another order.")
	}
	api, err := j.client()
	if err != nil {
		return err
	}
	if _, err := j.desk(api).SettleLicense(j.ctx, l.ID, key, settledBy, j.cfg.MinAge); claimedElsewhere(err) {
		return refuse(licensing.CodeMismatch, "The license in the field License Key belongs to another service or addon.")
	} else if err != nil {
		return err
	}
	return nil
}

// adoptKey takes over a license of Jetpack's module of which nothing but the operator knows whose it is.
func (j *job) adoptKey(key string) error {
	for _, t := range j.found.unclaimed() {
		if t.key != key {
			continue
		}
		product, isKey := jetpack.ProductOf(key)
		if !isKey {
			product = j.service.Product
		}
		if _, err := j.store.adopt(j.ctx, j.service, t, product); err != nil {
			return nothingSent(err)
		}
		return nil
	}
	return refuse(licensing.CodeMismatch, "The field License Key of this service has a key that no table has for this order: nothing was changed. Clear the field, or write the key of a license of this order into it.")
}

// compare asks Jetpack about each license that counts as paid for, and writes down what was revoked there.
func (j *job) compare() error {
	if err := j.settleTables(); err != nil {
		return err
	}
	live := j.found.live()
	for _, l := range live {
		api, err := j.client()
		if err != nil {
			return err
		}
		license, err := api.License(j.ctx, l.LicenseKey)
		if err != nil {
			return err
		}
		j.reply.RequestID = license.RequestID
		if !license.Revoked() {
			continue
		}
		if err := j.revoked(l, license); err != nil {
			return err
		}
		j.warn("the license of "+string(j.service.Related)+" had been revoked at Jetpack; that is written down now, and Create issues a new one", "")
	}
	if err := j.look(); err != nil {
		return nothingSent(err)
	}
	if l, ok := j.found.current(); ok {
		id := j.reply.RequestID
		j.tell(l)
		j.reply.RequestID = id
	}
	if live := j.found.live(); len(live) > 1 {
		return refuse("two_licenses", "The service has %d licenses that are paid for: a change of its product was broken off. Give Change Package again, it goes on.", len(live))
	}
	return nil
}

// State is how a service stands, for the customer and the staff.
type State string

// The states.
const (
	StateActive    State = "active"     // there is a license
	StateSuspended State = "suspended"  // it is off its site while the service is suspended
	StateNotIssued State = "not_issued" // there is none yet
	StateUnknown   State = "unknown"    // an answer was lost, and nobody has settled that
	StateRevoked   State = "revoked"    // there was one
)

// status says how the service stands. It asks nobody but the database and changes nothing.
func (j *job) status() error {
	j.reply.Outcome = Listed
	if at, err := j.domainSite(); err == nil {
		j.reply.Domain, j.reply.AdminURL = at.Shown, at.activation()
	}
	j.reply.Product = j.service.Product
	l, ok := j.found.current()
	open := j.found.open()
	switch {
	case ok:
		j.describe(l)
	case len(open) > 0:
		j.reply.State, j.reply.Product, j.reply.RequestID = StateUnknown, open[0].Product, open[0].RequestID
	default:
		if err := j.describeTheirs(); err != nil {
			return err
		}
	}
	if len(open) > 0 {
		j.reply.Note = sentence(unsettled(open[0]).Error())
	}
	if list, err := j.cached(); err == nil {
		j.reply.ProductName = list.name(j.reply.Product)
	}
	return nil
}

func (j *job) describe(l line) {
	j.reply.State = StateActive
	if !l.suspended.IsZero() {
		j.reply.State = StateSuspended
	}
	j.reply.LicenseKey, j.reply.Product, j.reply.RequestID = l.LicenseKey, l.Product, l.RequestID
	j.reply.IssuedAt = stamp(l.CreatedAt)
	if l.suspended.IsZero() {
		j.reply.Site = l.Site
	}
	if len(j.found.live()) > 1 {
		j.reply.Note = "The service has more than one license that is paid for: a change of its product was broken off. Give Change Package again, it goes on."
	}
}

// describeTheirs describes a license of Jetpack's module that no command has taken over yet, or that there is none.
func (j *job) describeTheirs() error {
	t, ok, err := j.theirs()
	if err != nil {
		j.reply.Note = sentence(err.Error())
	}
	j.reply.State = StateNotIssued
	for i, l := range j.found.ours {
		switch {
		case l.State == ledger.Done:
			j.reply.State = StateRevoked
		case l.State == ledger.Failed && i == len(j.found.ours)-1:
			j.reply.Note = sentence("the last request for a license was refused: " + strings.TrimSuffix(l.ErrorMessage, ".") + " (" + l.ErrorCode + ")")
		}
	}
	if !ok {
		return nil
	}
	j.reply.State, j.reply.LicenseKey, j.reply.IssuedAt = StateActive, t.key, stamp(t.issued)
	if slug, isKey := jetpack.ProductOf(t.key); isKey {
		j.reply.Product = slug
	}
	return nil
}
