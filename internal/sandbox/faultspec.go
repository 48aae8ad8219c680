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

// faultKind describes a kind of fault.
type faultKind struct {
	checkValue    func(string) error // nil if the kind has no value
	valueOptional bool
	skipsHandler  bool // the call has no effect
	delivery      delivery
}

var faultKinds = map[string]faultKind{
	"latency":     {checkValue: checkDuration},
	"429":         {checkValue: checkRetryAfter, valueOptional: true, skipsHandler: true},
	"status":      {checkValue: statusChecker(300, 599), skipsHandler: true},
	"html":        {checkValue: statusChecker(200, 599), skipsHandler: true},
	"html-after":  {checkValue: statusChecker(200, 599)},
	"hang":        {skipsHandler: true, delivery: deliverNever},
	"hang-after":  {delivery: deliverNever},
	"cut-before":  {skipsHandler: true, delivery: deliverCut},
	"cut-after":   {delivery: deliverCut},
	"truncate":    {delivery: deliverPartly},
	"empty":       {checkValue: statusChecker(200, 599), valueOptional: true},
	"error":       {checkValue: checkErrorCode, skipsHandler: true},
	"error-code":  {checkValue: checkErrorCode, skipsHandler: true},
	"oauth-error": {checkValue: checkErrorCode, skipsHandler: true},
	"body":        {checkValue: acceptAnything, skipsHandler: true},
	"huge":        {skipsHandler: true},
	"spaces":      {},
}

// findFaultKind returns the kind with the given name: one of faultKinds, 500-before to 599-before,
// or 500-after to 599-after.
func findFaultKind(name string) (faultKind, bool) {
	status, when, _ := strings.Cut(name, "-")
	if (when == "before" || when == "after") && statusChecker(500, 599)(status) == nil {
		return faultKind{skipsHandler: when == "before"}, true
	}
	kind, ok := faultKinds[name]
	return kind, ok
}

func acceptAnything(string) error { return nil }

func checkDuration(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d < 0 {
		return fmt.Errorf("want a duration such as 200ms, not %q", v)
	}
	return nil
}

func checkRetryAfter(v string) error {
	if v == "date" || isDigits(v) {
		return nil
	}
	return fmt.Errorf("want seconds or date, not %q", v)
}

// statusChecker returns a function that accepts the HTTP statuses in a range, except 204 and 304:
// they can't have the body that the fault sends.
func statusChecker(from, to int) func(string) error {
	return func(v string) error {
		n, err := strconv.Atoi(v)
		bodyless := n == http.StatusNoContent || n == http.StatusNotModified
		if err != nil || n < from || n > to || bodyless {
			return fmt.Errorf("want an HTTP status from %d to %d, not %q", from, to, v)
		}
		return nil
	}
}

func checkErrorCode(v string) error {
	if !isErrorCode(v) {
		return fmt.Errorf("want an error code such as invalid_plan, not %q", v)
	}
	return nil
}

// parseFault parses CALL:KIND[=VALUE][*TIMES]. CALL must be one of calls.
func parseFault(spec string, calls []string) (fault, error) {
	f := fault{remaining: -1}
	invalid := func(format string, args ...any) (fault, error) {
		return fault{}, fmt.Errorf("fault %q: %s", spec, fmt.Sprintf(format, args...))
	}
	rest := spec
	// Only digits after the last star are a number of times: a body can contain stars.
	if i := strings.LastIndex(rest, "*"); i >= 0 && isDigits(rest[i+1:]) {
		n, err := strconv.Atoi(rest[i+1:])
		if err != nil || n < 1 {
			return invalid("want *TIMES of 1 or more, not %q", rest[i:])
		}
		f.remaining, rest = n, rest[:i]
	}
	var ok bool
	if f.call, rest, ok = strings.Cut(rest, ":"); !ok {
		return invalid("want CALL:KIND[=VALUE][*TIMES], such as provision:502-after*1")
	}
	if !slices.Contains(calls, f.call) {
		return invalid("unknown call %q: want one of %s", f.call, strings.Join(calls, ", "))
	}
	f.spec = rest
	name, value, hasValue := strings.Cut(rest, "=")
	f.kind, f.value = name, value
	kind, ok := findFaultKind(name)
	f.faultKind = kind
	switch {
	case !ok:
		return invalid("unknown kind %q: want one of %s", name, faultKindNames())
	case kind.checkValue == nil && hasValue:
		return invalid("%s has no value", name)
	case kind.checkValue != nil && !hasValue && !kind.valueOptional:
		return invalid("%s needs a value: %s=…", name, name)
	case kind.checkValue != nil && hasValue:
		if err := kind.checkValue(value); err != nil {
			return invalid("%s: %s", name, err)
		}
	}
	if name == "latency" {
		f.latency, _ = time.ParseDuration(value) // checked above
	}
	return f, nil
}

// faultKindNames returns the names of all kinds, for messages.
func faultKindNames() string {
	names := slices.Sorted(maps.Keys(faultKinds))
	return strings.Join(append(names, "5xx-before", "5xx-after"), ", ")
}
