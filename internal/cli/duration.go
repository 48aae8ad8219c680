package cli

import (
	"flag"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// timeFlag is a flag that takes a duration, such as 5m, or a number of seconds.
type timeFlag struct {
	*cli.DurationFlag
	zero bool // 0 is allowed
}

// durationFlag returns a flag that takes a duration longer than 0, with its default.
func durationFlag(category, name string, value time.Duration, usage string) *timeFlag {
	return &timeFlag{&cli.DurationFlag{
		Name: name, Usage: usage, Value: value, Category: category,
	}, false}
}

// zeroDurationFlag returns a flag that takes a duration or 0, with its default.
func zeroDurationFlag(category, name string, value time.Duration, usage string) *timeFlag {
	f := durationFlag(category, name, value, usage)
	f.zero = true
	return f
}

// Apply adds the flag to set.
func (f *timeFlag) Apply(set *flag.FlagSet) error {
	value := &timeValue{f.Value, f}
	for _, name := range f.Names() {
		set.Var(value, name, f.Usage)
	}
	return nil
}

// timeValue is the value of a timeFlag. Its String is that of time.Duration, as urfave/cli expects.
type timeValue struct {
	time.Duration
	of *timeFlag
}

// Set parses text. The error is worded by flagError.
func (v *timeValue) Set(text string) (err error) {
	v.Duration, err = v.of.parse(text)
	return err
}

// parse returns the duration that text is.
func (f *timeFlag) parse(text string) (time.Duration, error) {
	return parseDuration("--"+f.Name, text, f.zero)
}

// parseDuration parses a duration that isn't negative; zero tells whether it may be 0. A number
// without a unit is seconds. name is the flag or variable that text comes from.
func parseDuration(name, text string, zero bool) (time.Duration, error) {
	withUnit := text
	if text != "" && strings.Trim(strings.TrimPrefix(text, "-"), "0123456789.") == "" {
		withUnit += "s"
	}
	d, err := time.ParseDuration(withUnit)
	switch {
	case err != nil:
		return 0, &usageError{
			text: name + " is not a duration: " + quoted(text),
			hint: "give seconds, such as 90, or a duration with units, such as 90s or 5m",
		}
	case d < 0 && zero:
		return 0, &usageError{text: name + " is less than 0: " + quoted(text)}
	case d <= 0 && !zero:
		return 0, &usageError{text: name + " must be longer than 0"}
	}
	return d, nil
}

// timeoutFromEnv returns the timeout in the variable name, or fallback if it isn't set. It is for
// callers that pass no flags.
func timeoutFromEnv(
	getenv func(string) string, name string, fallback time.Duration,
) (time.Duration, error) {
	value := getenv(name)
	if value == "" {
		return fallback, nil
	}
	return parseDuration(name, value, false)
}
