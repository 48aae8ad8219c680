package whmcs

import (
	"slices"

	"jetpack-start/jetpack"
)

// choose finds the license of Jetpack's module that belongs to a service or addon. That module wrote down order and
// product ID alone, and took the first license that it found under them. So where several can own a license, those that have been
// created come first, then the order of IDs; the key says which product it is for. ambiguous says that this doesn't tell. A license
// that may be the service's is never taken for none: Create would buy a second one, and Terminate let this one be paid for.
//
// peers are all services and addons of the order with this module, owned those that have lines of ours, and theirs the
// licenses that none of ours names.
func choose(v Service, peers []peer, owned map[Related]bool, theirs []theirLine) (license theirLine, ok, ambiguous bool) {
	isMe := func(p peer) bool { return p.related == v.Related }
	own := slices.IndexFunc(peers, isMe)
	if own < 0 { // WHMCS's tables aren't as they are documented; what was passed counts
		peers, own = append(slices.Clone(peers), peer{related: v.Related}), len(peers)
	}
	me := peers[own]
	me.productIDs, me.product = []int64{v.ProductID}, v.Product
	peers = slices.Clone(peers)
	peers[own] = me

	under := func(p peer) func(theirLine) bool {
		return func(t theirLine) bool { return slices.Contains(p.productIDs, t.productID) }
	}
	lines := keepIf(theirs, under(me))
	rivals := keepIf(peers, func(p peer) bool { return slices.Contains(p.productIDs, v.ProductID) })
	if len(lines) == 0 {
		// The product was changed since: the license stands under an ID that nobody of the order has now.
		lines = keepIf(theirs, func(t theirLine) bool {
			return !slices.ContainsFunc(peers, func(p peer) bool { return under(p)(t) })
		})
		rivals = keepIf(peers, func(p peer) bool { return !slices.ContainsFunc(theirs, under(p)) })
	}
	rivals = keepIf(rivals, func(p peer) bool { return isMe(p) || !owned[p.related] })
	if active := keepIf(rivals, func(p peer) bool { return p.active }); len(active) > 0 {
		rivals = active
	}
	strange := false // a license for a product that none of them has now
	if slices.ContainsFunc(rivals, func(p peer) bool { return p.product != v.Product }) {
		strange = slices.ContainsFunc(lines, func(t theirLine) bool {
			slug, _ := jetpack.ProductOf(t.key)
			return slug != v.Product && !slices.ContainsFunc(rivals, func(p peer) bool { return p.product == slug })
		})
		lines = keepIf(lines, func(t theirLine) bool { slug, _ := jetpack.ProductOf(t.key); return slug == v.Product })
		rivals = keepIf(rivals, func(p peer) bool { return p.product == v.Product })
	}
	place := slices.IndexFunc(rivals, isMe)
	others := keepIf(peers, func(p peer) bool { return !isMe(p) && !owned[p.related] })
	switch {
	case place >= 0 && len(lines) > len(rivals):
		return theirLine{}, false, true
	case place >= 0 && place < len(lines):
		return lines[place], true, false
	case v.Status == "Pending": // it hasn't been created yet
		return theirLine{}, false, false
	}
	return theirLine{}, false, strange || len(lines) > len(rivals) || len(theirs) > len(others)
}

func keepIf[T any](all []T, keep func(T) bool) (some []T) {
	for _, v := range all {
		if keep(v) {
			some = append(some, v)
		}
	}
	return some
}
