package whmcs

import (
	"errors"
	"testing"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/licensing"
)

// WHMCS takes the result "success" for a success, wherever it comes from, and would mail the
// customer.
func TestFailureIsNeverCalledSuccess(t *testing.T) {
	for _, err := range []error{
		errors.New("success"),
		errors.New(" \x00success\n"),
		refuse("x", "success"),
		&failure.Error{Code: licensing.CodeMismatch, Message: "success"},
	} {
		j := &job{ctx: t.Context()}
		j.fillFailure(err)
		if j.reply.Success || j.reply.Outcome != Failed || j.reply.Result == "success" ||
			j.reply.Result == "" {
			t.Errorf("%q: %+v", err, j.reply)
		}
	}
}
