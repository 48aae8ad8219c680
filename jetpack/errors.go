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

// Codes in Error.Code for failures that have no code of the API.
const (
	// Nothing was sent.
	CodeUnreachable        = "unreachable"         // no connection
	CodeInvalidRequest     = "invalid_request"     // rejected by this package
	CodeCredentialsMissing = "credentials_missing" // no partner ID, secret or licensing token

	// The request was sent, and no good answer came.
	CodeTimeout        = "timeout"         // no whole answer in time
	CodeConnectionLost = "connection_lost" // the connection ended before an answer
	CodeInvalidAnswer  = "invalid_answer"  // not JSON, wrong types, empty, cut, too large, ...
	CodeServerError    = "server_error"    // HTTP 5xx without a code

	// The answer is an error without a code.
	CodeHTTPError       = "http_error"       // an HTTP status below 500, or a redirect
	CodeTokenMissing    = "token_missing"    // the OAuth answer has no access_token
	CodeProvisionFailed = "provision_failed" // Provision: HTTP 2xx, success false
	CodeVerifyFailed    = "verify_failed"    // Verify: HTTP 2xx, success false
	CodeFailed          = "failed"           // other calls: HTTP 2xx, success false
)

// codeTooMany is the API's code for a rate limit. It comes with other statuses than 429 too
// (mobile-magic-link.md).
const codeTooMany = "too_many_requests"

// Error is the error of a call that got no good answer. Its texts never hold the secrets that the
// client knows (partner secret, tokens, passwords of the request), even if the server echoes them.
type Error struct {
	// Call is the name of the call: of a Client "token", "provision", "cancel", "status",
	// "site-info", "ping", "verify", "upgrade-paths", "ssh-credentials", "ftp-credentials",
	// "magic-link", "errors" or "partner-key"; of a Licensing "license-issue", "license-show",
	// "license-revoke", "license-attach", "license-detach", "product-families",
	// "partner-product-families" or "site-connection".
	Call string
	// Status is the HTTP status, or data.status if only that is an error; 0 if no answer came.
	Status int
	// Code is the API's error code (errors.md) or one of the constants above.
	Code string
	// Message is the API's text, unchanged, or this package's. Escape it before printing.
	Message    string
	RequestID  string        // X-Jetpack-Request-Id of the answer, for Jetpack's support
	RetryAfter time.Duration // how long the answer asks to wait; 0 if it doesn't
	// Raw is the answer if it was a JSON object, without tokens, client secrets and license keys;
	// otherwise nil.
	Raw []byte
	// Repeated is true if the answer to an earlier try was lost. Then a refusal may mean that the
	// earlier try had its effect.
	Repeated bool
	Err      error // the cause, or nil; it wraps context.Canceled and context.DeadlineExceeded
}

// Error returns one line of at most 600 characters: call, code, message, HTTP status and request
// ID. Characters that can't be printed are escaped.
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

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Retryable reports whether the same call may succeed later: the API wasn't reached, it or a proxy
// failed, or it asked to wait. It reports false for a refusal, which would come again.
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

// Lost reports whether the call may have had its effect although no good answer came: it was sent,
// but the connection was cut or timed out, the status was 5xx, or a 2xx couldn't be read. After a
// lost Provision, look with Status before asking again, because a plan is billed.
//
// For the calls that cost money, "provision", "license-issue" and "partner-key", any answer below
// 500 that isn't the API's own error counts too: a redirect, a page, an empty or cut answer. Such
// an answer is a proxy's, and doesn't tell what the API did (docs/contract.md, "Errors").
//
// Lost reports false for calls that change nothing. The error of a token request that Provision
// makes has Call "token", so it is never a lost provision.
func (e *Error) Lost() bool {
	switch e.Call {
	case "token", "status", "site-info", "ping", "verify", "upgrade-paths", "errors",
		"license-show", "product-families", "partner-product-families":
		return false
	case "provision", "license-issue", "partner-key":
		if !e.ofAPI() {
			return true
		}
	}
	return e.unanswered()
}

// ofAPI reports whether the error has a code of the API or of this package. The API writes codes in
// lower case and without spaces; proxies and frameworks write the name of the status ("Forbidden")
// or a number where the API has its code.
func (e *Error) ofAPI() bool {
	if e.Code == CodeHTTPError || e.Code == "" || e.Code[0] < 'a' || e.Code[0] > 'z' {
		return false
	}
	return strings.Trim(e.Code, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == ""
}

// unanswered reports what Lost reports, but for all calls.
func (e *Error) unanswered() bool {
	switch e.Code {
	case CodeTimeout, CodeConnectionLost, CodeServerError, CodeInvalidAnswer:
		return true
	}
	return e.Status >= 500
}

// refused reports whether the API turned the request away without looking at it. Then any call may
// be repeated.
func (e *Error) refused() bool {
	return !e.Lost() &&
		(e.Status == http.StatusTooManyRequests || e.Code == codeTooMany && !e.unanswered())
}

// hopeless reports whether retrying can't help: unknown name, or a certificate that doesn't match.
func (e *Error) hopeless() bool {
	var dns *net.DNSError
	return badPeer(e.Err) || errors.As(e.Err, &dns) && dns.IsNotFound
}

// badPeer reports whether the server isn't the API: its certificate is wrong or it doesn't speak
// TLS.
func badPeer(err error) bool {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &cert) || errors.As(err, &record) ||
		err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// tokenRefused reports whether another token may help. The codes are those of WordPress.com's REST
// API and of OAuth 2.
func (e *Error) tokenRefused() bool {
	if e.Lost() {
		return false
	}
	if e.Status == http.StatusUnauthorized {
		return true
	}
	if e.Status < 400 || e.Status > 499 {
		return false
	}
	switch e.Code {
	case "invalid_token", "authorization_required", "unauthorized", "invalid_grant",
		"invalid_scope":
		return true
	}
	return false
}

// refusal returns the error for a request that this package rejects before anything is sent.
func refusal(call, message string, cause error) *Error {
	return &Error{Call: call, Code: CodeInvalidRequest, Message: message, Err: cause}
}

// apiError returns the *Error in err's chain, or nil if there is none.
func apiError(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

// printable returns s with escapes for the characters that a terminal would interpret: control
// characters, newlines, direction marks.
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

// cut returns the first n characters of s, and "…" if there are more.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}
