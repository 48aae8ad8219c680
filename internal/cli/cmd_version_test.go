package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestVersionText(t *testing.T) {
	end := "\ngo: " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n"
	for _, c := range []struct {
		settings []debug.BuildSetting
		want     string
	}{
		{nil, "\ncommit: unknown\ndate: unknown"},
		{
			[]debug.BuildSetting{
				{Key: "vcs.revision", Value: "0123abc"},
				{Key: "vcs.modified", Value: "false"},
				{Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
			},
			"\ncommit: 0123abc\ndate: 2026-01-02T03:04:05Z",
		},
		{
			[]debug.BuildSetting{
				{Key: "vcs.revision", Value: "0123abc"}, {Key: "vcs.modified", Value: "true"},
			},
			"\ncommit: 0123abc, with changes\ndate: unknown",
		},
	} {
		want := "jetpack-start version " + Version + c.want + end
		if got := versionText(&debug.BuildInfo{Settings: c.settings}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
