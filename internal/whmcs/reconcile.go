package whmcs

import (
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
	lines, err := j.store.openLines(j.ctx)
	if err != nil {
		return nothingSent(err)
	}
	doubles, err := j.store.doubles(j.ctx)
	if err != nil {
		return nothingSent(err)
	}
	j.reply.Outcome = Listed
	for _, l := range doubles {
		j.reply.Open = append(
			j.reply.Open,
			Open{
				Related: Related(l.Reference),
				OrderID: l.orderID,
				Product: l.Product,
				State:   twoLicenses,
				AskedAt: stamp(l.CreatedAt),
			},
		)
	}
	for _, l := range lines {
		j.reply.Open = append(j.reply.Open, Open{
			Related: Related(
				l.Reference,
			), OrderID: l.orderID, Product: l.Product, State: string(l.State),
			AskedAt: stamp(l.CreatedAt), RequestID: l.RequestID, ErrorCode: l.ErrorCode,
		})
	}
	if len(lines) > 0 {
		names := []string{}
		for _, l := range lines[:min(10, len(lines))] {
			names = append(names, l.Reference)
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

func stamp(t time.Time) string {
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
	if err := j.settleMirrors(); err != nil {
		return err
	}
	live, open, left := j.found.live(), j.found.open(), j.found.unclaimed()
	// The word is about what stands first: an open call, then what Jetpack's module left, then the
	// license that there is.
	saysNone := none && len(open) == 0 && len(live) == 0 && len(left) > 0
	ambiguous := false
	if !saysNone {
		err := j.adoptTheirs()
		if ambiguous = isAmbiguous(err); err != nil && !(ambiguous && word != "") {
			return err
		}
		live = j.found.live()
	}
	known := word == ""
	for _, l := range j.found.ours {
		known = known || l.LicenseKey == word
	}
	var err error
	switch {
	case saysNone:
		err = j.sayNone()
	case len(open) > 0 && none:
		err = j.settleNone(open)
	case len(open) > 0 && known:
		err = unsettled(open[0])
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
		err = nothingSent(j.look())
	}
	if err != nil {
		return err
	}
	return j.compare(none && len(open) == 0 && !saysNone)
}

// sayNone takes the operator's word that none of the licenses that Jetpack's module left is the
// service's.
func (j *job) sayNone() error {
	if err := j.store.putNone(j.ctx, j.service, newestOf(j.found.unclaimed())); err != nil {
		return nothingSent(err)
	}
	j.reply.Properties = map[string]string{licenseKeyProperty: ""}
	return nil
}

// settleNone takes the operator's word that nothing was issued.
func (j *job) settleNone(open []line) error {
	service := j.licenseService(nil)
	for _, l := range open {
		if _, err := service.SettleVoid(j.ctx, l.ID, settledBy, j.cfg.MinAge); err != nil {
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
		return refuse(
			"invalid_license_key", "What %s says is no license key, and not the word none.",
			keyField,
		)
	}
	l := open[0]
	for _, o := range open {
		if o.Product == product {
			l = o
		}
	}
	// What is in Jetpack's table was issued by a call whose answer came.
	held, err := j.store.byKeys(j.ctx, []any{key})
	if err != nil {
		return nothingSent(err)
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
	if _, err := j.licenseService(api).SettleLicense(j.ctx, l.ID, key, settledBy, j.cfg.MinAge); claimedElsewhere(
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
	left := newestOf(j.found.unclaimed())
	if _, err := j.store.adopt(j.ctx, j.service, t, product); claimedElsewhere(err) {
		return refuse(
			licensing.CodeMismatch, "The license in %s belongs to another service or addon.",
			keyField,
		)
	} else if err != nil {
		return nothingSent(err)
	}
	if left == 0 {
		return nil
	}
	// The others aren't this one's: the operator has seen them.
	return nothingSent(j.store.putNone(j.ctx, j.service, left))
}

// unknownLicense finds the license of adoptKey.
func (j *job) unknownLicense(key, product string) (theirLine, error) {
	for _, t := range j.found.unclaimed() {
		if t.key == key {
			return t, nil
		}
	}
	for _, l := range j.found.ours {
		if l.State != ledger.Void || l.SettledBy != settledBy || l.Product != product {
			continue
		}
		api, err := j.client()
		if err != nil {
			return theirLine{}, err
		}
		license, err := api.License(j.ctx, key)
		held, dbErr := j.store.byKeys(j.ctx, []any{key})
		switch {
		case err != nil:
			return theirLine{}, err
		case dbErr != nil:
			return theirLine{}, nothingSent(dbErr)
		case !license.Revoked() && len(held) == 0:
			return theirLine{
				key:       key,
				orderID:   j.service.OrderID,
				productID: j.service.ProductID,
				issued:    l.CreatedAt,
			}, nil
		}
	}
	return theirLine{}, refuse(
		licensing.CodeMismatch,
		"The key in %s is in no table for this order: nothing was changed. Clear the field, or write the key of a license of this order into it. "+
			"A license that nobody has is revoked in the partner portal.",
		keyField,
	)
}

// compare asks Jetpack about each license that counts as paid for, and writes down what was
// revoked there. writeOff ends those that Jetpack doesn't know.
func (j *job) compare(writeOff bool) error {
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
		gone := code(err) == codeInvalidKey
		switch {
		case gone && !writeOff:
			return unknownToToken(err)
		case err != nil && !gone:
			return err
		}
		j.reply.RequestID = license.RequestID
		if !gone && !license.Revoked() {
			continue
		}
		if err := j.revoked(l, license); err != nil {
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
	if err := j.look(); err != nil {
		return nothingSent(err)
	}
	if l, ok := j.found.current(); ok {
		id := j.reply.RequestID
		j.tell(l)
		j.reply.RequestID = id
	}
	j.warnOfLeftOver()
	if live := j.found.live(); len(live) > 1 {
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
		j.reply.Note = sentence(lost(open[0], ""))
	}
	list, _ := j.cached() // without one the slug will do
	j.reply.ProductName = orElse(list.name(j.reply.Product), titleOf(j.reply.Product))
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

// describeTheirs describes a license of Jetpack's module that no command has taken over yet, or
// that there is none.
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
			j.reply.Note = sentence(
				"the last request for a license was refused: " + strings.TrimSuffix(
					l.ErrorMessage, ".",
				) + " (" + l.ErrorCode + ")",
			)
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
