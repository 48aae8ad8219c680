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

// refuse returns a failure.Error whose message is a sentence for the staff.
func refuse(code, format string, args ...any) error {
	return &failure.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// errNothingSent returns the error of a database that can't be used before anything was sent. It
// returns nil and errors that are sentences already as they are.
func errNothingSent(err error) error {
	var own *failure.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	e := &failure.Error{Code: licensing.CodeLedger, Retryable: true, Err: err}
	switch {
	case errors.Is(err, errLocked):
		e.Code = "busy"
		e.Message = "Another command for this service is still running, so nothing was sent. " +
			"Try again in a minute."
	case mysqldb.Denied(err):
		e.Retryable = false
		e.Message = fmt.Sprintf("WHMCS's database could not be used, so nothing was sent: %v. "+
			"Check the settings in configuration.php, and whether that user may create tables "+
			"in the database.", err)
	default:
		const format = "WHMCS's database could not be used, so nothing was sent: %v. Try again."
		e.Message = fmt.Sprintf(format, err)
	}
	return e
}

// errNotSaved returns the error of a change that Jetpack made but that couldn't be recorded. what
// is the change: "The license was revoked".
func errNotSaved(what string, err error) error {
	return &failure.Error{
		Code: licensing.CodeUnsaved, Retryable: true, Err: err,
		Message: fmt.Sprintf("%s, but WHMCS's database could not be written: %v. Run the same "+
			"command again when the database is back; that buys nothing.", what, err),
	}
}

// keyField is how sentences call the service property, which WHMCS keeps under one of two names.
const keyField = "the field License Key of this service (Jetpack License Key, if it has that one)"

// isAmbiguous reports whether err is that a license of Jetpack's module may be the service's, or
// may not.
func isAmbiguous(err error) bool {
	var own *failure.Error
	return errors.As(err, &own) && own.Code == codeAmbiguous
}

// explainKeyError returns the error of a call about a license: if Jetpack doesn't know the
// license, it says what to do.
func explainKeyError(err error) error {
	if apiCode(err) == codeInvalidKey {
		return errUnknownKey(err)
	}
	return err
}

// errUnknownKey returns the error of a license that the token doesn't own.
func errUnknownKey(err error) error {
	var api *jetpack.Error
	errors.As(err, &api)
	return &failure.Error{
		Code: codeInvalidKey, Err: err,
		Message: fmt.Sprintf("Jetpack doesn't know the license of this service for this API Token "+
			"(%s): it was issued with another one. Enter that one in the Module Settings of the "+
			"product. If the license is gone for good, write the word none into %s, save, and "+
			"press Reconcile: it is written off.", brief(api), keyField),
	}
}

// errUnsettled returns the error of a command that must wait until an open call is settled.
func errUnsettled(e entry) error {
	return refuse(failure.OutcomeUnknown, "%s", lostText(e, ", so nothing was sent"))
}

// errPartlyRevoked is errUnsettled after the license that is known was revoked.
func errPartlyRevoked(e entry) error {
	return refuse(failure.OutcomeUnknown, "%s",
		"The license that is known was revoked, but there may be another one. "+lostText(e, ""))
}

// lostText returns the sentences about a call whose answer was lost: what it was, what was done
// because of it, and what the staff can do.
func lostText(e entry, done string) string {
	text := fmt.Sprintf("The answer to the request for a license for %s was lost (%s UTC",
		e.Product, e.CreatedAt.UTC().Format("2006-01-02 15:04"))
	if e.RequestID != "" {
		text += ", request ID " + e.RequestID
	}
	return text + "): it is unknown whether it was issued" + done + ". Look in the partner " +
		"portal, write the key that you find there, or the word none, into " + keyField +
		", save, and press Reconcile."
}

// sentenceOf returns what a reply would say about an error.
func (j *job) sentenceOf(err error) string {
	other := job{ctx: j.ctx}
	other.fillFailure(err)
	return other.reply.Result
}

// fillFailure fills the reply of a command that failed.
func (j *job) fillFailure(err error) {
	var own *failure.Error
	var api *jetpack.Error
	r := &j.reply
	r.Success, r.Outcome = false, Failed
	errors.As(err, &api)
	if api != nil {
		r.RequestID = api.RequestID
	}
	switch {
	case errors.As(err, &own):
		r.ErrorCode, r.Result, r.Retryable = own.Code, own.Message, own.Retryable
	case api != nil:
		r.ErrorCode, r.Result, r.Retryable = api.Code, apiSentence(api), api.Retryable()
	default:
		r.ErrorCode, r.Result = "failed", err.Error()
	}
	if j.ctx.Err() != nil && own == nil {
		why := "It was interrupted. "
		if errors.Is(j.ctx.Err(), context.DeadlineExceeded) {
			why = "Time ran out. "
		}
		r.Result = why + sentence(r.Result)
		r.Retryable = true
	}
	r.Result = sentence(r.Result)
	if r.Result == "success" { // WHMCS would take the failure for a success
		r.Result = "Failed."
	}
}

// explainFailure replaces the message of an error of package licensing, which is for the command
// line, by a sentence for the staff. It returns other errors as they are.
func explainFailure(err error) error {
	var e *failure.Error
	if !errors.As(err, &e) {
		return err
	}
	own := &failure.Error{Code: e.Code, Message: e.Message, Retryable: e.Retryable, Err: e.Err}
	switch e.Code {
	case failure.OutcomeUnknown:
		cause := e.Message
		if api := (*jetpack.Error)(nil); errors.As(e.Err, &api) {
			cause = brief(api)
		}
		own.Message = fmt.Sprintf("The answer to the request for a license was lost (%v): it may "+
			"have been issued. Nothing more is sent until that is known. Look in the partner "+
			"portal, write the key that you find there, or the word none, into %s, save, and "+
			"press Reconcile.", cause, keyField)
	case licensing.CodeUnsaved:
		own.Message = fmt.Sprintf("The license was issued, but WHMCS's database could not be "+
			"written (%v). Its key is in %s, if that could be saved, and in the partner portal: "+
			"press Reconcile when the database is back.", e.Err, keyField)
	case licensing.CodeLedger:
		own.Message = errNothingSent(e.Err).Error()
		own.Retryable = e.Retryable || errors.Is(e.Err, ledger.ErrUnsure)
	case licensing.CodeTooYoung:
		own.Message = "The command that requested the license may still be running. " +
			"Try again in two minutes."
	}
	return own
}

// brief returns an API error in the form that goes into parentheses.
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

// apiSentence returns the sentence for the staff about an API error.
func apiSentence(e *jetpack.Error) string {
	format := "Jetpack refused (%s)."
	switch {
	case e.Code == jetpack.CodeUnreachable:
		format = "Jetpack could not be reached, so nothing was done there (%s). Try again."
	case e.Lost():
		format = "Jetpack's answer was lost (%s): the request may have been carried out. " +
			"Run the same command again: it checks first."
	case tokenRefused(e):
		format = "Jetpack refused the API Token (%s). " +
			"Check it in the Module Settings of the product."
	case e.Code == codeRevoked:
		format = "The license of the service was revoked at Jetpack (%s): " +
			"Reconcile records that, then Create issues a new one."
	}
	return fmt.Sprintf(format, brief(e))
}

// tokenRefused reports whether Jetpack refused the token. A site that can't be connected is a 403
// too (docs/contract.md, "Licensing API").
func tokenRefused(e *jetpack.Error) bool {
	if e.Status == 401 || e.Code == "rest_forbidden" {
		return true
	}
	return e.Status == 403 && e.Code != codeInvalidKey && e.Call != "site-connection"
}

// Codes of the API that commands tell apart (docs/contract.md, "Licensing API"; those that no
// document names are the sandbox's).
const (
	codeInvalidKey  = "invalid_license_key"
	codeRevoked     = "license_revoked"
	codeNotAttached = "license_not_attached"
)

// apiCode returns the code of an API error that is a refusal, and "" for any other error.
func apiCode(err error) string {
	var api *jetpack.Error
	if errors.As(err, &api) && !api.Lost() {
		return api.Code
	}
	return ""
}

// sentence makes one line for people out of text: without control characters, with a capital
// letter and a full stop, and short enough for WHMCS's tables.
func sentence(text string) string {
	separator := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Zs, r) }
	text = cut(strings.Join(strings.FieldsFunc(text, separator), " "), 1000)
	if text == "" || text == "success" {
		return text
	}
	if last, _ := utf8.DecodeLastRuneInString(text); !strings.ContainsRune(".!?", last) {
		text += "."
	}
	first, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[n:]
}

// isClaimedElsewhere reports whether err is that another service or addon has the license.
func isClaimedElsewhere(err error) bool { return errors.Is(err, ledger.ErrState) }
