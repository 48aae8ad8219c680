package whmcs

import (
	"slices"
	"strings"
	"testing"
)

const (
	scan     = "jetpack-scan"
	complete = "jetpack-complete"
)

// jetpackKey returns a license key as Jetpack's module issues them. letter makes it unique.
func jetpackKey(product, letter string) string { return product + "_" + strings.Repeat(letter, 25) }

// unit returns a service of an order. One that isn't active is pending.
func unit(id, pid int64, product string, active bool) peer {
	status := map[bool]string{true: "Active", false: "Pending"}[active]
	return peer{
		related: relatedTo(id, 0), module: true, productIDs: []int64{pid, pid}, product: product,
		status: status,
	}
}

// licenses returns licenses of Jetpack's module, one for each letter.
func licenses(pid int64, product, letters string) (rows []jetpackRow) {
	for _, letter := range letters {
		key := jetpackKey(product, string(letter))
		rows = append(rows, jetpackRow{orderID: 77, productID: pid, key: key})
	}
	return rows
}

// me returns the service whose license is looked for, and myAddon an addon of service 12.
func me(id, pid int64, product, status string) Service {
	return Service{
		Related: relatedTo(id, 0), ServiceID: id, ProductID: pid, Product: product, Status: status,
	}
}

func myAddon(id, pid int64, product, status string) Service {
	return Service{
		Related: relatedTo(0, id), ServiceID: 12, ProductID: pid, Product: product, Status: status,
	}
}

var (
	addon = peer{
		related: relatedTo(0, 4), module: true, productIDs: []int64{5, 9}, product: complete,
		status: "Active",
	}
	// A service that has another module, or had this one before.
	other   = peer{related: relatedTo(99, 0), productIDs: []int64{70, 70}, status: "Active"}
	two     = []peer{unit(12, 5, scan, true), unit(13, 5, scan, true)}
	mixed   = []peer{unit(12, 5, scan, true), addon}
	changed = []peer{unit(12, 6, complete, true), unit(13, 5, scan, true)}
)

const none, ambiguous = "none", "ambiguous"

