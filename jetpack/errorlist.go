package jetpack

import (
	"context"
	"net/http"
	"net/url"

	"github.com/tidwall/gjson"
)

// ErrorText is what the API says of one of its error codes, in English. A %s in it stands for what
// the error is about.
type ErrorText struct {
	Description     string
	Cause, Solution string // "" when the API doesn't say
}

// Errors asks for the API's error codes, with causes and solutions (errors.md), which needs no
// token. An answer in the brief form gives descriptions only. It is repeated when no good answer
// comes. Errors are *Error.
func (c *Client) Errors(ctx context.Context) (map[string]ErrorText, error) {
	var list map[string]ErrorText
	if e := c.do(ctx, &call{
		name: "errors", method: http.MethodGet, path: "/rest/v1.3/jpphp/errors", query: url.Values{"verbose": {"1"}}, noToken: true,
		read: func(p reply) (e *Error) {
			list, e = readErrors(p)
			return e
		},
	}); e != nil {
		return nil, e
	}
	return list, nil
}

func readErrors(p reply) (map[string]ErrorText, *Error) {
	root, e := p.check()
	if e != nil {
		return nil, e
	}
	errs := root.Get("errors")
	list := map[string]ErrorText{}
	if errs.IsArray() && len(errs.Array()) == 0 {
		return list, nil // PHP's empty object
	}
	if !errs.IsObject() {
		return nil, p.errorf(CodeInvalidAnswer, "errors isn't an object")
	}
	good := true
	errs.ForEach(func(code, v gjson.Result) bool {
		var t ErrorText
		t, good = readErrorText(v)
		list[code.Str] = t
		return good
	})
	if !good {
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
	return ErrorText{
		description.Str,
		cause,
		solution,
	}, v.IsObject() && description.Type == gjson.String && causeOK &&
		solutionOK
}
