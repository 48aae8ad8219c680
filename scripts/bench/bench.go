package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// The limits. Those of a provision's time are ratios, because times depend on the machine.
const (
	maxToBoot     = 0.55 // of one boot of WordPress, if the site is ready
	maxToOld      = 0.13 // of the old sequence
	maxMustUse    = 1.1  // of one boot, if mu-plugins could change the probe's answer
	maxPlugins    = 1.9  // of one boot, if the plan's plugins aren't active
	maxInactive   = 2.9  // of one boot, if Jetpack isn't active either
	roundTrip     = 100 * time.Millisecond
	maxRoundTrips = 1.3 // added by an API that is roundTrip away
	maxToken      = 100 * time.Millisecond
	maxCancel     = 50 * time.Millisecond
	maxVersion    = 15 * time.Millisecond
	maxSize       = 20 << 20 // bytes
	maxPeak       = 30 << 10 // KiB
)

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
	api, stop, err := l.startAPIs()
	if err != nil {
		return nil, err
	}
	defer stop()
	medians, err := l.measureTimes(runs, api)
	if err != nil {
		return nil, err
	}
	rows := timeRows(medians)
	boots, err := l.measureBoots(api.fast)
	if err != nil {
		return nil, err
	}
	sizes, err := l.measureSizes(api.fast)
	if err != nil {
		return nil, err
	}
	return slices.Concat(rows, boots, sizes), nil
}

// apis are the environments for the APIs.
type apis struct {
	fast, slow []string // plain HTTP; slow answers after 200ms
	near, far  []string // HTTPS; far is roundTrip away
}

// startAPIs starts the APIs.
func (l *lab) startAPIs() (env apis, stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, stop := range stops {
			stop()
		}
	}
	start := func(name string, flags ...string) []string {
		if err != nil {
			return nil
		}
		var base string
		var end func()
		if base, end, err = l.startSandbox(name, flags...); err != nil {
			return nil
		}
		stops = append(stops, end)
		return []string{"JETPACK_START_API_URL=" + base}
	}
	ca := l.dir + "/ca.pem"
	env.fast = start("fast", "--http")
	env.slow = start("slow", "--http", "--latency=200ms")
	near := start("near", "--ca-out="+ca)
	if err != nil {
		stop()
		return env, nil, err
	}
	_, address, _ := strings.Cut(near[0], "://")
	proxy, err := startDelayed(address, roundTrip)
	if err != nil {
		stop()
		return env, nil, err
	}
	stops = append(stops, func() { proxy.Close() })
	// Unlike the URL, the host leaves the Host header alone, which the sandbox checks.
	env.near = []string{"JETPACK_START_API_HOST=" + address, "SSL_CERT_FILE=" + ca}
	env.far = []string{"JETPACK_START_API_HOST=" + proxy.Addr().String(), "SSL_CERT_FILE=" + ca}
	return env, stop, nil
}

// command is a command that is measured in a site.
type command struct {
	name, site string
	env        []string
	args       []string
}

// commands returns the commands to measure.
func (l *lab) commands(api apis) []command {
	boot := []string{
		l.wp, "--allow-root", "--skip-plugins", "--skip-themes", "option", "get", "siteurl",
	}
	provision := append([]string{l.binary}, provisionArgs...)
	newToken := append(slices.Clone(provision), "--no-token-cache")
	return []command{
		{"boot", "ready", nil, boot},
		{"provision", "ready", api.fast, provision},
		{"old", "ready", api.fast, []string{"sh", l.oldSequence, l.wp}},
		{"plugins", "plugins", api.fast, provision},
		{"inactive", "inactive", api.fast, provision},
		{"mu-filter boot", "mu-filter", nil, boot},
		{"mu-filter", "mu-filter", api.fast, provision},
		{"mu-jetpack boot", "mu-jetpack", nil, boot},
		{"mu-jetpack", "mu-jetpack", api.fast, provision},
		{"near", "ready", api.near, provision},
		{"far", "ready", api.far, provision},
		{"slow, cached token", "ready", api.slow, provision},
		{"slow, new token", "ready", api.slow, newToken},
		{"cancel", "ready", api.fast, []string{l.binary, "cancel", "--url=https://example.com"}},
		{"version", "ready", nil, []string{l.binary, "--version"}},
	}
}

// measureTimes runs each command and returns the medians by name.
func (l *lab) measureTimes(runs int, api apis) (map[string]sample, error) {
	commands := l.commands(api)
	samples := map[string][]sample{}
	// Run the commands in turn, so that other load on the machine affects all of them. The first
	// turn fills caches and isn't counted.
	for turn := range runs + 1 {
		for _, c := range commands {
			if err := l.restore(c.site); err != nil {
				return nil, err
			}
			s, err := l.run(c.site, c.env, c.args[0], c.args[1:]...)
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

// measureBoots provisions each site once and counts the boots of WordPress.
func (l *lab) measureBoots(env []string) ([]row, error) {
	var rows []row
	for _, site := range sites {
		if err := l.restore(site.name); err != nil {
			return nil, err
		}
		s, err := l.run(site.name, env, l.binary, provisionArgs...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{
			What:     "boots: " + site.name,
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
