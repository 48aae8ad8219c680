package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// faultKind says how the name of a fault is to be understood.
type faultKind struct {
	check  func(string) error // of the value; nil: takes none
	bare   bool               // the value may be left out
	before bool               // instead of the effect
	way    way
}

func faultKinds() map[string]faultKind {
	return map[string]faultKind{
		"latency":     {check: wantDuration},
		"429":         {check: wantRetryAfter, bare: true, before: true},
		"status":      {check: wantStatus(300, 599), before: true},
		"html":        {check: wantStatus(200, 599), before: true},
		"html-after":  {check: wantStatus(200, 599)},
		"hang":        {before: true, way: wayHang},
		"hang-after":  {way: wayHang},
		"cut-before":  {before: true, way: wayCut},
		"cut-after":   {way: wayCut},
		"truncate":    {way: wayTruncate},
		"empty":       {},
		"error":       {check: wantCode, before: true},
		"error-code":  {check: wantCode, before: true},
		"oauth-error": {check: wantCode, before: true},
		"body":        {check: wantAnything, before: true},
		"huge":        {before: true},
		"spaces":      {},
	}
}

// findKind knows the named kinds, and 500-before to 599-after.
func findKind(name string) (faultKind, bool) {
	if status, when, ok := strings.Cut(name, "-"); ok && (when == "before" || when == "after") &&
		wantStatus(500, 599)(status) == nil {
		return faultKind{before: when == "before"}, true
	}
	kind, ok := faultKinds()[name]
	return kind, ok
}

func wantAnything(string) error { return nil }

func wantDuration(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d < 0 {
		return fmt.Errorf("want a duration such as 200ms, not %q", v)
	}
	return nil
}

func wantRetryAfter(v string) error {
	if v == "date" || isDigits(v) {
		return nil
	}
	return fmt.Errorf("want seconds or date, not %q", v)
}

func wantStatus(from, to int) func(string) error {
	// 204 and 304 are left out: they can't carry the body that the fault sends.
	return func(v string) error {
		if n, err := strconv.Atoi(v); err != nil || n < from || n > to ||
			n == http.StatusNoContent ||
			n == http.StatusNotModified {
			return fmt.Errorf("want an HTTP status from %d to %d, not %q", from, to, v)
		}
		return nil
	}
}

func wantCode(v string) error {
	if !isErrorCode(v) {
		return fmt.Errorf("want an error code such as invalid_plan, not %q", v)
	}
	return nil
}

// parseFault reads CALL:KIND[=VALUE][*TIMES].
func parseFault(spec string) (fault, error) {
	f := fault{left: -1}
	wrong := func(format string, args ...any) (fault, error) {
		return fault{}, fmt.Errorf("fault %q: %s", spec, fmt.Sprintf(format, args...))
	}
	rest := spec
	// Only digits after the last star count: a body may hold stars of its own.
	if i := strings.LastIndex(rest, "*"); i >= 0 && isDigits(rest[i+1:]) {
		n, err := strconv.Atoi(rest[i+1:])
		if err != nil || n < 1 {
			return wrong("want *TIMES of 1 or more, not %q", rest[i:])
		}
		f.left, rest = n, rest[:i]
	}
	var ok bool
	if f.call, rest, ok = strings.Cut(rest, ":"); !ok {
		return wrong("want CALL:KIND[=VALUE][*TIMES], such as provision:502-after*1")
	}
	if !slices.Contains(faultCalls(), f.call) {
		return wrong("unknown call %q: want one of %s", f.call, strings.Join(faultCalls(), ", "))
	}
	f.spec = rest
	name, value, hasValue := strings.Cut(rest, "=")
	f.kind, f.value = name, value
	kind, ok := findKind(name)
	f.faultKind = kind
	switch {
	case !ok:
		return wrong("unknown kind %q: want one of %s", name, kindNames())
	case kind.check == nil && hasValue:
		return wrong("%s takes no value", name)
	case kind.check != nil && !hasValue && !kind.bare:
		return wrong("%s needs a value: %s=…", name, name)
	case kind.check != nil && hasValue:
		if err := kind.check(value); err != nil {
			return wrong("%s: %s", name, err)
		}
	}
	if name == "latency" {
		f.latency, _ = time.ParseDuration(value) // checked above
	}
	return f, nil
}

func kindNames() string {
	names := slices.Sorted(maps.Keys(faultKinds()))
	return strings.Join(append(names, "5xx-before", "5xx-after"), ", ")
}
