package whmcs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/internal/mysqldb"
	"jetpack-start/jetpack"
)

// refusal is a failure that this package decided: a sentence for the staff.
type refusal struct {
	code, text string
	retryable  bool
	err        error
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.err }

func refuse(code, format string, args ...any) error {
	return &refusal{code: code, text: fmt.Sprintf(format, args...)}
}

// errNothingSent is a database that can't be used before anything was asked for.
func errNothingSent(err error) error {
	var r *refusal
	if err == nil || errors.As(err, &r) {
		return err
	}
	if errors.Is(err, errLocked) {
		return &refusal{
			code:      "busy",
			retryable: true,
			err:       err,
			text:      "Another command for this service is still at work, so nothing was sent. Try again in a minute.",
		}
	}
	if mysqldb.Denied(err) {
		return &refusal{
			code: licensing.CodeLedger,
			err:  err,
			text: fmt.Sprintf("WHMCS's database could not be used, so nothing was sent: %v. "+
				"Look at the settings in configuration.php, and whether that user may create tables in the database.", err),
		}
	}
	return &refusal{
		code:      licensing.CodeLedger,
		retryable: true,
		err:       err,
		text: fmt.Sprintf(
			"WHMCS's database could not be used, so nothing was sent: %v. Try again.", err,
		),
	}
}

// errNotSaved is an outcome at Jetpack that couldn't be written down.
func errNotSaved(what string, err error) error {
	return &refusal{
		code: licensing.CodeUnsaved, retryable: true, err: err,
		text: fmt.Sprintf(
			"%s, but WHMCS's database could not be written: %v. Give the same command again when the database is back; nothing is bought by that.",
			what, err,
		),
	}
}

// keyField is how sentences name the service property: WHMCS keeps it as one or the other.
const keyField = "the field License Key of this service (Jetpack License Key, where it has that one)"

// isAmbiguous says that a license of Jetpack's module may be the service's, or not.
func isAmbiguous(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.code == codeAmbiguous
}

// explainKeyError is an error of a call about a license: where Jetpack doesn't know that, the sentence says
// what to do.
func explainKeyError(err error) error {
	if apiCode(err) == codeInvalidKey {
		return errUnknownKey(err)
	}
	return err
}

// errUnknownKey refuses what Jetpack says not to be a license of the one that asks.
func errUnknownKey(err error) error {
	var api *jetpack.Error
	errors.As(err, &api)
	return &refusal{
		code: codeInvalidKey,
		err:  err,
		text: fmt.Sprintf(
			"Jetpack doesn't know the license of this service for this API Token (%s): it was issued with another one. "+
				"Enter that one in the Module Settings of the product. Where the license is gone for good, write the word none into %s, save, and press Reconcile: it is written off.",
			brief(api),
			keyField,
		),
	}
}

// errUnsettled refuses what must wait until somebody knows what became of a call.
func errUnsettled(l entry) error {
	return &refusal{code: failure.OutcomeUnknown, text: lostText(l, ", so nothing was sent")}
}

// errPartlyRevoked is errUnsettled after the license that is known was revoked.
func errPartlyRevoked(l entry) error {
	return &refusal{
		code: failure.OutcomeUnknown,
		text: "The license that is known was revoked, but there may be another one. " + lostText(l, ""),
	}
}

// lostText tells of a call whose answer was lost, what was done about it, and what to do.
func lostText(l entry, done string) string {
	text := fmt.Sprintf(
		"The answer to the request for a license for %s was lost (%s UTC", l.Product,
		l.CreatedAt.UTC().Format("2006-01-02 15:04"),
	)
	if l.RequestID != "" {
		text += ", request ID " + l.RequestID
	}
	return text + "): nobody knows whether it was issued" + done + ". Look into the partner portal, write the key that you find there, or the word none, into " + keyField +
		", save, and press Reconcile."
}

// sentenceOf is what a reply would say of an error.
func (j *job) sentenceOf(err error) string {
	other := job{ctx: j.ctx}
	other.fillFailure(err)
	return other.reply.Result
}

