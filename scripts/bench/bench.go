package main

import (
	"fmt"
	"os"
	"slices"
	"time"
)

// The limits. Those of a provision's time are ratios, because times depend on the machine.
const (
	maxToBoot  = 1.25 // of one boot of WordPress
	maxToOld   = 0.3  // of the old sequence
	maxToken   = 100 * time.Millisecond
	maxCancel  = 50 * time.Millisecond
	maxVersion = 15 * time.Millisecond
	maxSize    = 20 << 20 // bytes
	maxPeak    = 30 << 10 // KiB
)

// The sites that are measured, with the most boots of WordPress that a provision may take there.
var sites = []struct {
	name     string
	what     string
	maxBoots int
	state    string // the argument of testdata/wordpress/state.php
}{
	{
		"ready", "boots: site ready", 1,
		`{"blog_id":42,"blog_token":true,"master_user":1,"user_tokens":[1],` +
			`"akismet_key":true,"vaultpress_key":true,"plugins":{` +
			`"jetpack":{"installed":true,"active":true},` +
			`"akismet":{"installed":true,"active":true},` +
			`"vaultpress":{"installed":true,"active":true}}}`,
	},
	{
		"plugins", "boots: Jetpack active, the plan's plugins not", 2,
		`{"blog_id":42,"blog_token":true,"master_user":1,"user_tokens":[1],` +
			`"plugins":{"jetpack":{"installed":true,"active":true}}}`,
	},
	{
		"inactive", "boots: Jetpack inactive too", 3,
		`{"blog_id":42,"blog_token":true,"master_user":1,"user_tokens":[1]}`,
	},
}

// provisionArgs are the arguments of the provision that is measured.
var provisionArgs = []string{"provision", "--allow-root", "--user=admin", "--plan=premium"}

// bench measures everything.
func bench(runs int) ([]row, error) {
	dir, err := os.MkdirTemp("", "jetpack-start-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	l, err := newLab(dir)
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
	fastEnv := []string{"JETPACK_START_API_URL=" + fast}
	slowEnv := []string{"JETPACK_START_API_URL=" + slow}

	medians, err := l.measureTimes(runs, fastEnv, slowEnv)
	if err != nil {
		return nil, err
	}
	rows := timeRows(medians)
	boots, err := l.measureBoots(fastEnv)
	if err != nil {
		return nil, err
	}
	sizes, err := l.measureSizes(fastEnv)
	if err != nil {
		return nil, err
	}
	return slices.Concat(rows, boots, sizes), nil
}

// measureTimes runs each command in the site ready and returns the medians by name.
func (l *lab) measureTimes(runs int, fastEnv, slowEnv []string) (map[string]sample, error) {
	boot := []string{
		l.wp, "--allow-root", "--skip-plugins", "--skip-themes", "option", "get", "siteurl",
	}
	provision := append([]string{l.binary}, provisionArgs...)
	commands := []struct {
		name string
		env  []string
		args []string
	}{
		{"boot", nil, boot},
		{"provision", fastEnv, provision},
		{"old", fastEnv, []string{"sh", l.oldSequence, l.wp}},
		{"slow, cached token", slowEnv, provision},
		{"slow, new token", slowEnv, append(slices.Clone(provision), "--no-token-cache")},
		{"cancel", fastEnv, []string{l.binary, "cancel", "--url=https://example.com"}},
		{"version", nil, []string{l.binary, "--version"}},
	}
	samples := map[string][]sample{}
	// Run the commands in turn, so that other load on the machine affects all of them. The first
	// turn fills caches and isn't counted.
	for turn := range runs + 1 {
		for _, c := range commands {
			s, err := l.run("ready", c.env, c.args[0], c.args[1:]...)
			if err != nil {
				return nil, err
			}
			if turn > 0 {
				samples[c.name] = append(samples[c.name], s)
			}
		}
	}
	medians := map[string]sample{}
	for name, s := range samples {
		medians[name] = median(s)
	}
	return medians, nil
}

// timeRows returns the results of measureTimes.
func timeRows(m map[string]sample) []row {
	ratio := func(a, b time.Duration) float64 { return float64(a) / float64(b) }
	boot, provision, old := m["boot"], m["provision"], m["old"]
	cancel, version := m["cancel"], m["version"]
	toBoot, toOld := ratio(provision.wall, boot.wall), ratio(provision.wall, old.wall)
	token := m["slow, new token"].wall - m["slow, cached token"].wall
	return []row{
		{What: "one boot of WordPress", Measured: boot.String(), Met: true},
		{What: "provision, site ready, token cached", Measured: provision.String(), Met: true},
		{
			"  compared with one boot, wall", fmt.Sprintf("%.2f ×", toBoot),
			fmt.Sprintf("≤ %.2f ×", maxToBoot), toBoot <= maxToBoot,
		},
		{What: "the old script's sequence", Measured: old.String(), Met: true},
		{
			"  provision compared with it, wall", fmt.Sprintf("%.2f ×", toOld),
			fmt.Sprintf("≤ %.2f ×", maxToOld), toOld <= maxToOld,
		},
		{
			What:     "  provision compared with it, CPU",
			Measured: fmt.Sprintf("%.2f ×", ratio(provision.cpu, old.cpu)),
			Met:      true,
		},
		{
			"requesting a token in 200ms: added to a provision", fmt.Sprintf("%+v", round(token)),
			fmt.Sprintf("≤ %v", maxToken), token <= maxToken,
		},
		{
			"cancel --url", fmt.Sprintf("%v wall, %d boots", round(cancel.wall), cancel.boots),
			fmt.Sprintf("≤ %v, no boot", maxCancel),
			cancel.wall <= maxCancel && cancel.boots == 0,
		},
		{
			"--version", round(version.wall).String(),
			fmt.Sprintf("≤ %v", maxVersion), version.wall <= maxVersion,
		},
	}
}

// measureBoots provisions each site once and counts the boots of WordPress.
func (l *lab) measureBoots(env []string) ([]row, error) {
	var rows []row
	for _, site := range sites {
		s, err := l.run(site.name, env, l.binary, provisionArgs...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{
			What:     site.what,
			Measured: fmt.Sprint(s.boots),
			Limit:    fmt.Sprintf("≤ %d", site.maxBoots),
			Met:      s.boots <= site.maxBoots,
		})
	}
	return rows, nil
}

// measureSizes measures the size of the binary and the memory of a provision.
func (l *lab) measureSizes(env []string) ([]row, error) {
	info, err := os.Stat(l.binary)
	if err != nil {
		return nil, err
	}
	kib, err := l.peakMemory("ready", env, provisionArgs...)
	if err != nil {
		return nil, err
	}
	return []row{
		{
			"the binary", fmt.Sprintf("%.1f MiB", float64(info.Size())/(1<<20)),
			"≤ 20 MiB", info.Size() <= maxSize,
		},
		{
			"peak memory of a provision, without wp's",
			fmt.Sprintf("%.1f MiB", float64(kib)/(1<<10)), "≤ 30 MiB", kib <= maxPeak,
		},
	}, nil
}
