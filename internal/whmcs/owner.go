package whmcs

import (
	"slices"

	"jetpack-start/jetpack"
)

// peer is a service or addon of an order.
type peer struct {
	related Related
	module  bool // has this module
	// A license of Jetpack's module stands under the product ID that WHMCS passed. For an addon no
	// document says which that is, its service's or its own.
	productIDs []int64
	product    string // the slug that is set for it now
	status     string // as Active
	taken      bool   // has a license or an open call of ours, or none of Jetpack's by the operator's word
}

// pending is a service that hasn't been created.
const pending = "Pending"

// created says that it has been, and may have been ended since: by hand, so that its license lives
// on.
func (p peer) created() bool { return p.status != pending }

// findOwn finds the license of Jetpack's module that belongs to a service or addon. That module
// wrote down order and product ID alone, so where several can own a license, the product in its
// key counts, then who has been created. What that doesn't tell is ambiguous, and for the
// operator: a guess would revoke what another service of the customer lives on. A license that may
// be the service's is never taken for none: Create would buy a second one, and Terminate let this
// one be paid for.
//
// peers are all services and addons of the order, of other modules too, and unclaimed the licenses
// that none of our lines names.
func findOwn(v Service, peers []peer, unclaimed []jetpackRow) (license jetpackRow, ok, ambiguous bool) {
	isMe := func(p peer) bool { return p.related == v.Related }
	peers = slices.Clone(peers)
	own := slices.IndexFunc(peers, isMe)
	if own < 0 { // WHMCS's tables aren't as they are documented; what was passed counts
		peers, own = append(peers, peer{related: v.Related}), len(peers)
	}
	me := &peers[own]
	me.module, me.taken, me.productIDs, me.product = true, false, []int64{v.ProductID}, v.Product
	if v.Status != "" {
		me.status = v.Status
	}

	var mine []jetpackRow
	alone := true
	owners := map[Related]bool{}
	for _, t := range unclaimed {
		possible := possibleOwners(t, peers)
		for _, p := range possible {
			owners[p.related] = true
		}
		slug, _ := jetpack.ProductOf(t.key)
		if !slices.ContainsFunc(possible, isMe) ||
			!me.created() && (t.productID != v.ProductID || slug != v.Product) {
			continue
		}
		mine, alone = append(mine, t), alone && len(possible) == 1
	}
	switch {
	case len(mine) == 1 && alone:
		return mine[0], true, false
	case len(mine) > 0:
		return jetpackRow{}, false, true
	}
	// More licenses than anybody can own: one may be this service's after all.
	return jetpackRow{}, false, me.created() && len(unclaimed) > len(owners)
}

// possibleOwners gives those who may own a license.
func possibleOwners(t jetpackRow, peers []peer) []peer {
	slug, isKey := jetpack.ProductOf(t.key)
	under := func(p peer) bool { return p.module && slices.Contains(p.productIDs, t.productID) }
	possible := filter(peers, under)
	if len(possible) == 0 {
		// The product was changed since, or what module it has: the ID is nobody's now.
		possible = peers
	}
	possible = filter(possible, func(p peer) bool { return !p.taken })
	for _, better := range []func(peer) bool{
		func(p peer) bool { return p.module },
		func(p peer) bool { return isKey && p.product == slug },
		peer.created,
	} {
		if some := filter(possible, better); len(some) > 0 {
			possible = some
		}
	}
	return possible
}

func filter[T any](all []T, keep func(T) bool) (some []T) {
	for _, v := range all {
		if keep(v) {
			some = append(some, v)
		}
	}
	return some
}
