package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"jetpack-start/internal/ledger/ledgertest"
	"jetpack-start/internal/whmcs/whmcstest"
	"jetpack-start/jetpack"
)

// faultStatements are the statements at which the database fails: the connection ends before the
// server gets the statement, or before its answer arrives.
var faultStatements = []string{
	"GET_LOCK", "UNION ALL", "INSERT INTO jetpack_start_licenses", "UPDATE jetpack_start_licenses",
	"INSERT INTO jetpack_product_licenses", "UPDATE jetpack_product_licenses",
}

// whmcsFaults returns the faults, which are used equally often: those of the API, kills of PHP
// alone and of PHP with the program that it started, and those of the database.
func whmcsFaults() (all []string) {
	for _, kind := range faultKinds {
		if kind == faultNone {
			continue
		}
		all = append(all, kind)
		if strings.HasPrefix(kind, "kill") {
			all = append(all, kind+"+group")
		}
	}
	for _, statement := range faultStatements {
		all = append(all, "db-before:"+statement, "db-after:"+statement)
	}
	return all
}

// TestWHMCSUnderFaults creates, changes and terminates services through the module with every
// fault, and then compares the tables with the sandbox.
func TestWHMCSUnderFaults(t *testing.T) {
	services := 190 // 507 calls with a fault; a third of the services isn't terminated
	if testing.Short() {
		services = 30
	}
	t.Run("connections", func(t *testing.T) {
		h, all := newWHMCSHarness(t, whmcstest.New(t), services)
		h.testFaults(all, whmcsFaults(), faultWorkers)
	})
	t.Run("server", func(t *testing.T) {
		server := ledgertest.NewServer(t)
		h, all := newWHMCSHarness(t, whmcstest.NewAt(t, *server.DSN), 18)
		h.server = server
		var faults []string
		for _, statement := range faultStatements {
			faults = append(faults, "db-kill:"+statement)
		}
		h.testFaults(all, faults, 1)
	})
}

func (h *whmcsHarness) testFaults(services []*whmcsService, faults []string, workers int) {
	const seed = 20261121
	start := time.Now()
	// The first call creates the tables. Terminate makes the service as good as new.
	for _, function := range []string{"CreateAccount", "TerminateAccount"} {
		c := whmcsCall{function: function, product: firstProduct, fault: faultNone}
		if got := h.call(services[0], c); got != "success" {
			h.t.Fatalf("%s without a fault: %s", function, got)
		}
	}
	services[0].keys = nil
	plans := newPlans(services, faults, rand.New(rand.NewPCG(seed, uint64(len(services)))))
	h.runPlans(plans, faults, workers)
	h.waitForPrograms()
	h.t.Logf("%d calls for %d services in %s (seed %d)", len(h.calls), len(services),
		time.Since(start).Round(time.Millisecond), seed)
	open := h.checkTables(services)
	h.reconcile(services, open, workers)
	h.createAgain(services, workers)
	h.checkLogs(services)
}

// plan is the calls that are made for a service.
type plan struct {
	service *whmcsService
	steps   []step
}

// step is a call with a fault.
type step struct {
	whmcsCall
	kill       float64 // when PHP is killed, as a share of the usual time
	again      bool    // repeat the call without a fault, as WHMCS's queue would
	concurrent bool    // make the same call without a fault at the same time
}

// newPlans returns plans in which each service is created, changed and, two times of three,
// terminated. All faults are used equally often.
func newPlans(services []*whmcsService, faults []string, random *rand.Rand) (plans []plan) {
	var left []string
	nextFault := func() (fault string) {
		if len(left) == 0 {
			left = slices.Clone(faults)
			random.Shuffle(len(left), func(i, k int) { left[i], left[k] = left[k], left[i] })
		}
		fault, left = left[0], left[1:]
		return fault
	}
	for i, s := range services {
		p := plan{service: s}
		for k, function := range []string{"CreateAccount", "ChangePackage", "TerminateAccount"} {
			skip := 0
			if k == 1 || k == 0 && s.attach {
				skip = random.IntN(3) // the requests issue, connect or attach, and revoke
			}
			product := secondProduct
			if k == 0 {
				product = firstProduct
			}
			c := whmcsCall{function: function, product: product, fault: nextFault(), skip: skip}
			kill, again := 1.2*random.Float64(), random.IntN(2) == 0
			p.steps = append(p.steps, step{c, kill, again, k == 0 && i%10 == 3})
		}
		if i%3 == 2 {
			p.steps = p.steps[:2]
		}
		plans = append(plans, p)
	}
	return plans
}

