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

// object gives the answer as a JSON object. encoding/json checks first because it bounds the
// depth: gjson would recurse a million levels for a megabyte of brackets.
func (p reply) object() (gjson.Result, bool) {
	if p.readErr != nil || !json.Valid(p.body) || !gjson.ValidBytes(p.body) {
		return gjson.Result{}, false
	}
	root := gjson.ParseBytes(p.body)
	return root, root.IsObject()
}

// check gives the JSON object of a good answer, or the error that the answer is. Errors come with
// a 4xx or with 200, their code in error, error_code or code, their text in message, error_message
// or error_description (plan-provisioning.md, method-not-found.md, OAuth 2 and the Licensing API
// differ). Where the Licensing API's data.status and HTTP's disagree, the one that is an error
// counts.
func (p reply) check() (gjson.Result, *Error) {
	root, ok := p.object()
	if p.status >= 300 && p.status < 400 {
		return root, p.errorf(
			CodeHTTPError, "a redirect to %s, which isn't followed", redirectHost(p.header),
		)
	}
	good := p.status >= 200 && p.status < 300
	if !ok {
		return root, p.unreadable()
	}
	code, message := text(
		root, "error", "error_code", "code",
	), text(
		root,
		"message",
		"error_message",
		"error_description",
	)
	if good {
		succeeded, _ := boolean(root.Get("success"))
		hard := given(root.Get("error")) || given(root.Get("error_code"))
		switch {
		case succeeded && hard:
			return root, p.errorf(
				CodeInvalidAnswer, "the answer says success and an error at once: %s", message,
			)
		case succeeded || !hard && (code == "" || code == "success"):
			return root, nil // code: "success" is how other calls of the API greet
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

// checkList is check for an answer that may be a list as well. PHP writes an empty object as []
// and a list with gaps as an object, so either may stand for the other.
func (p reply) checkList() (gjson.Result, *Error) {
	if p.status >= 200 && p.status < 300 && p.readErr == nil && json.Valid(p.body) &&
		gjson.ValidBytes(p.body) {
		if root := gjson.ParseBytes(p.body); root.IsArray() {
			return root, nil
		}
	}
	return p.check()
}

// unreadable is the error for an answer that isn't a whole JSON object. A 4xx is a refusal all the
// same.
func (p reply) unreadable() *Error {
	what := "the answer isn't a JSON object" + contentType(p.header)
	if len(p.body) == 0 {
		what = "the answer is empty"
	}
	code := CodeHTTPError
	switch {
	case p.status >= 500:
		code = CodeServerError
	case p.status < 300:
		code = CodeInvalidAnswer
	}
	var timed interface{ Timeout() bool }
	switch {
	case p.readErr == nil:
	case errors.Is(p.readErr, errTooLarge):
		what = errTooLarge.Error()
	case code == CodeHTTPError:
		what = "the answer was cut"
	case errors.As(p.readErr, &timed) && timed.Timeout():
		code, what = CodeTimeout, "the answer didn't end in time"
	case errors.Is(p.readErr, context.Canceled):
		code, what = CodeConnectionLost, "interrupted while the answer came"
	default:
		what = "the answer was cut"
	}
	e := p.errorf(code, "%s", what)
	e.Err = p.readErr
	return e
}

// errorf makes an error of this answer.
func (p reply) errorf(code, format string, args ...any) *Error {
	return &Error{
		Call: p.call, Status: p.status, Code: code, Message: fmt.Sprintf(format, args...),
		RequestID: p.requestID, RetryAfter: p.wait, Raw: p.raw(),
	}
}

// raw is the answer for Error.Raw, without what could be used by whoever reads it.
func (p reply) raw() []byte {
	if _, ok := p.object(); !ok {
		return nil
	}
	return withoutMembers(p.body, tokenMember, "client_secret", "license_key")
}

// notDone is the error for a good answer that says success false without a code.
func (p reply) notDone(root gjson.Result, code string) *Error {
	message := text(root, "message", "error_message", "error_description")
	if message == "" {
		message = "the API says that it failed, and not why"
	}
	return p.errorf(code, "%s", message)
}

// requestID is the answer's ID; only what a log line can carry is taken.
func requestID(h http.Header) string {
	id := h.Get("X-Jetpack-Request-Id")
	if strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return ""
	}
	return cut(id, 128)
}

func contentType(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind == "application/json" {
		return ""
	}
	return " but " + cut(kind, 60)
}

// redirectHost names where an answer points, without the rest of the URL, which can hold a secret.
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
