package testenv

import (
	"fmt"
	"strings"
	"testing"
)

// recorder is a test that notes how it ends.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Skipf(f string, a ...any)  { r.said = "skip: " + fmt.Sprintf(f, a...) }
func (r *recorder) Fatalf(f string, a ...any) { r.said = "fail: " + fmt.Sprintf(f, a...) }

func TestSkip(t *testing.T) {
	for _, c := range []struct{ ci, skip, want string }{
		{"", "", "skip: SKIPPED [docker]: no dockerd"},
		{"true", "", "fail: can't run [docker]: no dockerd"},
		{"true", "openapi", "fail: "},
		{"true", "openapi, docker", "skip: SKIPPED [docker]: no dockerd (named in "},
		{"true", "dockerd", "fail: "},
	} {
		t.Setenv("CI", c.ci)
		t.Setenv(SkipVariable, c.skip)
		r := &recorder{}
		Skip(r, "docker", "no %s", "dockerd")
		if !strings.HasPrefix(r.said, c.want) {
			t.Errorf("CI=%q %s=%q: %q, want %q", c.ci, SkipVariable, c.skip, r.said, c.want)
		}
	}
}