// runPlans makes all calls of the plans. It checks that an outcome at Jetpack is recorded although
// the connection breaks.
func (h *whmcsHarness) runPlans(plans []plan, faults []string, workers int) {
	outcomes := map[string]int{}
	var mu sync.Mutex
	forEach(workers, plans, func(p plan) {
		for _, step := range p.steps {
			got := h.runStep(p.service, step)
			outcome := "refused"
			switch {
			case got == "" || got == "success":
				outcome = cmp.Or(got, "killed")
			case strings.Contains(got, "Reconcile"):
				outcome = "unknown"
			}
			mu.Lock()
			outcomes[step.fault+" "+outcome]++
			mu.Unlock()
		}
	})
	for _, name := range slices.Sorted(maps.Keys(outcomes)) {
		h.t.Logf("%5d %s", outcomes[name], name)
	}
	for _, when := range []string{"db-before:", "db-after:"} {
		for _, statement := range faultStatements[3:] {
			fault := when + statement
			if slices.Contains(faults, fault) && outcomes[fault+" success"] == 0 {
				h.t.Errorf("no call succeeded with %s", fault)
			}
		}
	}
}

// runStep makes the calls of a step and returns the result of the one with the fault.
func (h *whmcsHarness) runStep(s *whmcsService, step step) string {
	undisturbed := whmcsCall{function: step.function, product: step.product, fault: faultNone}
	step.whmcsCall.kill = h.killAfter(step.kill)
	var group sync.WaitGroup
	if step.concurrent {
		group.Go(func() { h.call(s, undisturbed) })
	}
	got := h.call(s, step.whmcsCall)
	group.Wait()
	if step.again {
		h.call(s, undisturbed)
	}
	return got
}

// openRequest is a request whose outcome is unknown, as the command open lists it.
type openRequest struct {
	service *whmcsService
	product string
}

// checkTables compares the tables with the sandbox: each license is in a table, or the command open
// lists its service, and no license was issued twice. It returns the open requests.
func (h *whmcsHarness) checkTables(services []*whmcsService) (open []openRequest) {
	h.t.Helper()
	owner := map[string]*whmcsService{}
	for _, s := range services {
		issued := map[string]int{}
		for _, key := range s.issued() {
			slug, _ := jetpack.ProductOf(key)
			owner[key] = s
			if issued[slug]++; issued[slug] > 1 {
				h.t.Errorf("%s has %d licenses for %s", s.reference, issued[slug], slug)
			}
		}
	}
	open = h.listOpen(services)
	listed := map[openRequest]bool{}
	for _, o := range open {
		listed[o] = true
	}
	recorded := h.checkOwners(owner)
	known, lost := 0, 0
	for key, s := range owner {
		slug, _ := jetpack.ProductOf(key)
		switch {
		case recorded[key]:
			known++
		case listed[openRequest{s, slug}]:
			lost++
		default:
			h.t.Errorf("the license for %s of %s is neither recorded nor open", slug, s.reference)
		}
	}
	h.t.Logf("%d licenses = %d in the tables + %d of the %d open requests", len(owner), known, lost,
		len(open))
	if len(owner) != known+lost || len(owner) == 0 ||
		h.server == nil && (lost == 0 || lost == len(open)) {
		h.t.Errorf("%d licenses, %d in the tables, %d of %d open requests", len(owner), known, lost,
			len(open))
	}
	return open
}

// listOpen runs the command open.
func (h *whmcsHarness) listOpen(services []*whmcsService) (open []openRequest) {
	h.t.Helper()
	byName := map[string]*whmcsService{}
	for _, s := range services {
		byName[s.reference] = s
	}
	command := exec.Command(h.program, "whmcs", "open")
	command.Stdin = bytes.NewReader(h.db.Document("-"))
	out, err := command.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || !gjson.ValidBytes(out) {
		h.t.Fatalf("whmcs open: %v: %s", err, out)
	}
	for _, o := range gjson.GetBytes(out, "open").Array() {
		request := openRequest{byName[o.Get("related").String()], o.Get("product").String()}
		if request.service == nil || slices.Contains(open, request) {
			h.t.Errorf("open lists %s", o)
			continue
		}
		open = append(open, request)
	}
	return open
}

// checkOwners checks that the licenses in the tables belong to their services, and that ours has
// all those of Jetpack's table. It returns the keys in our table.
func (h *whmcsHarness) checkOwners(owner map[string]*whmcsService) (recorded map[string]bool) {
	h.t.Helper()
	recorded = map[string]bool{}
	const ours = `SELECT license_key, related FROM jetpack_start_licenses
		WHERE license_key IS NOT NULL`
	for _, row := range h.query(ours) {
		if s := owner[row[0]]; s == nil || s.reference != row[1] {
			if _, exists := h.licenses()[row[0]]; !exists || s != nil {
				h.t.Errorf("a row with a license of another service: %v", row)
			}
		}
		recorded[row[0]] = true
	}
	for _, row := range h.query(`SELECT license_key, order_id FROM jetpack_product_licenses`) {
		if !recorded[row[0]] {
			h.t.Errorf("only Jetpack's table has %v", row)
		}
	}
	return recorded
}

