package main

import (
	"fmt"
	"time"
)

// timeRows returns the results of measureTimes.
func timeRows(m map[string]sample) []row {
	result := func(what, name string) row {
		return row{What: what, Measured: m[name].String(), Met: true}
	}
	cancel := m["cancel"]
	rows := []row{
		result("one boot of WordPress", "boot"),
		result("provision, site ready, token cached", "provision"),
		ratio("  compared with one boot", m["provision"].wall, m["boot"].wall, maxToBoot),
		ratio("  compared with one boot, CPU", m["provision"].cpu, m["boot"].cpu, 0),
		result("the old script's sequence", "old"),
		ratio("  provision compared with it", m["provision"].wall, m["old"].wall, maxToOld),
		ratio("  provision compared with it, CPU", m["provision"].cpu, m["old"].cpu, 0),
		result("provision, Jetpack active, the plan's plugins not", "plugins"),
		ratio("  compared with one boot", m["plugins"].wall, m["boot"].wall, maxPlugins),
		result("provision, Jetpack inactive too", "inactive"),
		ratio("  compared with one boot", m["inactive"].wall, m["boot"].wall, maxInactive),
	}
	for _, site := range []struct{ name, what string }{
		{"mu-filter", "a mu-plugin filters siteurl"},
		{"mu-jetpack", "a mu-plugin loads Jetpack"},
	} {
		boot := m[site.name+" boot"]
		rows = append(rows,
			result("provision, site ready, "+site.what, site.name),
			ratio("  compared with one boot there", m[site.name].wall, boot.wall, maxMustUse),
		)
	}
	return append(rows,
		added(fmt.Sprintf("an API %v away", roundTrip), m["far"].wall-m["near"].wall,
			time.Duration(maxRoundTrips*float64(roundTrip))),
		added("requesting a token in 200ms",
			m["slow, new token"].wall-m["slow, cached token"].wall, maxToken),
		row{
			"cancel --url", fmt.Sprintf("%v wall, %d boots", round(cancel.wall), cancel.boots),
			fmt.Sprintf("≤ %v, no boot", maxCancel),
			cancel.wall <= maxCancel && cancel.boots == 0,
		},
		row{
			"--version", round(m["version"].wall).String(),
			fmt.Sprintf("≤ %v", maxVersion), m["version"].wall <= maxVersion,
		},
	)
}

// ratio returns the result of comparing two times; limit 0 means none.
func ratio(what string, a, b time.Duration, limit float64) row {
	times := float64(a) / float64(b)
	r := row{What: what, Measured: fmt.Sprintf("%.2f ×", times), Met: true}
	if limit > 0 {
		r.Limit, r.Met = fmt.Sprintf("≤ %.2f ×", limit), times <= limit
	}
	return r
}

// added returns the result for what adds a time to a provision of a site that is ready.
func added(what string, d, limit time.Duration) row {
	return row{
		what + ": added to a provision", fmt.Sprintf("%+v", round(d)), fmt.Sprintf("≤ %v", limit),
		d <= limit,
	}
}
