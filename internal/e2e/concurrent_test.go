package e2e

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"jetpack-start/internal/ledger/ledgertest"
)

// TestManyIssueAndList runs eight processes at a time on one ledger, in loops: each issues an order
// of its own and one that all share, and lists its own.
func TestManyIssueAndList(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { manyIssueAndList(t, ledgertest.SQLite(t)) })
	t.Run("mariadb", func(t *testing.T) { manyIssueAndList(t, ledgertest.MariaDB(t)) })
}

func manyIssueAndList(t *testing.T, ledger string) {
	const loops = 8
	rounds := 15
	if testing.Short() {
		rounds = 3
	}
	h := newHarness(t, ledger)
	shared := make([]*faultOrder, rounds)
	for i := range shared {
		shared[i] = &faultOrder{reference: fmt.Sprint("shared-", i), product: "jetpack-scan"}
	}
	all := slices.Clone(shared)
	start := time.Now()
	var mu sync.Mutex
	var group sync.WaitGroup
	for loop := range loops {
		group.Go(func() {
			for round := range rounds {
				reference := fmt.Sprintf("own-%d-%d", loop, round)
				own := &faultOrder{reference: reference, product: "jetpack-scan"}
				h.issueBoth(own, shared[round])
				mu.Lock()
				all = append(all, own)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	t.Logf("%d processes, %d at a time, in %s", 3*loops*rounds, loops,
		time.Since(start).Round(time.Millisecond))
	h.waitIdle()
	existing, entries := h.sandboxKeys(), map[string]string{}
	for _, e := range h.list(0, "license", "list") {
		entries[e.Get("reference").String()] = e.Get("license_key").String()
	}
	if len(existing) != len(all) || len(entries) != len(all) {
		t.Errorf("%d orders, %d licenses, %d entries", len(all), len(existing), len(entries))
	}
	for _, o := range all {
		if keys := o.issued(); len(keys) != 1 || entries[o.reference] != keys[0] {
			t.Errorf("%s: issued %v, entry %q", o.reference, keys, entries[o.reference])
		}
	}
}

// issueBoth issues an order of this loop's own and one that all loops share, and lists its own.
func (h *harness) issueBoth(own, shared *faultOrder) {
	call := h.newCall(own, faultNone, 0)
	h.issue(call, 0)
	if call.code != 0 || call.json("outcome") != "issued" {
		h.t.Errorf("%v", call)
	}
	call = h.newCall(shared, faultNone, 0)
	h.issue(call, 0)
	// While the first call waits for its answer, the others are refused and send nothing.
	refused := call.json("error_code") == "outcome_unknown" && call.requests.Load() == 0
	if call.code != 0 && !refused {
		h.t.Errorf("%v", call)
	}
	listed := h.list(0, "license", "list", "--reference="+own.reference)
	if len(listed) != 1 || listed[0].Get("license_key").String() != own.issued()[0] {
		h.t.Errorf("list of %s: %v", own.reference, listed)
	}
}
