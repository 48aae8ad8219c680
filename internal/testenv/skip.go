package testenv

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// SkipVariable is the environment variable that lists, separated by commas, what this machine
// can't run: the names that Skip is called with. CI takes a skip for a failure without it.
const SkipVariable = "JETPACK_START_TEST_SKIP"

// Skip skips the test, because the machine lacks what name stands for: docker, openapi, php.
// Every skip that depends on the machine comes here. With CI=true it fails the test instead,
// unless SkipVariable has the name.
func Skip(t testing.TB, name, format string, args ...any) {
	t.Helper()
	reason := fmt.Sprintf(format, args...)
	allowed := Allowed(os.Getenv(SkipVariable), name)
	switch {
	case os.Getenv("CI") == "true" && !allowed:
		t.Fatalf("can't run [%s]: %s (%s=%[1]s lets it be)", name, reason, SkipVariable)
	case allowed:
		t.Skipf("SKIPPED [%s]: %s (named in %s)", name, reason, SkipVariable)
	default:
		t.Skipf("SKIPPED [%s]: %s", name, reason)
	}
}

// SkipNamed skips the test if SkipVariable has the name: for what can be tried, but would fail or
// change the machine.
func SkipNamed(t testing.TB, name string) {
	t.Helper()
	if Allowed(os.Getenv(SkipVariable), name) {
		Skip(t, name, "not tried")
	}
}

// Allowed reports whether a list of names, as SkipVariable has it, holds a name.
func Allowed(list, name string) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(one string) bool {
		return strings.TrimSpace(one) == name
	})
}