var findOwnTests = map[string]struct {
	me        Service
	peers     []peer
	owned     []Related
	unclaimed []jetpackRow
	want      string // the letter of the key
}{
	"nothing there": {
		me: me(12, 5, scan, "Active"), peers: two, want: none,
	},
	"one and one": {
		me: me(12, 5, scan, "Active"), peers: two[:1], unclaimed: licenses(5, scan, "a"),
		want: "a",
	},
	"WHMCS's tables say nothing": {
		me: me(12, 5, scan, "Active"), unclaimed: licenses(5, scan, "a"), want: "a",
	},
	"a key of no known form": {
		me: me(12, 5, scan, "Active"), peers: two[:1],
		unclaimed: []jetpackRow{{orderID: 77, productID: 5, key: "strange"}}, want: "",
	},
	"issued twice": {
		me: me(12, 5, scan, "Active"), peers: two[:1], unclaimed: licenses(5, scan, "ab"),
		want: ambiguous,
	},
	"issued twice, pending": {
		me: me(12, 5, scan, "Pending"), peers: two[:1], unclaimed: licenses(5, scan, "ab"),
		want: ambiguous,
	},
	"the option was changed": {
		me: me(12, 5, complete, "Active"), peers: two[:1], unclaimed: licenses(5, scan, "a"),
		want: "a",
	},
	"the product was changed": {
		me: me(12, 6, complete, "Active"), peers: changed[:1],
		unclaimed: licenses(5, scan, "a"), want: "a",
	},
	"two units, one license: the first": {
		me: me(12, 5, scan, "Active"), peers: two, unclaimed: licenses(5, scan, "a"),
		want: ambiguous,
	},
	"two units, one license: the second": {
		me: me(13, 5, scan, "Active"), peers: two, unclaimed: licenses(5, scan, "a"),
		want: ambiguous,
	},
	"two units, two licenses": {
		me: me(13, 5, scan, "Active"), peers: two, unclaimed: licenses(5, scan, "ab"),
		want: ambiguous,
	},
	"two units, three licenses": {
		me: me(13, 5, scan, "Active"), peers: two, unclaimed: licenses(5, scan, "abc"),
		want: ambiguous,
	},
	"two units, the other has its own": {
		me: me(13, 5, scan, "Active"), peers: two, owned: []Related{"service:12"},
		unclaimed: licenses(5, scan, "b"), want: "b",
	},
	"two units, their option was changed": {
		me:        me(13, 5, complete, "Active"),
		peers:     []peer{unit(12, 5, complete, true), unit(13, 5, complete, true)},
		unclaimed: licenses(5, scan, "ab"), want: ambiguous,
	},
	"pending, a license of another product": {
		me: me(12, 5, scan, "Pending"), peers: two[:1], unclaimed: licenses(9, complete, "x"),
		want: none,
	},
	"pending, the option was changed": {
		me: me(12, 5, scan, "Pending"), peers: two[:1], unclaimed: licenses(5, complete, "x"),
		want: none,
	},
	"pending, Jetpack's module was stuck": {
		me: me(12, 5, scan, "Pending"), peers: []peer{unit(12, 5, scan, false)},
		unclaimed: licenses(5, scan, "a"), want: "a",
	},
	"an ID of nobody's, another service": {
		me: me(12, 5, scan, "Active"), peers: []peer{two[0], other},
		unclaimed: licenses(9, complete, "x"), want: "x",
	},
	"an ID of nobody's, my product": {
		me: me(12, 5, scan, "Active"), peers: []peer{two[0], other},
		unclaimed: licenses(9, scan, "a"), want: "a",
	},
	"hosting in the same order": {
		me: me(12, 5, scan, "Active"), peers: []peer{two[0], other},
		unclaimed: licenses(5, scan, "a"), want: "a",
	},
	"two units, I am pending": {
		me:        me(12, 5, scan, "Pending"),
		peers:     []peer{unit(12, 5, scan, false), unit(13, 5, scan, true)},
		unclaimed: licenses(5, scan, "a"), want: none,
	},
	"two units, the other is pending": {
		me:        me(13, 5, scan, "Active"),
		peers:     []peer{unit(12, 5, scan, false), unit(13, 5, scan, true)},
		unclaimed: licenses(5, scan, "a"), want: "a",
	},
	"two units, I was ended by hand": {
		me:        me(12, 5, scan, "Terminated"),
		peers:     []peer{unit(12, 5, scan, false), unit(13, 5, scan, true)},
		unclaimed: licenses(5, scan, "ab"), want: ambiguous,
	},
	"two units, the other was ended": {
		me:        me(13, 5, scan, "Active"),
		peers:     []peer{unit(12, 5, scan, false), unit(13, 5, scan, true)},
		unclaimed: licenses(5, scan, "ab"), want: ambiguous,
	},
	"two pending units": {
		me:        me(13, 5, scan, "Pending"),
		peers:     []peer{unit(12, 5, scan, false), unit(13, 5, scan, false)},
		unclaimed: licenses(5, scan, "a"), want: ambiguous,
	},
	"one of two was changed: that one": {
		me: me(12, 6, complete, "Active"), peers: changed, unclaimed: licenses(5, scan, "ab"),
		want: ambiguous,
	},
	"one of two was changed: the other": {
		me: me(13, 5, scan, "Active"), peers: changed, unclaimed: licenses(5, scan, "ab"),
		want: ambiguous,
	},
	"one of two was changed, one is told": {
		me: me(13, 5, scan, "Active"), peers: changed, owned: []Related{"service:12"},
		unclaimed: licenses(5, scan, "b"), want: "b",
	},
	"one of two was changed, other told": {
		me: me(12, 6, complete, "Active"), peers: changed, owned: []Related{"service:13"},
		unclaimed: licenses(5, scan, "a"), want: ambiguous,
	},
	"one of two was changed and is new": {
		me: me(12, 6, complete, "Pending"), peers: changed, unclaimed: licenses(5, scan, "a"),
		want: none,
	},
	"service and addon: the service": {
		me: me(12, 5, scan, "Active"), peers: mixed,
		unclaimed: append(licenses(5, complete, "b"), licenses(5, scan, "a")...), want: "a",
	},
	"service and addon: the addon": {
		me: myAddon(4, 5, complete, "Active"), peers: mixed,
		unclaimed: append(licenses(5, complete, "b"), licenses(5, scan, "a")...), want: "b",
	},
	"service and addon, by its own ID": {
		me: myAddon(4, 9, complete, "Active"), peers: mixed,
		unclaimed: append(licenses(9, complete, "b"), licenses(5, scan, "a")...), want: "b",
	},
	"service and addon, only the service": {
		me: myAddon(4, 5, complete, "Active"), peers: mixed, unclaimed: licenses(5, scan, "a"),
		want: none,
	},
	"service and addon, a third product": {
		me: me(12, 5, scan, "Active"), peers: mixed,
		unclaimed: licenses(5, "jetpack-backup", "x"), want: ambiguous,
	},
	"service and addon, the same, addon's": {
		me: myAddon(4, 5, complete, "Active"), peers: mixed,
		unclaimed: licenses(5, "jetpack-backup", "x"), want: ambiguous,
	},
	"a new addon beside what is left over": {
		me: myAddon(4, 9, complete, "Pending"), peers: mixed, owned: []Related{"service:12"},
		unclaimed: licenses(5, scan, "x"), want: none,
	},
}

