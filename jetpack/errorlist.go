package jetpack

import (
	"context"
	"net/http"
	"net/url"

	"github.com/tidwall/gjson"
)

// ErrorText describes one of the API's error codes, in English. A %s in it is a placeholder for
// the subject of the error.
type ErrorText struct {
	Description     string
	Cause, Solution string // "" if unknown
}

// Errors returns the API's error codes with their causes and solutions (errors.md). It needs no
// token. An answer in the brief form has descriptions only. The call is repeated if no good answer
// comes. Errors are *Error.
func (c *Client) Errors(ctx context.Context) (map[string]ErrorText, error) {
	return do(ctx, c, &call{
		name: "errors", method: http.MethodGet, path: "/rest/v1.3/jpphp/errors",
		query: url.Values{"verbose": {"1"}}, noToken: true,
	}, readErrors)
}

func readErrors(p reply) (map[string]ErrorText, error) {
	root, err := p.check()
	if err != nil {
		return nil, err
	}
	errs := root.Get("errors")
	list := map[string]ErrorText{}
	if errs.IsArray() && len(errs.Array()) == 0 {
		return list, nil // PHP's empty object
	}
	if !errs.IsObject() {
		return nil, p.errorf(CodeInvalidAnswer, "errors isn't an object")
	}
	ok := true
	errs.ForEach(func(code, v gjson.Result) bool {
		var t ErrorText
		t, ok = readErrorText(v)
		list[code.Str] = t
		return ok
	})
	if !ok {
		return nil, p.errorf(
			CodeInvalidAnswer, "an error without a description, or with members of wrong types",
		)
	}
	return list, nil
}

func readErrorText(v gjson.Result) (t ErrorText, ok bool) {
	if v.Type == gjson.String {
		return ErrorText{Description: v.Str}, true
	}
	description := v.Get("description")
	cause, causeOK := optional(v.Get("cause"))
	solution, solutionOK := optional(v.Get("solution"))
	ok = v.IsObject() && description.Type == gjson.String && causeOK && solutionOK
	return ErrorText{description.Str, cause, solution}, ok
}
