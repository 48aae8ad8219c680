package cli

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// checkFlags returns arranged arguments without unknown flags and those with invalid values, and
// adds a mistake for each, because urfave/cli's parser stops at the first.
func (a *app) checkFlags(arranged []string, command *cli.Command) []string {
	kept := []string{}
	for i, arg := range arranged {
		if arg == "--" {
			return append(kept, arranged[i:]...)
		}
		if mistake := checkFlag(arg, command); mistake != nil {
			a.mistakes = append(a.mistakes, mistake)
			continue
		}
		kept = append(kept, arg)
	}
	return kept
}

// checkFlag returns what is wrong with one argument that is a flag of the command, or nil.
func checkFlag(arg string, command *cli.Command) error {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	known := lookupFlag(command.Flags, name)
	if known == nil {
		return unknownFlag(name, command)
	}
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	if err := known.Apply(set); err != nil {
		return err
	}
	if err := set.Parse([]string{arg}); err != nil {
		return flagError(err, command)
	}
	return nil
}

// usageMistakes returns the usage errors that err consists of: those about credentials last,
// because they are often the consequence of another.
func usageMistakes(err error) []*usageError {
	found := []*usageError{}
	var collect func(error)
	collect = func(err error) {
		var usage *usageError
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, err := range joined.Unwrap() {
				collect(err)
			}
		} else if errors.As(err, &usage) {
			found = append(found, usage)
		} else {
			found = append(found, &usageError{text: err.Error()})
		}
	}
	collect(err)
	slices.SortStableFunc(found, func(x, y *usageError) int {
		switch {
		case x.credentials == y.credentials:
			return 0
		case y.credentials:
			return -1
		}
		return 1
	})
	return slices.CompactFunc(found, func(x, y *usageError) bool { return *x == *y })
}

// reportMistakes prints the usage errors that err consists of. see is the hint for those without
// one of their own; it's printed once.
func (a *app) reportMistakes(err error, see string) {
	mistakes := usageMistakes(err)
	last := -1 // the last mistake without a hint
	for i, m := range mistakes {
		if m.hint == "" {
			last = i
		}
	}
	for i, m := range mistakes {
		hint := m.hint
		if i == last {
			hint = see
		}
		a.fail(m.text, hint)
	}
}

// checked returns the Action of a command whose flags values reads. It is called even if there
// are mistakes already, so that all are reported together; run is called if there are none.
func checked[O any](
	a *app, values func(*cli.Context) (O, error), run func(*cli.Context, O) (int, error),
	names ...string,
) cli.ActionFunc {
	return func(c *cli.Context) error {
		err := errors.Join(slices.Concat(a.mistakes,
			[]error{checkArguments(c.Args(), names), checkChoices(c, a.getenv)})...)
		o, valuesErr := values(c)
		if errors.Is(valuesErr, errInterrupted) {
			return valuesErr
		}
		if err = errors.Join(err, valuesErr); err != nil {
			return err
		}
		return a.run(c, func() (int, error) { return run(c, o) })
	}
}
