package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// siteStates holds what a site in each state starts with. How the state changes provision calls is
// in configuredResult.
var siteStates = map[string]site{
	"new":                  {},
	"connected":            {Known: true, Registered: true, Connected: true},
	"unresolved":           {},
	"no-jetpack":           {},
	"token-mismatch":       {Known: true, Registered: true},
	"inaccessible":         {},
	"registration-failed":  {},
	"no-product-class":     {},
	"no-user-token":        {},
	"foreign-plan":         {Known: true, Registered: true, Connected: true},
	"previously-connected": {Known: true, Registered: true},
}

// foreignPlan is the plan that a site in the state foreign-plan has without a partner.
const foreignPlan = "premium"

// siteSpec is a parsed URL=STATE[,plan=SLUG…].
type siteSpec struct {
	site  site
	plans []string
}

// parseSite parses URL=STATE[,plan=SLUG…]. If the first word is a plan, the site is connected.
func parseSite(spec string) (siteSpec, error) {
	var out siteSpec
	invalid := func(format string, args ...any) (siteSpec, error) {
		return siteSpec{}, fmt.Errorf("site %q: %s", spec, fmt.Sprintf(format, args...))
	}
	address, words, ok := strings.Cut(spec, "=")
	key := siteKey(address)
	if !ok || key == "" {
		return invalid("want URL=STATE[,plan=SLUG…]")
	}
	state := ""
	for word := range strings.SplitSeq(words, ",") {
		if slug, isPlan := strings.CutPrefix(word, "plan="); isPlan {
			if !isProduct(slug) {
				want := strings.Join(productSlugs(), ", ")
				return invalid("unknown plan %q: want one of %s", slug, want)
			}
			out.plans = append(out.plans, slug)
			continue
		}
		name, id, hasID := strings.Cut(word, ":")
		start, known := siteStates[name]
		if !known {
			want := strings.Join(slices.Sorted(maps.Keys(siteStates)), ", ")
			return invalid("unknown state %q: want one of %s, or plan=SLUG", name, want)
		}
		if state != "" {
			return invalid("%s and %s exclude each other", state, name)
		}
		state, out.site = name, start
		if hasID {
			blogID, err := strconv.ParseInt(id, 10, 64)
			takesID := name == "connected" || name == "token-mismatch"
			if !takesID || err != nil || blogID < 1 {
				return invalid("want connected:BLOGID or token-mismatch:BLOGID, not %q", word)
			}
			out.site.BlogID = blogID
		}
	}
	if state == "" {
		state, out.site = "connected", siteStates["connected"]
	}
	out.site.Key, out.site.State = key, state
	return out, nil
}