func TestFindOwn(t *testing.T) {
	for name, c := range findOwnTests {
		peers := slices.Clone(c.peers)
		for i := range peers {
			peers[i].taken = slices.Contains(c.owned, peers[i].related)
		}
		before := append([]peer{}, c.peers...)
		license, ok, unclear := findOwn(c.me, peers, c.unclaimed)
		got := none
		switch {
		case ok && unclear:
			t.Errorf("%s: a license, and ambiguous", name)
		case unclear:
			got = ambiguous
		case ok:
			_, tail, _ := strings.Cut(license.key, "_")
			got = tail[:min(1, len(tail))]
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for i := range before {
			if before[i].productIDs[0] != c.peers[i].productIDs[0] ||
				before[i].product != c.peers[i].product {
				t.Errorf("%s: the arguments were changed", name)
			}
		}
	}
}

// In all combinations of units, licenses and states, no license belongs to two units, and if there
// are more licenses than owners, at least one unit is ambiguous.
func TestFindOwnAssignsEachLicenseOnce(t *testing.T) {
	statuses := []string{"Pending", "Active", "Terminated"}
	for n := 1; n <= 3; n++ {
		for licenses := 1; licenses <= 4; licenses++ {
			for code := range 27 {
				var units []Service
				for i := range n {
					units = append(units, Service{
						Related: relatedTo(int64(12+i), 0), ServiceID: int64(12 + i), ProductID: 5,
						Product: scan, Status: statuses[code/[]int{1, 3, 9}[i]%3],
					})
				}
				checkOwners(t, units, licenses)
			}
		}
	}
}

// checkOwners checks the owners of licenses for the product of all units.
func checkOwners(t *testing.T, units []Service, licenses int) {
	t.Helper()
	var peers []peer
	for _, v := range units {
		peers = append(peers, peer{
			related: v.Related, productIDs: []int64{5, 5}, module: true, product: scan,
			status: v.Status,
		})
	}
	var unclaimed []jetpackRow
	for i := range licenses {
		key := jetpackKey(scan, string(rune('a'+i)))
		unclaimed = append(unclaimed, jetpackRow{productID: 5, key: key})
	}
	owners, unclear, pending := map[string]int{}, 0, 0
	for _, v := range units {
		license, ok, ambiguous := findOwn(v, peers, unclaimed)
		if ok {
			owners[license.key]++
		}
		if ambiguous {
			unclear++
		}
		if v.Status == "Pending" {
			pending++
		}
	}
	for key, n := range owners {
		if n > 1 {
			t.Errorf("%v, %d licenses: %s belongs to %d units", units, licenses, key, n)
		}
	}
	if len(owners) < licenses && unclear == 0 && pending == 0 {
		t.Errorf("%v, %d licenses: %d have owners, and no unit is ambiguous", units, licenses,
			len(owners))
	}
}