// reconcile writes into the field of each open service what the proxy knows, and runs Reconcile for
// all services. Afterwards both tables must agree with the sandbox.
func (h *whmcsHarness) reconcile(services []*whmcsService, open []openRequest, workers int) {
	h.t.Helper()
	h.query(`UPDATE jetpack_start_licenses SET created_at = created_at - INTERVAL 5 MINUTE`)
	words := map[*whmcsService]string{}
	for _, o := range open {
		word := "none"
		for _, key := range o.service.issued() {
			if slug, _ := jetpack.ProductOf(key); slug == o.product {
				word = key
			}
		}
		words[o.service] = word
	}
	forEach(workers, services, func(s *whmcsService) {
		word, isOpen := words[s]
		if isOpen {
			properties, _ := json.Marshal(map[string]string{"License Key": word})
			path := filepath.Join(s.root, "properties")
			if err := os.WriteFile(path, properties, 0o600); err != nil {
				h.t.Error(err)
			}
		}
		if got := h.callAndChange(s, "Reconcile"); got != "success" {
			h.t.Errorf("Reconcile of %s with %.12q: %s", s.reference, word, got)
		}
	})
	h.compareTables()
	const stillOpen = `SELECT related FROM jetpack_start_licenses
		WHERE state IN ('intended', 'unknown')`
	if rows := h.query(stillOpen); len(rows) > 0 {
		h.t.Errorf("still open: %v", rows)
	}
}

// callAndChange calls a function, and ChangePackage if the result asks for that, because an earlier
// change was interrupted or refused.
func (h *whmcsHarness) callAndChange(s *whmcsService, function string) string {
	c := whmcsCall{function: function, product: secondProduct, fault: faultNone}
	got := h.call(s, c)
	if strings.Contains(got, "Change Package") {
		c.function = "ChangePackage"
		got = h.call(s, c)
	}
	return got
}

// compareTables compares each row of both tables with the sandbox.
func (h *whmcsHarness) compareTables() {
	h.t.Helper()
	existing := h.licenses()
	for _, table := range []string{"jetpack_start_licenses", "jetpack_product_licenses"} {
		rows := h.query(`SELECT license_key, revoked_at IS NOT NULL FROM ` + table +
			` WHERE license_key IS NOT NULL`)
		seen := map[string]bool{}
		for _, row := range rows {
			revoked, exists := existing[row[0]]
			if !exists || seen[row[0]] || revoked != (row[1] == "1") {
				h.t.Errorf("%s: %v; in the sandbox: exists %v, revoked %v", table, row, exists,
					revoked)
			}
			seen[row[0]] = true
		}
		if len(rows) != len(existing) {
			h.t.Errorf("%s has %d licenses, the sandbox %d", table, len(rows), len(existing))
		}
	}
}

// createAgain creates every service twice, which must leave one license each, and terminates it
// twice, which must leave none.
func (h *whmcsHarness) createAgain(services []*whmcsService, workers int) {
	h.t.Helper()
	for _, function := range []string{
		"CreateAccount", "CreateAccount", "TerminateAccount", "TerminateAccount",
	} {
		forEach(workers, services, func(s *whmcsService) {
			if got := h.callAndChange(s, function); got != "success" {
				h.t.Errorf("%s of %s: %s", function, s.reference, got)
			}
		})
		live := 0
		for _, revoked := range h.licenses() {
			if !revoked {
				live++
			}
		}
		want := len(services)
		if function == "TerminateAccount" {
			want = 0
		}
		if live != want {
			h.t.Errorf("%d licenses are billed after %s, want %d", live, function, want)
		}
		h.compareTables()
	}
}

// checkLogs checks that WHMCS's logs have entries and contain no secrets.
func (h *whmcsHarness) checkLogs(services []*whmcsService) {
	h.t.Helper()
	calls := 0
	for _, s := range services {
		for _, name := range []string{"modulelog", "activity"} {
			text, err := os.ReadFile(filepath.Join(s.root, name))
			if err != nil && name == "modulelog" {
				h.t.Error(err)
			}
			calls += strings.Count(string(text), "\n")
			if h.containsSecret(string(text)) {
				return
			}
		}
	}
	if calls == 0 {
		h.t.Error("nothing was logged")
	}
}
