package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/licensing"
	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// problem is an error as it is shown: on standard output as JSON fields, on standard error as text
// and hint.
type problem struct {
	code, message, hint string
	retryable           bool
	requestID           string
	raw                 []byte // the API's own answer, nil where it isn't the API's failure
}

// wpCodes are the codes of WP-CLI's failures.
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
	{wpcli.ErrDatabase, "database_error"},
	{wpcli.ErrSiteNotFound, "site_not_found"},
	{wpcli.ErrManySites, "many_sites"},
	{wpcli.ErrNoAnswer, "wp_no_answer"},
}

// wordless are the codes of answers that don't say what was wrong: their HTTP status is all that
// is known.
var wordless = []string{jetpack.CodeServerError, jetpack.CodeHTTPError, jetpack.CodeInvalidAnswer}

// explain turns an error into what is shown. It is the one place that does.
func explain(ctx context.Context, err error) problem {
	f := problem{code: "failed", message: err.Error()}
	var ours *failure.Error
	var api *jetpack.Error
	var wp *wpcli.Error
	switch {
	case errors.As(err, &ours):
		f.code, f.message, f.hint, f.retryable = ours.Code, ours.Message, ours.Hint, ours.Retryable
		if errors.As(ours.Err, &wp) && f.hint == "" && wpCode(wp) != "wp_failed" {
			f.hint = errorTable[wpCode(wp)].solution // it knows more of the cause than our code's own
		}
		if errors.As(ours.Err, &api) {
			f.requestID = api.RequestID
		}
	case errors.As(err, &api):
		f.code, f.message, f.retryable, f.requestID, f.raw = api.Code, api.Message, api.Retryable(), api.RequestID, api.Raw
		f.hint = hintFor(api)
		if api.Status > 0 && slices.Contains(wordless, api.Code) {
			f.message += fmt.Sprintf(" (HTTP %d)", api.Status)
		}
	case errors.As(err, &wp):
		f.code = wpCode(wp)
		f.retryable = f.code == "wp_timeout" || f.code == "database_error"
	}
	if ctx.Err() != nil && f.code != failure.OutcomeUnknown &&
		f.code != licensing.CodeUnsaved &&
		f.code != codeSecretUnsaved {
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

func wpCode(err *wpcli.Error) string {
	for _, row := range wpCodes {
		if errors.Is(err, row.kind) {
			return row.code
		}
	}
	return "wp_failed"
}

// report prints a result and what went wrong, and gives the exit code. strict makes a failed
// plugin a failure.
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
		f := explain(ctx, err)
		code = exitFailed
		if ctx.Err() != nil {
			code = exitInterrupted
		}
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
	case strict && r.PluginFailed():
		code = exitFailed
		a.fail("the plan is "+r.Outcome+", but a plugin that it calls for failed (--strict)", "")
	}
	if err := a.printJSON(r); err != nil && code == exitOK {
		a.fail("can't write the result: "+err.Error(), "")
		return exitFailed
	}
	return code
}

// failed prints a failure in the form of all results, with what else is known, and gives the exit
// code.
func (a *app) failed(ctx context.Context, err error, known record) int {
	f := explain(ctx, err)
	out := record{
		"success":       false,
		"outcome":       provision.Failed,
		"error_code":    f.code,
		"error_message": f.message,
	}
	if f.retryable {
		out["retryable"] = true
	}
	if f.requestID != "" {
		out["request_id"] = f.requestID
	}
	for name, value := range known {
		out[name] = value
	}
	a.fail(f.text(), f.hint)
	_ = a.printJSON(out)
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return exitFailed
}

// text is the one line of a failure: message, and the code where the message doesn't hold it.
func (f problem) text() string {
	if f.code == "failed" || f.code == f.message || strings.Contains(f.message, f.code) {
		return f.message
	}
	if f.message == "" {
		return f.code
	}
	return f.message + " (" + f.code + ")"
}
