package whmcs

import (
	"slices"

	"jetpack-start/jetpack"
)

// choose finds the license of Jetpack's module that belongs to a service or addon. That module wrote down order and
// product ID alone, and took the first license that it found under them. So where several can own a license, those that have been
// created come first, then the order of IDs; the key says which product it is for. ambiguous says that this doesn't tell.
//
// peers are all services and addons of the order with this module, owned those that have lines of ours, and theirs the
// licenses that none of ours names.
func choose(v Service, peers []peer, owned map[Related]bool, theirs []theirLine) (license theirLine, ok, ambiguous bool) {
	own := slices.IndexFunc(peers, func(p peer) bool { return p.related == v.Related })
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
	rivals = keepIf(rivals, func(p peer) bool { return p.related == v.Related || !owned[p.related] })
	if active := keepIf(rivals, func(p peer) bool { return p.active }); len(active) > 0 {
		rivals = active
	}
	if len(rivals) > 1 {
		lines = keepIf(lines, func(t theirLine) bool { slug, _ := jetpack.ProductOf(t.key); return slug == v.Product })
		rivals = keepIf(rivals, func(p peer) bool { return p.product == v.Product })
	}
	place := slices.IndexFunc(rivals, func(p peer) bool { return p.related == v.Related })
	switch {
	case place < 0 || place >= len(lines):
		return theirLine{}, false, false
	case len(lines) > len(rivals):
		return theirLine{}, false, true
	}
	return lines[place], true, false
}

func keepIf[T any](all []T, keep func(T) bool) (some []T) {
	for _, v := range all {
		if keep(v) {
			some = append(some, v)
		}
	}
	return some
}
