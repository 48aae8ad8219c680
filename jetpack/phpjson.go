package jetpack

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// text gives the first of the members that is a non-empty string; a number counts as an error
// code, except 0.
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

// given says whether a member is there and says something.
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

// boolean reads the forms in which PHP code gives a truth value; ok is false for anything else, a
// missing one too.
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

// wholeNumber reads an integer, which PHP may have written as text; ok is false for anything else.
func wholeNumber(v gjson.Result) (n int64, ok bool) {
	if v.Type != gjson.Number && v.Type != gjson.String {
		return 0, false
	}
	n, err := strconv.ParseInt(words(v), 10, 64)
	return n, err == nil
}

// words is text, or a number as it was written; "" for anything else.
func words(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return v.Str
	case gjson.Number:
		return v.Raw
	}
	return ""
}

// each reads the elements of a list, or the members' values of an object, until one is bad.
// Anything else has none.
func each[T any](list gjson.Result, read func(gjson.Result) (T, bool)) (all []T, good bool) {
	if list.Type != gjson.JSON { // gjson would give the value itself
		return nil, true
	}
	good = true
	list.ForEach(func(_, v gjson.Result) bool {
		var one T
		one, good = read(v)
		all = append(all, one)
		return good
	})
	return all, good
}

// optional reads a string that may be missing or null; ok is false for any other type.
func optional(v gjson.Result) (s string, ok bool) {
	return v.Str, v.Type == gjson.String || v.Type == gjson.Null
}