// fillFailure turns an error into what the reply says of it.
func (j *job) fillFailure(err error) {
	var own *refusal
	var decided *failure.Error
	var api *jetpack.Error
	r := &j.reply
	r.Success, r.Outcome = false, Failed
	errors.As(err, &api)
	if api != nil {
		r.RequestID = api.RequestID
	}
	switch {
	case errors.As(err, &own):
		r.ErrorCode, r.Result, r.Retryable = own.code, own.text, own.retryable
	case errors.As(err, &decided):
		r.ErrorCode, r.Retryable = decided.Code, decided.Retryable
		r.Result = failureSentence(decided)
	case api != nil:
		r.ErrorCode, r.Retryable, r.Result = api.Code, api.Retryable(), apiSentence(api)
	default:
		r.ErrorCode, r.Result = "failed", err.Error()
	}
	if j.ctx.Err() != nil && own == nil && decided == nil {
		why := "It was interrupted. "
		if errors.Is(j.ctx.Err(), context.DeadlineExceeded) {
			why = "Time ran out. "
		}
		r.Result = why + sentence(r.Result)
		r.Retryable = true
	}
	r.Result = sentence(r.Result)
	if r.Result == "success" { // whatever it is, it isn't that
		r.Result = "Failed."
	}
}

func failureSentence(e *failure.Error) string {
	switch e.Code {
	case failure.OutcomeUnknown:
		return fmt.Sprintf(
			"The answer to the request for a license was lost (%v): it may have been issued. Nothing more is sent until that is known. Look into the partner "+
				"portal, write the key that you find there, or the word none, into "+keyField+", save, and press Reconcile.",
			cause(e),
		)
	case licensing.CodeUnsaved:
		return fmt.Sprintf(
			"The license was issued, but WHMCS's database could not be written (%v). Its key is in "+keyField+", if that could "+
				"be saved, and in the partner portal: press Reconcile when the database is back.",
			e.Err,
		)
	case licensing.CodeLedger:
		return errNothingSent(e.Err).Error()
	case licensing.CodeTooYoung:
		return "The command that asked for the license may still be at work. Try again in two minutes."
	}
	return e.Message
}

func cause(e *failure.Error) string {
	var api *jetpack.Error
	if errors.As(e.Err, &api) {
		return brief(api)
	}
	return e.Message
}

// brief is an API's error in parentheses of a sentence.
func brief(e *jetpack.Error) string {
	parts := []string{e.Code}
	if e.Message != "" && e.Message != e.Code {
		parts = []string{strings.TrimSuffix(e.Message, "."), e.Code}
	}
	if e.Status > 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", e.Status))
	}
	if e.RequestID != "" {
		parts = append(parts, "request ID "+e.RequestID)
	}
	return strings.Join(parts, ", ")
}

func apiSentence(e *jetpack.Error) string {
	switch {
	case e.Code == jetpack.CodeUnreachable:
		return fmt.Sprintf(
			"Jetpack could not be reached, so nothing was done there (%s). Try again.", brief(e),
		)
	case e.Lost():
		return fmt.Sprintf(
			"Jetpack's answer was lost (%s): what was asked for may have happened. Give the same command again, it looks first.",
			brief(e),
		)
	case tokenRefused(e):
		return fmt.Sprintf(
			"Jetpack refused the API Token (%s). Check it in the Module Settings of the product.",
			brief(e),
		)
	}
	if e.Code == codeRevoked {
		return fmt.Sprintf(
			"The license of the service was revoked at Jetpack (%s): Reconcile writes that down, then Create issues a new one.",
			brief(e),
		)
	}
	return fmt.Sprintf("Jetpack refused (%s).", brief(e))
}

// tokenRefused says whether the token is what Jetpack didn't like. A site that can't be connected
// is a 403 too (the guide).
func tokenRefused(e *jetpack.Error) bool {
	switch {
	case e.Status == 401, e.Code == "rest_forbidden":
		return true
	}
	return e.Status == 403 && e.Code != codeInvalidKey && e.Call != "site-connection"
}

// Codes of the API that commands tell apart (contract, section 4; the sandbox has decided those
// that no document names).
const (
	codeInvalidKey  = "invalid_license_key"
	codeRevoked     = "license_revoked"
	codeNotAttached = "license_not_attached"
)

// apiCode is the code of an API's error, "" for another.
func apiCode(err error) string {
	var api *jetpack.Error
	if errors.As(err, &api) && !api.Lost() {
		return api.Code
	}
	return ""
}

// sentence makes one line of text for people: no control characters, an end, a length that WHMCS's
// tables take.
func sentence(text string) string {
	text = strings.Join(
		strings.FieldsFunc(
			text,
			func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Zs, r) },
		),
		" ",
	)
	text = cut(text, 1000)
	if text == "" || text == "success" {
		return text
	}
	if last, _ := utf8.DecodeLastRuneInString(text); !strings.ContainsRune(".!?", last) {
		text += "."
	}
	first, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[n:]
}

// isClaimedElsewhere says that another service or addon has the license.
func isClaimedElsewhere(err error) bool { return errors.Is(err, ledger.ErrState) }
