package jetpack

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// text returns the first of the members that is a non-empty string. A number other than 0 counts
// if the member is error_code.
func text(root gjson.Result, names ...string) string {
	for _, name := range names {
		switch v := root.Get(name); {
		case v.Type == gjson.String && v.Str != "":
			return v.Str
		case v.Type == gjson.Number && v.Num != 0 && name == "error_code":
			return v.Raw
		}
	}
	return ""
}

// given reports whether a member exists and isn't empty in the sense of PHP.
func given(v gjson.Result) bool {
	switch v.Type {
	case gjson.Null, gjson.False:
		return false
	case gjson.Number:
		return v.Num != 0
	case gjson.String:
		return v.Str != ""
	case gjson.JSON:
		return v.Raw != "[]" && v.Raw != "{}"
	}
	return true
}

// boolean returns a truth value, which PHP code may write as a number or text. It reports false for
// anything else and for a missing member.
func boolean(v gjson.Result) (is, ok bool) {
	switch v.Type {
	case gjson.True:
		return true, true
	case gjson.False:
		return false, true
	}
	switch strings.Trim(v.Raw, `"`) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// wholeNumber returns an integer, which PHP code may write as text. It reports false for anything
// else.
func wholeNumber(v gjson.Result) (n int64, ok bool) {
	n, err := strconv.ParseInt(numberOrString(v), 10, 64)
	return n, err == nil
}

// numberOrString returns a string, or a number as it is written. It returns "" for anything else.
func numberOrString(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return v.Str
	case gjson.Number:
		return v.Raw
	}
	return ""
}

// each reads the elements of a list, or the members of an object, until read reports false. It
// returns nil and true for anything else.
func each[T any](list gjson.Result, read func(gjson.Result) (T, bool)) (all []T, ok bool) {
	if list.Type != gjson.JSON { // ForEach would pass the value itself
		return nil, true
	}
	ok = true
	list.ForEach(func(_, v gjson.Result) bool {
		var element T
		element, ok = read(v)
		all = append(all, element)
		return ok
	})
	return all, ok
}

// optional returns a string that may be missing or null. It reports false for any other type.
func optional(v gjson.Result) (s string, ok bool) {
	return v.Str, v.Type == gjson.String || v.Type == gjson.Null
}
