package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/licensing"
	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// problem is an error as it is reported: as JSON fields on stdout, as a message and a hint on
// stderr.
type problem struct {
	code, message, hint string
	retryable           bool
	requestID           string
	raw                 []byte // the API's answer, nil if the error isn't the API's
}

// wpCodes are the error codes of the errors of package wpcli. Others have the code wp_failed.
var wpCodes = []struct {
	kind error
	code string
}{
	{wpcli.ErrNotFound, "wp_not_found"},
	{wpcli.ErrNotStarted, "wp_not_started"},
	{wpcli.ErrTimeout, "wp_timeout"},
	{wpcli.ErrNoWordPress, provision.CodeNoWordPress},
	{wpcli.ErrNotInstalled, "wordpress_not_installed"},
	{wpcli.ErrRoot, "wp_root"},
	{wpcli.ErrTooOld, "wp_too_old"},
	{wpcli.ErrDatabase, "database_error"},
	{wpcli.ErrSiteNotFound, "site_not_found"},
	{wpcli.ErrManySites, "many_sites"},
	{wpcli.ErrSafeMode, provision.CodeSafeMode},
	{wpcli.ErrNoAnswer, "wp_no_answer"},
}

// withoutReason are the codes of answers that don't say what was wrong, so that their HTTP status
// is added to the message.
var withoutReason = []string{
	jetpack.CodeServerError, jetpack.CodeHTTPError, jetpack.CodeInvalidAnswer,
}

// explain returns err as it is reported. ctx tells whether the command was interrupted.
func explain(ctx context.Context, err error) problem {
	f := problem{code: "failed", message: err.Error()}
	var ours *failure.Error
	var api *jetpack.Error
	var wp *wpcli.Error
	switch {
	case errors.As(err, &ours):
		f.code, f.message, f.hint, f.retryable = ours.Code, ours.Message, ours.Hint, ours.Retryable
		if errors.As(ours.Err, &wp) && f.hint == "" && wpCode(wp) != "wp_failed" {
			f.hint = errorTable[wpCode(wp)].solution // more precise than the one of our code
		}
		if errors.As(ours.Err, &api) {
			f.requestID = api.RequestID
		}
	case errors.As(err, &api):
		f.code, f.message, f.retryable = api.Code, api.Message, api.Retryable()
		f.requestID, f.raw = api.RequestID, api.Raw
		f.hint = hintFor(api)
		if api.Status > 0 && slices.Contains(withoutReason, api.Code) {
			f.message += fmt.Sprintf(" (HTTP %d)", api.Status)
		}
	case errors.As(err, &wp):
		f.code = wpCode(wp)
		f.retryable = f.code == "wp_timeout" || f.code == "database_error"
		const noReason = "Cannot connect over SSH using provided configuration."
		if len(wp.Asked) > 0 {
			f.hint = "use a key that needs no passphrase or an agent, and accept the host's key " +
				"before; on a terminal, jetpack-start asks"
		} else if wp.Message() == noReason {
			f.hint = "wp runs ssh with -q, so ssh may not say why: try ssh itself, or --debug=wp"
		}
	}
	// An interruption must not hide that something was done or may have been.
	effect := []string{failure.OutcomeUnknown, licensing.CodeUnsaved, codeSecretUnsaved}
	if ctx.Err() != nil && !slices.Contains(effect, f.code) {
		f.code, f.message, f.hint, f.retryable = "interrupted", "interrupted", "", true
	}
	if f.hint == "" {
		f.hint = errorTable[f.code].solution
	}
	if f.hint == "" && f.requestID != "" {
		f.hint = "Jetpack's partner team can say more: give them the request ID " + f.requestID
	}
	return f
}

// wpCode returns the error code of an error of package wpcli.
func wpCode(err *wpcli.Error) string {
	for _, row := range wpCodes {
		if errors.Is(err, row.kind) {
			return row.code
		}
	}
	return "wp_failed"
}

// report prints a result and the error, and returns the exit code. With strict, a plugin that
// failed is a failure.
func (a *app) report(ctx context.Context, r *provision.Result, err error, strict bool) int {
	a.progress("")
	code := exitOK
	switch {
	case errors.Is(err, provision.ErrWaitRanOut):
		code = exitWaitRanOut
		f := explain(ctx, err)
		r.ErrorCode, r.ErrorMessage, r.Retryable = f.code, f.message, f.retryable
		a.fail(f.message, f.hint)
	case err != nil:
		code = a.reportError(ctx, r, err)
	case strict && r.PluginFailed():
		code = exitFailed
		a.fail("the plan is "+r.Outcome+", but one of its plugins failed (--strict)", "")
	}
	print := a.printJSON
	if code != exitOK {
		print = a.printFailure
	}
	if err := print(r); err != nil && code == exitOK {
		a.fail("can't write the result: "+err.Error(), "")
		return exitFailed
	}
	return code
}

// reportError prints the error, adds it to the result, and returns the exit code.
func (a *app) reportError(ctx context.Context, r *provision.Result, err error) int {
	f := explain(ctx, err)
	r.ErrorCode, r.ErrorMessage, r.Retryable = f.code, f.message, f.retryable
	if f.requestID != "" {
		r.RequestID = f.requestID
	}
	if !r.Success || f.code == provision.CodeAuthorization {
		r.Success, r.Outcome = false, provision.Failed
	}
	a.fail(f.text(), f.hint)
	if len(r.Done) > 0 {
		a.say("done before that: " + strings.Join(r.Done, ", "))
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return exitFailed
}

// reportFailure prints an error in the form of all results, with the fields of known, and returns
// the exit code.
func (a *app) reportFailure(ctx context.Context, err error, known record) int {
	f := explain(ctx, err)
	out := record{
		"success": false, "outcome": provision.Failed,
		"error_code": f.code, "error_message": f.message,
	}
	out.add("retryable", true, f.retryable)
	out.add("request_id", f.requestID, f.requestID != "")
	maps.Copy(out, known)
	a.fail(f.text(), f.hint)
	_ = a.printFailure(out)
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return exitFailed
}

// text returns the message, with the code unless the message contains it.
func (f problem) text() string {
	if f.code == "failed" || f.code == f.message || strings.Contains(f.message, f.code) {
		return f.message
	}
	if f.message == "" {
		return f.code
	}
	return f.message + " (" + f.code + ")"
}
