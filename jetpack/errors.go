package jetpack

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// Codes of the client's own, in Error.Code, for failures that carry no code of the API.
const (
	CodeUnreachable        = "unreachable"         // no connection was made, nothing was sent
	CodeTimeout            = "timeout"             // sent, and no whole answer came in time
	CodeConnectionLost     = "connection_lost"     // sent, and the connection ended before an answer
	CodeInvalidAnswer      = "invalid_answer"      // not JSON, wrong types, empty, cut, too large, or at odds with itself
	CodeServerError        = "server_error"        // HTTP 5xx without a code
	CodeHTTPError          = "http_error"          // any other HTTP status without a code, redirects too
	CodeTokenMissing       = "token_missing"       // the OAuth answer has no access_token
	CodeProvisionFailed    = "provision_failed"    // HTTP 2xx, success false and no code
	CodeVerifyFailed       = "verify_failed"       // the same, of the call that verifies a token
	CodeFailed             = "failed"              // the same, of any other call
	CodeInvalidRequest     = "invalid_request"     // refused by the client itself, nothing was sent
	CodeCredentialsMissing = "credentials_missing" // no partner ID, partner secret or licensing token, nothing was sent
)

// codeTooMany is the API's code for a rate limit, seen with other statuses than 429 too
// (mobile-magic-link.md).
const codeTooMany = "too_many_requests"

// Error is a call that didn't get a good answer.
//
// Secrets the client knows (the partner's, tokens, passwords of the request) are taken out of all
// of its texts, in case the other side echoes them.
type Error struct {
	// Call is one of "token", "provision", "cancel", "status", "ping", "verify", "upgrade-paths",
	// "ssh-credentials", "ftp-credentials", "magic-link", "errors", "partner-key"; of Licensing
	// "license-issue", "license-show", "license-revoke", "license-attach", "license-detach",
	// "product-families", "partner-product-families" and "site-connection".
	Call       string
	Status     int           // HTTP status, or data.status where only that is an error; 0 when no answer came
	Code       string        // the API's error code (errors.md), or one of the constants above
	Message    string        // the API's text or the client's own; as it came, so escape it before printing
	RequestID  string        // X-Jetpack-Request-Id of the answer: Jetpack's support asks for it
	RetryAfter time.Duration // how long the answer asked to wait; 0 when it didn't
	Raw        []byte        // the answer when it was a JSON object, without tokens, client secrets and license keys; else nil
	// Repeated says that the answer to an earlier try was lost, so that a refusal can mean that the
	// earlier try did it.
	Repeated bool
	Err      error // the cause, when there is one; context.Canceled and DeadlineExceeded are found through it
}

// Error is one short line: call, code, message, HTTP status and request ID. What isn't printable
// is escaped.
func (e *Error) Error() string {
	s := e.Call + ": " + e.Code
	if e.Message != "" {
		s += ": " + cut(e.Message, 300)
	}
	switch {
	case e.Status != 0 && e.RequestID != "":
		s += fmt.Sprintf(" (HTTP %d, request ID %s)", e.Status, e.RequestID)
	case e.Status != 0:
		s += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	return cut(printable(strings.TrimPrefix(s, ": ")), 600)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Retryable says whether the same command may sensibly be run again, unchanged and later: the API
// wasn't reached, it or something before it had a bad moment, or it asked for patience. False for
// a refusal, which would come again.
func (e *Error) Retryable() bool {
	switch e.Code {
	case CodeUnreachable:
		return !badPeer(e.Err)
	case CodeTimeout, CodeConnectionLost, CodeServerError, CodeInvalidAnswer, codeTooMany:
		return true
	}
	return e.Status >= 500 || e.Status == http.StatusTooManyRequests ||
		e.Status == http.StatusRequestTimeout
}

// Lost says whether the call may have had its effect although no good answer came: sent and then
// cut or timed out, any 5xx, or a 2xx that couldn't be read. After a lost Provision look with
// Status before asking again: a plan is billed. Always false for the calls that change nothing
// ("token", and those that ask); a token call made on behalf of Provision keeps its own name, so
// an error of it is never a lost provision.
func (e *Error) Lost() bool {
	switch e.Call {
	case "token", "status", "ping", "verify", "upgrade-paths", "errors",
		"license-show", "product-families", "partner-product-families":
		return false
	}
	return e.unanswered()
}

// unanswered is Lost without regard to what the call does: was it perhaps carried out, without a
// good answer?
func (e *Error) unanswered() bool {
	switch e.Code {
	case CodeTimeout, CodeConnectionLost, CodeServerError, CodeInvalidAnswer:
		return true
	}
	return e.Status >= 500
}

// refused says whether the API turned the request away without looking at it, so that any call may
// be repeated.
func (e *Error) refused() bool {
	return e.Status == http.StatusTooManyRequests || e.Code == codeTooMany && !e.unanswered()
}

// hopeless says whether an unreachable host stays so for the next seconds: no such name, or not
// the host it claims to be.
func (e *Error) hopeless() bool {
	var dns *net.DNSError
	return badPeer(e.Err) || errors.As(e.Err, &dns) && dns.IsNotFound
}

// badPeer says whether something answered that isn't the API: its certificate is wrong or it
// doesn't speak TLS.
func badPeer(err error) bool {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &cert) || errors.As(err, &record) ||
		err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// tokenRefused says whether another token may help. The codes are those of WordPress.com's REST
// API and of OAuth 2.
func (e *Error) tokenRefused() bool {
	if e.Status == http.StatusUnauthorized {
		return true
	}
	if e.Status < 400 || e.Status > 499 {
		return false
	}
	switch e.Code {
	case "invalid_token", "authorization_required", "unauthorized", "invalid_grant":
		return true
	}
	return false
}

// refusal is an error of the client itself, before anything is sent.
func refusal(call, message string, cause error) *Error {
	return &Error{Call: call, Code: CodeInvalidRequest, Message: message, Err: cause}
}

// apiError returns the *Error in err's chain, or nil if there is none.
func apiError(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

// printable writes what a terminal would act on (control characters, newlines, direction marks) as
// escapes.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}
