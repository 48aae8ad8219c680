package whmcs

import (
	"cmp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
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

// twoLicenses is the state of a service in the list of what is open that has more than one license
// that is paid for.
const twoLicenses = "two_licenses"

// openCalls lists the open calls of all services and addons, and those that have more than one
// license. That there are some is a failure, so that whoever watches sees it in the exit code.
func (j *job) openCalls() error {
	lines, err := j.store.openEntries(j.ctx)
	if err != nil {
		return errNothingSent(err)
	}
	doubles, err := j.store.doubleLicenses(j.ctx)
	if err != nil {
		return errNothingSent(err)
	}
	j.reply.Outcome = Listed
	for _, e := range doubles {
		j.reply.Open = append(
			j.reply.Open,
			Open{
				Related: Related(e.Reference),
				OrderID: e.orderID,
				Product: e.Product,
				State:   twoLicenses,
				AskedAt: formatTime(e.CreatedAt),
			},
		)
	}
	for _, e := range lines {
		j.reply.Open = append(j.reply.Open, Open{
			Related: Related(
				e.Reference,
			), OrderID: e.orderID, Product: e.Product, State: string(e.State),
			AskedAt: formatTime(e.CreatedAt), RequestID: e.RequestID, ErrorCode: e.ErrorCode,
		})
	}
	if len(lines) > 0 {
		names := []string{}
		for _, e := range lines[:min(10, len(lines))] {
			names = append(names, e.Reference)
		}
		return refuse(
			failure.OutcomeUnknown,
			"Requests for a license whose answer was lost, and that nobody has settled: %d (%s). Press Reconcile there.",
			len(lines), strings.Join(names, ", "),
		)
	}
	if len(doubles) > 0 {
		return refuse(
			twoLicenses,
			"Services with more than one license that is paid for: %d, the first is %s. Give Change Package there again, it goes on.",
			len(doubles), doubles[0].Reference,
		)
	}
	return nil
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// settledBy is what a settled line says of whose word it is.
const settledBy = "Reconcile, by the field License Key"

// reconcile brings the tables in line with what Jetpack says of the service's licenses, and
// settles a lost answer by what the operator wrote into the service's property License Key: a key,
// or "none".
func (j *job) reconcile() error {
	j.reply.Outcome = Reconciled
	word := strings.TrimSpace(string(j.service.Property))
	none := strings.EqualFold(word, "none")
	if err := j.syncMirrors(); err != nil {
		return err
	}
	live, open, left := j.records.live(), j.records.open(), j.records.unclaimed()
	// The word is about what stands first: an open call, then what Jetpack's module left, then the
	// license that there is.
	saysNone := none && len(open) == 0 && len(live) == 0 && len(left) > 0
	ambiguous := false
	if !saysNone {
		err := j.adoptFromJetpack()
		if ambiguous = isAmbiguous(err); err != nil && !(ambiguous && word != "") {
			return err
		}
		live = j.records.live()
	}
	known := word == ""
	for _, e := range j.records.own {
		known = known || e.LicenseKey == word
	}
	var err error
	switch {
	case saysNone:
		err = j.recordNone()
	case len(open) > 0 && none:
		err = j.settleNone(open)
	case len(open) > 0 && known:
		err = errUnsettled(open[0])
	case len(open) > 0:
		err = j.settleKey(open, word)
	case !known && !none && len(live) > 0:
		err = refuse(
			licensing.CodeMismatch,
			"The key in %s is none that the service has: nothing was changed. Clear the field, or write the license's own key into it.",
			keyField,
		)
	case !known && !none:
		err = j.adoptKey(word)
	}
	if err == nil {
		err = errNothingSent(j.load())
	}
	if err != nil {
		return err
	}
	return j.compareWithAPI(none && len(open) == 0 && !saysNone)
}

// recordNone takes the operator's word that none of the licenses that Jetpack's module left is the
// service's.
func (j *job) recordNone() error {
	if err := j.store.insertNone(j.ctx, j.service, newestID(j.records.unclaimed())); err != nil {
		return errNothingSent(err)
	}
	j.reply.Properties = map[string]string{licenseKeyProperty: ""}
	return nil
}

// settleNone takes the operator's word that nothing was issued.
func (j *job) settleNone(open []entry) error {
	service := j.licenseService(nil)
	for _, e := range open {
		if _, err := service.SettleVoid(j.ctx, e.ID, settledBy, j.cfg.MinAge); err != nil {
			return err
		}
	}
	j.reply.Properties = map[string]string{licenseKeyProperty: ""}
	return nil
}

// settleKey settles an open line with the license that the operator found, after a look at it.
func (j *job) settleKey(open []entry, key string) error {
	product, isKey := jetpack.ProductOf(key)
	if !isKey {
		return refuse(
			"invalid_license_key", "What %s says is no license key, and not the word none.",
			keyField,
		)
	}
	e := open[0]
	for _, o := range open {
		if o.Product == product {
			e = o
		}
	}
	// What is in Jetpack's table was issued by a call whose answer came.
	held, err := j.store.jetpackRowsByKey(j.ctx, []any{key})
	if err != nil {
		return errNothingSent(err)
	}
	if len(held) > 0 {
		return refuse(
			licensing.CodeMismatch,
			"The license in %s is one that order %d has: it isn't the one whose answer was lost.",
			keyField, held[0].orderID,
		)
	}
	api, err := j.client()
	if err != nil {
		return err
	}
	if _, err := j.licenseService(api).SettleLicense(j.ctx, e.ID, key, settledBy, j.cfg.MinAge); isClaimedElsewhere(
		err,
	) {
		return refuse(
			licensing.CodeMismatch, "The license in %s belongs to another service or addon.",
			keyField,
		)
	} else if err != nil {
		return err
	}
	return nil
}

// adoptKey takes over a license of which nothing but the operator knows whose it is: one that
// Jetpack's module left, or one of a call that was settled by "none" before it was found.
func (j *job) adoptKey(key string) error {
	product, isKey := jetpack.ProductOf(key)
	if !isKey {
		product = j.service.Product
	}
	t, err := j.unknownLicense(key, product)
	if err != nil {
		return err
	}
	left := newestID(j.records.unclaimed())
	if _, err := j.store.adopt(j.ctx, j.service, t, product); isClaimedElsewhere(err) {
		return refuse(
			licensing.CodeMismatch, "The license in %s belongs to another service or addon.",
			keyField,
		)
	} else if err != nil {
		return errNothingSent(err)
	}
	if left == 0 {
		return nil
	}
	// The others aren't this one's: the operator has seen them.
	return errNothingSent(j.store.insertNone(j.ctx, j.service, left))
}

// unknownLicense finds the license of adoptKey.
func (j *job) unknownLicense(key, product string) (jetpackRow, error) {
	for _, t := range j.records.unclaimed() {
		if t.key == key {
			return t, nil
		}
	}
	for _, e := range j.records.own {
		if e.State != ledger.Void || e.SettledBy != settledBy || e.Product != product {
			continue
		}
		api, err := j.client()
		if err != nil {
			return jetpackRow{}, err
		}
		license, err := api.License(j.ctx, key)
		held, dbErr := j.store.jetpackRowsByKey(j.ctx, []any{key})
		switch {
		case err != nil:
			return jetpackRow{}, err
		case dbErr != nil:
			return jetpackRow{}, errNothingSent(dbErr)
		case !license.Revoked() && len(held) == 0:
			return jetpackRow{
				key:       key,
				orderID:   j.service.OrderID,
				productID: j.service.ProductID,
				issued:    e.CreatedAt,
			}, nil
		}
	}
	return jetpackRow{}, refuse(
		licensing.CodeMismatch,
		"The key in %s is in no table for this order: nothing was changed. Clear the field, or write the key of a license of this order into it. "+
			"A license that nobody has is revoked in the partner portal.",
		keyField,
	)
}

// compareWithAPI asks Jetpack about each license that counts as paid for, and writes down what was
// revoked there. writeOff ends those that Jetpack doesn't know.
func (j *job) compareWithAPI(writeOff bool) error {
	if err := j.syncTables(); err != nil {
		return err
	}
	live := j.records.live()
	for _, e := range live {
		api, err := j.client()
		if err != nil {
			return err
		}
		license, err := api.License(j.ctx, e.LicenseKey)
		gone := apiCode(err) == codeInvalidKey
		switch {
		case gone && !writeOff:
			return errUnknownKey(err)
		case err != nil && !gone:
			return err
		}
		j.reply.RequestID = license.RequestID
		if !gone && !license.Revoked() {
			continue
		}
		if err := j.recordRevocation(e, license); err != nil {
			return err
		}
		if gone {
			j.reply.Properties = map[string]string{licenseKeyProperty: ""}
			j.warn(
				"the license of "+string(
					j.service.Related,
				)+" is unknown to Jetpack and was written off, by the staff's word; it may still be paid for with another token",
				"",
			)
			continue
		}
		j.warn(
			"the license of "+string(
				j.service.Related,
			)+" had been revoked at Jetpack; that is written down now, and Create issues a new one",
			"",
		)
	}
	if err := j.load(); err != nil {
		return errNothingSent(err)
	}
	if e, ok := j.records.current(); ok {
		id := j.reply.RequestID
		j.fillReply(e)
		j.reply.RequestID = id
	}
	j.warnOfOrphans()
	if live := j.records.live(); len(live) > 1 {
		return refuse(
			twoLicenses,
			"The service has %d licenses that are paid for: a change of its product was broken off. Give Change Package again, it goes on.",
			len(live),
		)
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
		j.reply.Domain, j.reply.AdminURL = at.Shown, at.activationURL()
	}
	j.reply.Product = j.service.Product
	e, ok := j.records.current()
	open := j.records.open()
	switch {
	case ok:
		j.describe(e)
	case len(open) > 0:
		j.reply.State, j.reply.Product, j.reply.RequestID = StateUnknown, open[0].Product, open[0].RequestID
	default:
		if err := j.describeUnadopted(); err != nil {
			return err
		}
	}
	if len(open) > 0 {
		j.reply.Note = sentence(lostText(open[0], ""))
	}
	list, _ := j.cachedProducts() // without one the slug will do
	j.reply.ProductName = cmp.Or(list.name(j.reply.Product), titleOf(j.reply.Product))
	return nil
}

// titleOf makes a name of a slug: "Jetpack Backup Daily".
func titleOf(slug string) string {
	words := strings.FieldsFunc(slug, func(r rune) bool { return r == '-' || r == '_' })
	for i, word := range words {
		first, n := utf8.DecodeRuneInString(word)
		words[i] = string(unicode.ToUpper(first)) + word[n:]
	}
	return strings.Join(words, " ")
}

func (j *job) describe(e entry) {
	j.reply.State = StateActive
	if !e.suspended.IsZero() {
		j.reply.State = StateSuspended
	}
	j.reply.LicenseKey, j.reply.Product, j.reply.RequestID = e.LicenseKey, e.Product, e.RequestID
	j.reply.IssuedAt = formatTime(e.CreatedAt)
	if e.suspended.IsZero() {
		j.reply.Site = e.Site
	}
	if len(j.records.live()) > 1 {
		j.reply.Note = "The service has more than one license that is paid for: a change of its product was broken off. Give Change Package again, it goes on."
	}
}

// describeUnadopted describes a license of Jetpack's module that no command has taken over yet, or
// that there is none.
func (j *job) describeUnadopted() error {
	t, ok, err := j.unadopted()
	if err != nil {
		j.reply.Note = sentence(err.Error())
	}
	j.reply.State = StateNotIssued
	for i, e := range j.records.own {
		switch {
		case e.State == ledger.Done:
			j.reply.State = StateRevoked
		case e.State == ledger.Failed && i == len(j.records.own)-1:
			j.reply.Note = sentence(
				"the last request for a license was refused: " + strings.TrimSuffix(
					e.ErrorMessage, ".",
				) + " (" + e.ErrorCode + ")",
			)
		}
	}
	if !ok {
		return nil
	}
	j.reply.State, j.reply.LicenseKey, j.reply.IssuedAt = StateActive, t.key, formatTime(t.issued)
	if slug, isKey := jetpack.ProductOf(t.key); isKey {
		j.reply.Product = slug
	}
	return nil
}
