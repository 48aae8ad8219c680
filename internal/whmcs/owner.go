package whmcs

import (
	"slices"

	"jetpack-start/jetpack"
)

// peer is a service or addon of an order.
type peer struct {
	related Related
	module  bool // is provisioned by this module
	// Jetpack's module recorded the product ID that WHMCS passed. For an addon it isn't documented
	// whether that is the addon's or its service's.
	productIDs []int64
	product    string // the slug that is configured now
	status     string // such as "Active"
	taken      bool   // has a license or an open call of ours, or is declared to have none
}

// pending is the status of a service that wasn't created yet.
const pending = "Pending"

// created reports whether the service was created. It may have been ended since, by hand, so that
// its license is still there.
func (p peer) created() bool { return p.status != pending }

// findOwn returns the license of Jetpack's module that belongs to a service or addon. ok reports
// whether there is one, and ambiguous whether there may be one, which only the operator can know.
//
// Jetpack's module recorded only the order and the product ID. If several peers can own a license
// by these, those with the product in its key come first, then those that were created. findOwn
// doesn't guess: a wrong license would revoke what another service of the customer needs, and a
// license that is missed would be bought again by Create and stay billed after Terminate.
//
// peers are all services and addons of the order, of other modules too. unclaimed are the licenses
// that none of our entries names.
func findOwn(
	v Service, peers []peer, unclaimed []jetpackRow,
) (license jetpackRow, ok, ambiguous bool) {
	isMe := func(p peer) bool { return p.related == v.Related }
	peers = slices.Clone(peers)
	own := slices.IndexFunc(peers, isMe)
	if own < 0 { // WHMCS's tables aren't as documented; the parameters count
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
	// With more licenses than possible owners, one may be this service's after all.
	return jetpackRow{}, false, me.created() && len(unclaimed) > len(owners)
}

// possibleOwners returns the peers that may own a license.
func possibleOwners(t jetpackRow, peers []peer) []peer {
	slug, isKey := jetpack.ProductOf(t.key)
	hasID := func(p peer) bool { return p.module && slices.Contains(p.productIDs, t.productID) }
	possible := filter(peers, hasID)
	if len(possible) == 0 {
		// The product or its module was changed since: no peer has the ID any more.
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

// filter returns the elements for which keep is true.
func filter[T any](all []T, keep func(T) bool) (some []T) {
	for _, v := range all {
		if keep(v) {
			some = append(some, v)
		}
	}
	return some
}
