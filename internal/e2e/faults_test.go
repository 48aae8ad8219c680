package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"jetpack-start/internal/ledger/ledgertest"
)

// TestIssueUnderFaults issues a thousand licenses with every fault, and then compares the ledger
// with the sandbox.
func TestIssueUnderFaults(t *testing.T) {
	count := func(n int) int {
		if testing.Short() {
			return min(n, 100)
		}
		return n
	}
	t.Run("sqlite", func(t *testing.T) { issueUnderFaults(t, ledgertest.SQLite(t), count(1000)) })
	t.Run("mariadb", func(t *testing.T) { issueUnderFaults(t, ledgertest.MariaDB(t), count(200)) })
}

func issueUnderFaults(t *testing.T, ledger string, calls int) {
	const seed = 20240506
	h := newHarness(t, ledger)
	random := rand.New(rand.NewPCG(seed, uint64(calls)))
	orders := h.newOrders(random, calls)
	start := time.Now()
	h.runCalls(random, orders)
	t.Logf("%d calls for %d orders, and %d of them once more, in %s (seed %d)", calls, len(orders),
		len(h.calls)-calls, time.Since(start).Round(time.Millisecond), seed)

	h.checkCalls(orders)
	open := h.checkLedger(orders)
	start = time.Now()
	h.settleEntries(open)
	t.Logf("%d entries settled in %s", len(open), time.Since(start).Round(time.Millisecond))
	start = time.Now()
	h.issueAgain(orders)
	t.Logf("issued again in %s", time.Since(start).Round(time.Millisecond))
}

// newOrders returns orders and their calls: of ten orders, one has two concurrent calls and one two
// consecutive ones.
func (h *harness) newOrders(random *rand.Rand, calls int) []*faultOrder {
	products := []string{"jetpack-scan", "jetpack-backup-daily", "jetpack-complete", "personal"}
	faults := make([]string, calls)
	for i := range faults {
		faults[i] = faultKinds[i%len(faultKinds)]
	}
	random.Shuffle(calls, func(i, k int) { faults[i], faults[k] = faults[k], faults[i] })
	var orders []*faultOrder
	for len(faults) > 0 {
		n := len(orders)
		o := &faultOrder{
			reference:  fmt.Sprintf("order-%d", n),
			product:    products[n%len(products)],
			concurrent: n%10 == 3,
		}
		size := 1
		if n%10 == 3 || n%10 == 6 {
			size = min(2, len(faults))
		}
		for _, fault := range faults[:size] {
			pause := time.Duration(random.IntN(4000)) * time.Microsecond
			o.calls = append(o.calls, h.newCall(o, fault, pause))
		}
		faults = faults[size:]
		orders = append(orders, o)
	}
	return orders
}

// runCalls runs all calls, and half of the orders once more, as automation would after a failure.
func (h *harness) runCalls(random *rand.Rand, orders []*faultOrder) {
	type job struct {
		order *faultOrder
		kills []float64 // when a call is killed, as a share of the usual time
		again bool
	}
	jobs := make([]job, len(orders))
	for i, o := range orders {
		kills := []float64{1.2 * random.Float64(), 1.2 * random.Float64()}
		jobs[i] = job{o, kills, random.IntN(2) == 0}
	}
	forEach(faultWorkers, jobs, func(j job) {
		var group sync.WaitGroup
		for i, call := range j.order.calls {
			kill := h.killAfter(j.kills[i])
			group.Go(func() { h.issue(call, kill) })
			if !j.order.concurrent {
				group.Wait()
			}
		}
		group.Wait()
		if j.again {
			call := h.newCall(j.order, faultNone, 0)
			j.order.calls = append(j.order.calls, call)
			h.issue(call, 0)
		}
	})
	h.waitIdle()
}

