package jetpack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"
)

// object returns the answer as a JSON object, and reports whether it is one. encoding/json checks
// it first because it limits the depth; gjson would recurse a million levels for a megabyte of
// brackets.
func (p reply) object() (gjson.Result, bool) {
	root, ok := p.parse()
	return root, ok && root.IsObject()
}

// parse returns the answer as JSON, and reports whether it is a whole and valid document.
func (p reply) parse() (gjson.Result, bool) {
	if p.readErr != nil || !json.Valid(p.body) || !gjson.ValidBytes(p.body) {
		return gjson.Result{}, false
	}
	return gjson.ParseBytes(p.body), true
}

// check returns the JSON object of a good answer; otherwise it returns the *Error for the answer,
// beside the object if there is one.
//
// Errors come with a 4xx or with 200; the code is in error, error_code or code, the text in
// message, error_message or error_description (plan-provisioning.md, method-not-found.md, OAuth 2
// and the Licensing API differ). If HTTP's status and the Licensing API's data.status disagree, the
// one that is an error counts.
func (p reply) check() (gjson.Result, error) {
	root, ok := p.object()
	if p.status >= 300 && p.status < 400 {
		return root, p.errorf(
			CodeHTTPError, "a redirect to %s, which isn't followed", redirectHost(p.header),
		)
	}
	if !ok {
		return root, p.unreadable()
	}
	code := text(root, "error", "error_code", "code")
	message := errorMessage(root)
	if p.good() {
		succeeded, _ := boolean(root.Get("success"))
		failed := given(root.Get("error")) || given(root.Get("error_code"))
		switch {
		case succeeded && failed:
			return root, p.errorf(
				CodeInvalidAnswer, "the answer says success and an error at once: %s", message,
			)
		case succeeded || !failed && (code == "" || code == "success"):
			return root, nil // some calls of the API answer with the code "success"
		case code == "":
			return root, p.errorf(CodeInvalidAnswer, "the answer's error isn't text")
		}
		if own := root.Get("data.status").Int(); own >= 400 && own < 600 {
			p.status = int(own)
		}
	}
	switch {
	case code != "":
	case p.status >= 500:
		code = CodeServerError
	default:
		code = CodeHTTPError
	}
	return root, p.errorf(code, "%s", message)
}

// checkList is like check, but also accepts a list. PHP writes an empty object as [] and a list
// with gaps as an object, so either can come instead of the other.
func (p reply) checkList() (gjson.Result, error) {
	if root, ok := p.parse(); ok && p.good() && root.IsArray() {
		return root, nil
	}
	return p.check()
}

// good reports whether the HTTP status is 2xx.
func (p reply) good() bool { return p.status >= 200 && p.status < 300 }

// errorMessage returns the text of an error.
func errorMessage(root gjson.Result) string {
	return text(root, "message", "error_message", "error_description")
}

// unreadable returns the error for an answer that isn't a whole JSON object. A 4xx is a refusal
// nevertheless.
func (p reply) unreadable() *Error {
	code := CodeHTTPError
	switch {
	case p.status >= 500:
		code = CodeServerError
	case p.status < 300:
		code = CodeInvalidAnswer
	}
	what := "the answer was cut"
	switch {
	case p.readErr == nil && len(p.body) == 0:
		what = "the answer is empty"
	case p.readErr == nil:
		what = "the answer isn't a JSON object" + contentType(p.header)
	case errors.Is(p.readErr, errTooLarge):
		what = errTooLarge.Error()
	case code == CodeHTTPError:
	case timedOut(p.readErr):
		code, what = CodeTimeout, "the answer didn't end in time"
	case errors.Is(p.readErr, context.Canceled):
		code, what = CodeConnectionLost, "interrupted while the answer came"
	}
	e := p.errorf(code, "%s", what)
	e.Err = p.readErr
	return e
}

// errorf returns an error for the answer.
func (p reply) errorf(code, format string, args ...any) *Error {
	return &Error{
		Call: p.call, Status: p.status, Code: code, Message: fmt.Sprintf(format, args...),
		RequestID: p.requestID, RetryAfter: p.wait, Raw: p.raw(),
	}
}

// raw returns the answer for Error.Raw, without its secrets, or nil if it isn't a JSON object.
func (p reply) raw() []byte {
	if _, ok := p.object(); !ok {
		return nil
	}
	return withoutMembers(p.body, tokenMember, "client_secret", "license_key")
}

// notDone returns the error for a good answer that has success false and no code.
func (p reply) notDone(root gjson.Result, code string) *Error {
	message := errorMessage(root)
	if message == "" {
		message = "the API says that it failed, and not why"
	}
	return p.errorf(code, "%s", message)
}

// requestID returns the ID of an answer, at most 128 characters of it, or "" if it has characters
// that don't belong in a log line.
func requestID(h http.Header) string {
	id := h.Get("X-Jetpack-Request-Id")
	if strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return ""
	}
	return cut(id, 128)
}

// contentType returns what to add to an error about an answer that isn't JSON.
func contentType(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind == "application/json" {
		return ""
	}
	return " but " + cut(kind, 60)
}

// redirectHost returns the host that an answer redirects to. The rest of the URL can hold a secret.
func redirectHost(h http.Header) string {
	to := ""
	if v := h[hiddenLocation]; len(v) > 0 {
		to = v[0]
	}
	u, err := url.Parse(to)
	switch {
	case err != nil || to == "":
		return "no valid URL"
	case u.Host == "":
		return "the same host"
	}
	return u.Host
}
