package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The bars, as ratios where they are times.
const (
	barReady   = 1.25 // of one boot
	barOld     = 0.3  // of the old sequence
	barCancel  = 50 * time.Millisecond
	barVersion = 15 * time.Millisecond
	barSize    = 20 << 20
	barPeak    = 30 << 10 // KiB
)

// states are the sites that are measured, as testdata/wordpress/state.php takes them.
var states = map[string]string{
	"ready":    `{"blog_id":42,"blog_token":true,"master_user":1,"user_tokens":[1],"akismet_key":true,"vaultpress_key":true,"plugins":{"jetpack":{"installed":true,"active":true},"akismet":{"installed":true,"active":true},"vaultpress":{"installed":true,"active":true}}}`,
	"plugins":  `{"blog_id":42,"blog_token":true,"master_user":1,"user_tokens":[1],"plugins":{"jetpack":{"installed":true,"active":true}}}`,
	"inactive": `{"blog_id":42,"blog_token":true,"master_user":1,"user_tokens":[1]}`,
}

func bench(runs int) ([]row, error) {
	dir, err := os.MkdirTemp("", "jetpack-start-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	l, err := prepare(dir)
	if err != nil {
		return nil, err
	}
	fast, stopFast, err := l.startSandbox("0s")
	if err != nil {
		return nil, err
	}
	defer stopFast()
	slow, stopSlow, err := l.startSandbox("200ms")
	if err != nil {
		return nil, err
	}
	defer stopSlow()
	api := []string{"JETPACK_START_API_URL=" + fast}
	late := []string{"JETPACK_START_API_URL=" + slow}

	boot := append(
		[]string{l.wp}, "--allow-root", "--skip-plugins", "--skip-themes", "option", "get",
		"siteurl",
	)
	provision := []string{l.binary, "provision", "--allow-root", "--user=admin", "--plan=premium"}
	old := []string{"sh", l.old(), l.wp}
	type job struct {
		name string
		env  []string
		args []string
	}
	jobs := []job{
		{"boot", nil, boot},
		{"ready", api, provision},
		{"old", api, old},
		{"late cached", late, provision},
		{"late uncached", late, append(slices.Clone(provision), "--no-token-cache")},
		{"cancel", api, []string{l.binary, "cancel", "--url=https://example.com"}},
		{"version", nil, []string{l.binary, "--version"}},
	}
	got := map[string]sample{}
	all := map[string][]sample{}
	// Turn by turn, so that what else the machine does falls on all alike; the first turn warms up.
	for turn := range runs + 1 {
		for _, j := range jobs {
			s, err := l.run("ready", j.env, j.args[0], j.args[1:]...)
			if err != nil {
				return nil, err
			}
			if turn > 0 {
				all[j.name] = append(all[j.name], s)
			}
		}
	}
	for name, samples := range all {
		got[name] = median(samples)
	}
	rows := times(got)
	for _, state := range []struct {
		site, what string
		limit      int
	}{{"ready", "boots: site ready", 1}, {"plugins", "boots: Jetpack active, the plan's plugins not", 2}, {"inactive", "boots: Jetpack inactive too", 3}} {
		s, err := l.run(state.site, api, provision[0], provision[1:]...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{
			state.what, fmt.Sprint(s.boots), fmt.Sprintf("≤ %d", state.limit),
			s.boots <= state.limit,
		})
	}
	return l.sizes(rows, api, provision[1:])
}

func times(got map[string]sample) []row {
	ratio := func(a, b time.Duration) float64 { return float64(a) / float64(b) }
	boot, ready, old := got["boot"], got["ready"], got["old"]
	hidden := got["late uncached"].wall - got["late cached"].wall
	return []row{
		{
			"one boot of WordPress", fmt.Sprintf("%v wall, %v CPU", ms(boot.wall), ms(boot.cpu)),
			"", true,
		},
		{
			"provision, site ready, token cached",
			fmt.Sprintf("%v wall, %v CPU, %d boot", ms(ready.wall), ms(ready.cpu), ready.boots), "",
			true,
		},
		{
			"  beside one boot, wall", fmt.Sprintf("%.2f ×", ratio(ready.wall, boot.wall)),
			fmt.Sprintf("≤ %.2f ×", barReady), ratio(ready.wall, boot.wall) <= barReady,
		},
		{
			"the old script's sequence",
			fmt.Sprintf("%v wall, %v CPU, %d boots", ms(old.wall), ms(old.cpu), old.boots), "",
			true,
		},
		{
			"  provision beside it, wall", fmt.Sprintf("%.2f ×", ratio(ready.wall, old.wall)),
			fmt.Sprintf("≤ %.2f ×", barOld), ratio(ready.wall, old.wall) <= barOld,
		},
		{"  provision beside it, CPU", fmt.Sprintf("%.2f ×", ratio(ready.cpu, old.cpu)), "", true},
		{
			"an API of 200 ms: token not cached beside cached",
			fmt.Sprintf("%+v of the token's 200ms", ms(hidden)), "hidden (≤ 100ms)",
			hidden <= 100*time.Millisecond,
		},
		{
			"cancel --url",
			fmt.Sprintf("%v wall, %d boots", ms(got["cancel"].wall), got["cancel"].boots),
			fmt.Sprintf("≤ %v, no boot", barCancel),
			got["cancel"].wall <= barCancel && got["cancel"].boots == 0,
		},
		{
			"--version", ms(got["version"].wall).String(), fmt.Sprintf("≤ %v", barVersion),
			got["version"].wall <= barVersion,
		},
	}
}

func ms(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }

func (l *lab) sizes(rows []row, api, args []string) ([]row, error) {
	info, err := os.Stat(l.binary)
	if err != nil {
		return nil, err
	}
	kib, err := l.peak("ready", api, args...)
	if err != nil {
		return nil, err
	}
	return append(
		rows,
		row{
			"the binary", fmt.Sprintf("%.1f MiB", float64(info.Size())/(1<<20)), "≤ 20 MiB",
			info.Size() <= barSize,
		},
		row{
			"peak memory of a provision, without wp's",
			fmt.Sprintf("%.1f MiB", float64(kib)/(1<<10)), "≤ 30 MiB", kib <= barPeak,
		},
	), nil
}

// prepare builds the binary and makes the sites.
func prepare(dir string) (*lab, error) {
	binary, err := filepath.Abs("jetpack-start")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("build it first, with make: %w", err)
	}
	wordpress, err := filepath.Abs("scripts/wordpress")
	if err != nil {
		return nil, err
	}
	out, err := exec.Command(wordpress, "wp").Output()
	if err != nil {
		return nil, fmt.Errorf("scripts/wordpress wp: %w", err)
	}
	l := &lab{
		dir:     dir,
		binary:  binary,
		wp:      strings.TrimSpace(string(out)),
		bootlog: filepath.Join(dir, "boots"),
	}
	l.env = append(
		os.Environ(), "JETPACK_PARTNER_ID=bench", "JETPACK_PARTNER_SECRET=secret",
		"JETPACK_START_WP_CLI="+l.wp, "XDG_CACHE_HOME="+filepath.Join(dir, "cache"),
		"XDG_DATA_HOME="+filepath.Join(dir, "data"), "JETPACK_START_TEST_BOOTLOG="+l.bootlog,
	)
	state, err := filepath.Abs("testdata/wordpress/state.php")
	if err != nil {
		return nil, err
	}
	for name, json := range states {
		for _, call := range [][]string{
			{wordpress, "up", l.site(name), "--url=https://example.com"},
			{l.wp, "--allow-root", "--path=" + l.site(name), "eval-file", state, json},
		} {
			if out, err := exec.Command(call[0], call[1:]...).CombinedOutput(); err != nil {
				return nil, fmt.Errorf("%s: %w: %s", strings.Join(call[:2], " "), err, out)
			}
		}
	}
	return l, nil
}

func (l *lab) old() string {
	path, _ := filepath.Abs("scripts/bench/old-sequence.sh")
	return path
}