// checkCalls compares the output of each call with what happened.
func (h *harness) checkCalls(orders []*faultOrder) {
	outcomes := map[string]int{}
	for _, o := range orders {
		keys := o.issued()
		if len(keys) > 1 {
			h.t.Errorf("%s has %d licenses: %v", o.reference, len(keys), o.calls)
		}
		for _, call := range o.calls {
			outcomes[call.fault+" "+outcomeOf(call)]++
			if n := call.requests.Load(); n > 1 && call.fault != fault429 || n > 2 {
				h.t.Errorf("repeated its request: %v", call)
			}
			key := call.json("license_key")
			if key != "" && !slices.Contains(keys, key) {
				h.t.Errorf("printed the key of another order: %v", call)
			}
			if call.code == 0 &&
				(key == "" || call.json("success") != "true" || call.stderr != "") {
				h.t.Errorf("exit 0 without a license: %v", call)
			}
		}
		if !o.concurrent {
			h.checkFirst(o.calls[0])
			h.checkLater(o)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(outcomes)) {
		h.t.Logf("%5d %s", outcomes[name], name)
	}
}

// checkFirst checks the outcome of the first call for an order.
func (h *harness) checkFirst(call *faultCall) {
	want := ""
	switch {
	case slices.Contains(faultsLost, call.fault):
		want = "outcome_unknown"
	case slices.Contains(faultsGood, call.fault):
		want = "issued"
	case call.fault == faultRefused:
		want = "rest_invalid_param"
	}
	if want != "" && outcomeOf(call) != want {
		h.t.Errorf("want %s: %v", want, call)
	}
}

// checkLater checks that the later calls for an order send nothing if the first one was lost or
// issued the license.
func (h *harness) checkLater(o *faultOrder) {
	first := o.calls[0].fault
	for _, call := range o.calls[1:] {
		sent := call.requests.Load() > 0
		if slices.Contains(faultsLost, first) &&
			(sent || call.fault == faultNone && call.json("error_code") != "outcome_unknown") {
			h.t.Errorf("after a lost answer: %v", call)
		}
		if slices.Contains(faultsGood, first) && call.fault == faultNone &&
			(sent || call.json("outcome") != "unchanged") {
			h.t.Errorf("after a license that was issued: %v", call)
		}
	}
}

func outcomeOf(call *faultCall) string {
	if call.killed {
		return "killed"
	}
	return cmp.Or(call.json("error_code"), call.json("outcome"), fmt.Sprint("exit ", call.code))
}

// openEntry is an entry that waits for the operator.
type openEntry struct {
	id    string
	order *faultOrder
}

// checkLedger compares the ledger with the sandbox: each license is in the ledger, or reconcile
// lists its order. It returns the open entries.
func (h *harness) checkLedger(orders []*faultOrder) (open []openEntry) {
	h.t.Helper()
	byReference, owner := map[string]*faultOrder{}, map[string]string{}
	for _, o := range orders {
		byReference[o.reference] = o
		for _, key := range o.issued() {
			owner[key] = o.reference
		}
	}
	listed := map[string]bool{}
	openLicenses := 0 // open entries whose license was issued
	for _, e := range h.list(1, "license", "reconcile", "--min-age=0s") {
		o := byReference[e.Get("reference").String()]
		if o == nil || listed[o.reference] || e.Get("product").String() != o.product {
			h.t.Errorf("reconcile lists %s", e)
			continue
		}
		listed[o.reference] = true
		open = append(open, openEntry{e.Get("id").String(), o})
		openLicenses += min(1, len(o.issued()))
	}
	existing := h.sandboxKeys()
	done, states := h.checkEntries(existing, owner, listed)
	for key := range existing {
		if !done[key] && !listed[owner[key]] {
			h.t.Errorf("the license %s for %s isn't recorded: %v", key, owner[key],
				byReference[owner[key]].calls)
		}
	}
	h.t.Logf("%d licenses = %d done + %d of the %d open entries; entries: %v", len(existing),
		len(done), openLicenses, len(open), states)
	if len(existing) != len(done)+openLicenses {
		h.t.Errorf("%d licenses, but %d done and %d open ones that were issued", len(existing),
			len(done), openLicenses)
	}
	if states["intended"]+states["unknown"] != len(open) || states["intended"] == 0 ||
		states["unknown"] == 0 {
		h.t.Errorf("%v, and %d open", states, len(open))
	}
	return open
}

// checkEntries checks that the licenses of the ledger's entries exist and belong to their orders,
// and that no order is both done and open. It returns their keys, and counts the entries by state.
func (h *harness) checkEntries(
	existing map[string]bool, owner map[string]string, open map[string]bool,
) (done map[string]bool, states map[string]int) {
	h.t.Helper()
	done, states = map[string]bool{}, map[string]int{}
	doneFor := map[string]bool{}
	for _, e := range h.list(0, "license", "list", "--limit=0") {
		state := e.Get("state").String()
		states[state]++
		if state != "done" {
			continue
		}
		key, reference := e.Get("license_key").String(), e.Get("reference").String()
		if done[key] || doneFor[reference] || !existing[key] || owner[key] != reference {
			h.t.Errorf("an entry with a license of another order: %s", e)
		}
		done[key], doneFor[reference] = true, true
		if open[reference] {
			h.t.Errorf("%s is done and open", reference)
		}
	}
	return done, states
}

// settleEntries settles every open entry according to what the proxy knows.
func (h *harness) settleEntries(open []openEntry) {
	forEach(faultWorkers, open, func(e openEntry) {
		flag, state := "--void", "void"
		if keys := e.order.issued(); len(keys) > 0 {
			flag, state = "--license-key="+keys[0], "done"
		}
		out, code := h.run("license", "reconcile", e.id, flag, "--min-age=0s", "--by=the test")
		if code != 0 || gjson.Get(out, "state").String() != state {
			h.t.Errorf("reconcile %s %s: exit %d: %s", e.id, flag, code, out)
		}
	})
	if left := h.list(0, "license", "reconcile", "--min-age=0s"); len(left) > 0 {
		h.t.Errorf("still open: %v", left)
	}
}

// issueAgain issues every order once more, and again if that issued its license.
func (h *harness) issueAgain(orders []*faultOrder) {
	forEach(faultWorkers, orders, func(o *faultOrder) {
		before := o.issued()
		for range 2 {
			call := h.newCall(o, faultNone, 0)
			h.issue(call, 0)
			keys, want := o.issued(), "unchanged"
			if len(before) == 0 {
				want = "issued"
			}
			if len(keys) != 1 || call.code != 0 || call.json("license_key") != keys[0] ||
				call.json("outcome") != want {
				h.t.Errorf("want %s: %v, %d licenses", want, call, len(keys))
				return
			}
			if len(before) > 0 {
				return
			}
			before = keys
		}
	})
	h.waitIdle()
	if n := len(h.sandboxKeys()); n != len(orders) {
		h.t.Errorf("%d licenses for %d orders", n, len(orders))
	}
}
