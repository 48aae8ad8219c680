package whmcs

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
)

// State is the state of a service's license, for the customer and the staff.
type State string

// The states.
const (
	StateActive    State = "active"     // there is a license
	StateSuspended State = "suspended"  // it is detached while the service is suspended
	StateNotIssued State = "not_issued" // there is none yet
	StateUnknown   State = "unknown"    // there may be one: an answer was lost and isn't settled
	StateRevoked   State = "revoked"    // there was one
)

// status reports the state of the service's license. It reads only the database, and changes
// nothing.
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
		r := &j.reply
		r.State, r.Product, r.RequestID = StateUnknown, open[0].Product, open[0].RequestID
	default:
		j.describeUnadopted()
	}
	if len(open) > 0 {
		j.reply.Note = sentence(lostText(open[0], ""))
	}
	list, _ := j.cachedProducts() // without the list, the name is made of the slug
	j.reply.ProductName = cmp.Or(list.name(j.reply.Product), titleOf(j.reply.Product))
	return nil
}

// titleOf returns a name made of a slug, such as "Jetpack Backup Daily".
func titleOf(slug string) string {
	words := strings.FieldsFunc(slug, func(r rune) bool { return r == '-' || r == '_' })
	for i, word := range words {
		first, n := utf8.DecodeRuneInString(word)
		words[i] = string(unicode.ToUpper(first)) + word[n:]
	}
	return strings.Join(words, " ")
}

// describe fills the reply of status from a license.
func (j *job) describe(e entry) {
	r := &j.reply
	r.State = StateSuspended
	if e.suspended.IsZero() {
		r.State, r.Site = StateActive, e.Site
	}
	r.LicenseKey, r.Product, r.RequestID = e.LicenseKey, e.Product, e.RequestID
	r.IssuedAt = formatTime(e.CreatedAt)
	if len(j.records.live()) > 1 {
		r.Note = "The service has more than one paid license: a change of its product was " +
			"interrupted. Run Change Package again to finish it."
	}
}

// describeUnadopted fills the reply of status from a license of Jetpack's module that no command
// has taken over yet, or says that there is none.
func (j *job) describeUnadopted() {
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
			reason := strings.TrimSuffix(e.ErrorMessage, ".")
			j.reply.Note = sentence("the last request for a license was refused: " + reason +
				" (" + e.ErrorCode + ")")
		}
	}
	if !ok {
		return
	}
	j.reply.State, j.reply.LicenseKey, j.reply.IssuedAt = StateActive, t.key, formatTime(t.issued)
	if slug, isKey := jetpack.ProductOf(t.key); isKey {
		j.reply.Product = slug
	}
}
