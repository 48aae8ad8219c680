package cli

import (
	"flag"
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "5m": 5 * time.Minute, "1ns": 1, "90": 90 * time.Second,
		"1.5": 1500 * time.Millisecond, "0": 0, "0s": 0, "-5m": 0, "-5": 0, "": 0, ".": 0,
		"1h30": 0, "1e3": 0, "0x10": 0, "9999999999999": 0, "soon": 0,
	} {
		got, err := parseDuration("--wait", text, false)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("parseDuration(%q) = %v, %v", text, got, err)
		}
		zero := text == "0" || text == "0s"
		if got, err := parseDuration("--wait", text, true); got != want ||
			(err == nil) != (want > 0 || zero) {
			t.Errorf("parseDuration(%q) with 0 = %v, %v", text, got, err)
		}
	}
}

// A flag given more than once has the last value, and one that isn't given its default.
func TestDurationFlag(t *testing.T) {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	f := durationFlag("", "wait", time.Minute, "")
	if err := f.Apply(set); err != nil {
		t.Fatal(err)
	}
	c := cli.NewContext(nil, set, nil)
	if got := c.Duration("wait"); got != time.Minute || c.IsSet("wait") {
		t.Error(got)
	}
	if err := set.Parse([]string{"--wait=5m", "--wait=10"}); err != nil {
		t.Fatal(err)
	}
	if got := c.Duration("wait"); got != 10*time.Second || defaultOf(f) != "1m" {
		t.Error(got, defaultOf(f))
	}
}
