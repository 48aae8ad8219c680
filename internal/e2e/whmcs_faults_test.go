package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/ledger/ledgertest"
	"jetpack-start/internal/testenv"
	"jetpack-start/internal/whmcs/whmcstest"
	"jetpack-start/jetpack"
)

// The faults of the database: its connection ends at one of the statements, before the server has
// it, or before its answer comes.
var faultStatements = []string{
	"GET_LOCK", "UNION ALL", "INSERT INTO jetpack_start_licenses", "UPDATE jetpack_start_licenses",
	"INSERT INTO jetpack_product_licenses", "UPDATE jetpack_product_licenses",
}

// whmcsFaults are dealt evenly: those of the API, the ends of PHP alone and with the program that
// it started, those of the database.
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

// faultService is a service of WHMCS: a root of its own with configuration.php, whose database is
// behind a cutter of its own.
type faultService struct {
	*faultOrder
	id     int
	root   string
	cutter *ledgertest.Cutter
	domain string
	attach bool // the product says to attach the license on Create
}

// whmcsRig is WHMCS with the module: PHP calls the module's functions, which start the program.
type whmcsRig struct {
	*faultRig
	db     whmcstest.Database
	php    string
	module string
	server *ledgertest.Server // whose death is a fault, nil where it isn't

	outage sync.Mutex
}

const faultProducts = "jetpack-scan jetpack-backup-daily" // what is created, what it is changed to

func newWHMCSRig(t *testing.T, db whmcstest.Database, services int) (*whmcsRig, []*faultService) {
	t.Helper()
	apttest.Need(t, "php", "php-cli")
	php, err := exec.LookPath("php")
	if err != nil {
		t.Fatal(err)
	}
	var sites []string
	for i := range services {
		sites = append(sites, fmt.Sprintf("https://s%d.example=connected", i+1))
	}
	r := &whmcsRig{
		faultRig: newFaultRig(t, "", sites...),
		db:       db,
		php:      php,
		module:   filepath.Join(t.TempDir(), "jetpack"),
	}
	if err := os.CopyFS(r.module, os.DirFS(testenv.Path(t, "whmcs/module"))); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("<?php return ['binary' => %q];", r.program)
	if err := os.WriteFile(filepath.Join(r.module, "config.php"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var all []*faultService
	for i := range services {
		s := &faultService{
			faultOrder: &faultOrder{
				reference: fmt.Sprintf("service:%d", i+1),
			}, id: i + 1, root: t.TempDir(),
			domain: fmt.Sprintf("s%d.example", i+1), attach: i%2 == 0,
		}
		var through string
		s.cutter, through = ledgertest.NewCutter(t, db.DSN.String())
		u, err := url.Parse(through)
		if err != nil {
			t.Fatal(err)
		}
		password, _ := u.User.Password()
		configuration := fmt.Sprintf(
			"<?php\n$db_host = '%s';\n$db_port = '%s';\n$db_username = '%s';\n$db_password = '%s';\n$db_name = '%s';\n",
			u.Hostname(), u.Port(), u.User.Username(), password, strings.TrimPrefix(u.Path, "/"),
		)
		if err := os.WriteFile(filepath.Join(s.root, "configuration.php"), []byte(configuration), 0o600); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return r, all
}

// call lets WHMCS call a function of the module for a service, with a fault, and gives what the
// function returned; "" where PHP was killed.
func (r *whmcsRig) call(
	s *faultService, function, product, fault string, skip int, kill time.Duration,
) string {
	api, group := strings.CutSuffix(fault, "+group")
	when, statement, ofDatabase := strings.Cut(fault, ":")
	if ofDatabase {
		api = faultNone
		r.endConnection(s, when, statement)
		defer s.cutter.OnPacket(nil)
	}
	call := r.newCall(s.faultOrder, api, 0)
	call.skip, call.group = skip, group
	params := map[string]any{
		"serviceid": s.id, "addonId": 0, "userid": 1, "orderid": 1000 + s.id, "pid": 5, "qty": 1, "domain": s.domain, "status": "Active",
		"configoption1": faultToken, "configoption2": product, "configoption3": "on", "configoption4": "", "configoption5": "", "configoption6": "",
		"clientsdetails": map[string]string{
			"email": "customer@example.com",
		}, "customfields": map[string]string{}, "configoptions": map[string]string{},
	}
	if s.attach {
		params["configoption4"] = "on"
	}
	input, _ := json.Marshal(params)
	script := testenv.Path(r.t, "testdata/whmcs/call.php")
	command := exec.Command(r.php, "-d", "display_errors=stderr", script, r.module, function)
	command.Dir, command.Stdin = s.root, bytes.NewReader(input)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	timeout := "10s"
	if api == faultHang || api == faultHangAfter {
		timeout = "300ms"
	}
	command.Env = []string{
		"HOME=" + r.home, "PATH=" + os.Getenv("PATH"), "NO_PROXY=127.0.0.1", "JETPACK_START_API_TIMEOUT=" + timeout,
		"JETPACK_START_API_URL=" + fmt.Sprintf("%s/call/%d", r.base, call.id),
	}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	start := time.Now()
	if err := command.Start(); err != nil {
		r.t.Error(err)
		return ""
	}
	call.process = command.Process
	close(call.started)
	if api == faultKill {
		timer := time.AfterFunc(kill, call.kill)
		defer timer.Stop()
	}
	r.ended(call, command.Wait(), time.Since(start))
	r.read(stdout.String(), stderr.String())
	if call.killed {
		return ""
	}
	if call.code != 0 || stderr.Len() > 0 {
		r.t.Errorf(
			"%s %s (%s): exit %d: %s%s", function, s.reference, fault, call.code, stdout.String(),
			stderr.String(),
		)
	}
	result := gjson.Get(stdout.String(), "result").String()
	if result == "" || r.holdsSecret(result) {
		r.t.Errorf("%s %s (%s): %s", function, s.reference, fault, stdout.String())
	}
	return result
}

// endConnection makes the database's fault: its connection ends at the statement, or the server
// itself.
func (r *whmcsRig) endConnection(s *faultService, when, statement string) {
	if when != "db-kill" {
		s.cutter.CutOnce(strings.TrimPrefix(when, "db-"), statement)
		return
	}
	var once sync.Once
	s.cutter.OnPacket(func(packet []byte) (cut string) {
		if bytes.Contains(packet, []byte(statement)) {
			once.Do(func() {
				cut = "before"
				r.outage.Lock()
				r.server.Kill()
				go func() {
					defer r.outage.Unlock()
					r.server.Start()
				}()
			})
		}
		return cut
	})
}

// holdsSecret looks for what no text for people may hold.
func (r *whmcsRig) holdsSecret(text string) bool {
	password, _ := r.db.DSN.User.Password()
	for _, secret := range []string{faultToken, password, "jetpack-scan_", "jetpack-backup-daily_"} {
		if strings.Contains(text, secret) {
			r.t.Errorf("a text holds the secret %q: %s", secret, text)
			return true
		}
	}
	return false
}

// settleDown waits until no program of a killed PHP is at work any more.
func (r *whmcsRig) settleDown() {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		r.outage.Lock() // not while a server starts
		links, _ := filepath.Glob("/proc/[0-9]*/exe")
		running := slices.ContainsFunc(
			links,
			func(link string) bool { to, err := os.Readlink(link); return err == nil && to == r.program },
		)
		r.outage.Unlock()
		if !running {
			break
		}
		if time.Now().After(deadline) {
			r.t.Fatal("programs are still at work")
		}
	}
	r.quiet()
}

// TestWHMCSUnderFaults creates, changes and terminates services through the module against every
// fault there is, and counts on both sides what came of it.
func TestWHMCSUnderFaults(t *testing.T) {
	services := 190 // 507 calls with a fault: a third of them lives on
	if testing.Short() {
		services = 30
	}
	t.Run("connections", func(t *testing.T) {
		r, all := newWHMCSRig(t, whmcstest.New(t), services)
		r.run(all, whmcsFaults(), faultWorkers)
	})
	t.Run("server", func(t *testing.T) {
		server := ledgertest.NewServer(t)
		r, all := newWHMCSRig(t, whmcstest.NewAt(t, *server.DSN), 18)
		r.server = server
		var faults []string
		for _, statement := range faultStatements {
			faults = append(faults, "db-kill:"+statement)
		}
		r.run(all, faults, 1)
	})
}

func (r *whmcsRig) run(services []*faultService, faults []string, workers int) {
	const seed = 20261121
	start := time.Now()
	first, _, _ := strings.Cut(faultProducts, " ")
	if got := r.call(services[0], "CreateAccount", first, faultNone, 0, 0); got != "success" {
		r.t.Fatalf("without a fault: %s", got)
	}
	// A call that makes the tables isn't what is tested; after it the service is as new.
	if got := r.call(services[0], "TerminateAccount", first, faultNone, 0, 0); got != "success" {
		r.t.Fatalf("without a fault: %s", got)
	}
	services[0].keys = nil
	r.storm(services, faults, workers, rand.New(rand.NewPCG(seed, uint64(len(services)))))
	r.settleDown()
	r.t.Logf(
		"%d calls for %d services in %s (seed %d)", len(r.calls), len(services),
		time.Since(start).Round(time.Millisecond), seed,
	)
	open := r.countBoth(services)
	r.settleOpen(services, open, workers)
	r.again(services, workers)
	r.noSecrets(services)
}

// storm makes three calls with a fault each for every service, and repeats half of them, as
// WHMCS's queue would.
func (r *whmcsRig) storm(
	services []*faultService, faults []string, workers int, random *rand.Rand,
) {
	type step struct {
		function, product, fault string
		skip                     int
		kill                     float64
		again, together          bool
	}
	type plan struct {
		service *faultService
		steps   []step
	}
	var deck []string
	deal := func() string {
		if len(deck) == 0 {
			deck = slices.Clone(faults)
			random.Shuffle(len(deck), func(i, k int) { deck[i], deck[k] = deck[k], deck[i] })
		}
		fault := deck[0]
		deck = deck[1:]
		return fault
	}
	products := strings.Fields(faultProducts)
	var plans []plan
	for i, s := range services {
		p := plan{service: s}
		for k, function := range []string{"CreateAccount", "ChangePackage", "TerminateAccount"} {
			skip := 0
			if k == 1 || k == 0 && s.attach {
				skip = random.IntN(3) // issue, connect or attach, revoke
			}
			p.steps = append(
				p.steps,
				step{
					function,
					products[min(k, 1)],
					deal(),
					skip,
					1.2 * random.Float64(),
					random.IntN(2) == 0,
					k == 0 && i%10 == 3,
				},
			)
		}
		if i%3 == 2 {
			p.steps = p.steps[:2] // lives on
		}
		plans = append(plans, p)
	}
	met := map[string]int{}
	var mu sync.Mutex
	each(workers, plans, func(p plan) {
		for _, step := range p.steps {
			r.mu.Lock()
			kill := time.Duration(float64(r.usual) * step.kill)
			r.mu.Unlock()
			var group sync.WaitGroup
			if step.together {
				group.Go(func() { r.call(p.service, step.function, step.product, faultNone, 0, 0) })
			}
			got := r.call(p.service, step.function, step.product, step.fault, step.skip, kill)
			group.Wait()
			word := "refused"
			switch {
			case got == "" || got == "success":
				word = orElse(got, "killed")
			case strings.Contains(got, "Reconcile"):
				word = "unknown"
			}
			mu.Lock()
			met[step.fault+" "+word]++
			mu.Unlock()
			if step.again {
				r.call(p.service, step.function, step.product, faultNone, 0, 0)
			}
		}
	})
	for _, name := range slices.Sorted(maps.Keys(met)) {
		r.t.Logf("%5d %s", met[name], name)
	}
	// What has happened at Jetpack is written down through a broken connection.
	for _, when := range []string{"db-before:", "db-after:"} {
		for _, statement := range faultStatements[3:] {
			if fault := when + statement; slices.Contains(faults, fault) &&
				met[fault+" success"] == 0 {
				r.t.Errorf("no call succeeded with %s", fault)
			}
		}
	}
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// licenses are those of the sandbox: key to whether it is revoked.
func (r *whmcsRig) licenses() map[string]bool {
	r.t.Helper()
	all := map[string]bool{}
	for _, l := range r.state().Get("licenses").Array() {
		all[l.Get("license_key").String()] = l.Get("revoked_at").Type == gjson.String
	}
	return all
}

// lines gives the rows of a statement, each cut at the tabs.
func (r *whmcsRig) lines(statement string) (rows [][]string) {
	r.t.Helper()
	out, err := r.db.Query(statement)
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

// openLine is a request whose outcome nobody knows, as the command open names it.
type openLine struct {
	service *faultService
	product string
}

// countBoth holds the tables against the sandbox: each license is in a table, or the service is
// named by open, and none was made twice.
func (r *whmcsRig) countBoth(services []*faultService) (open []openLine) {
	r.t.Helper()
	byName, owner := map[string]*faultService{}, map[string]*faultService{}
	for _, s := range services {
		byName[s.reference] = s
		made := map[string]int{}
		for _, key := range s.made() {
			slug, _ := jetpack.ProductOf(key)
			owner[key] = s
			if made[slug]++; made[slug] > 1 {
				r.t.Errorf("%s has %d licenses for %s", s.reference, made[slug], slug)
			}
		}
	}
	command := exec.Command(r.program, "whmcs", "open")
	command.Stdin = bytes.NewReader(r.db.Document("-"))
	out, err := command.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || !gjson.ValidBytes(out) {
		r.t.Fatalf("whmcs open: %v: %s", err, out)
	}
	named := map[string]bool{}
	for _, o := range gjson.GetBytes(out, "open").Array() {
		s, product := byName[o.Get("related").String()], o.Get("product").String()
		if s == nil || named[s.reference+" "+product] {
			r.t.Errorf("open names %s", o)
			continue
		}
		named[s.reference+" "+product] = true
		open = append(open, openLine{s, product})
	}
	inTables := map[string]bool{}
	for _, row := range r.lines(`SELECT license_key, related FROM jetpack_start_licenses WHERE license_key IS NOT NULL`) {
		if s := owner[row[0]]; s == nil || s.reference != row[1] {
			if _, there := r.licenses()[row[0]]; !there || s != nil {
				r.t.Errorf("a line with a license that isn't its own: %v", row)
			}
		}
		inTables[row[0]] = true
	}
	for _, row := range r.lines(`SELECT license_key, order_id FROM jetpack_product_licenses`) {
		if !inTables[row[0]] {
			r.t.Errorf("only Jetpack's table has %v", row)
		}
	}
	known, mayBe := 0, 0
	for key, s := range owner {
		slug, _ := jetpack.ProductOf(key)
		switch {
		case inTables[key]:
			known++
		case named[s.reference+" "+slug]:
			mayBe++
		default:
			r.t.Errorf("nobody knows of the license for %s of %s", slug, s.reference)
		}
	}
	r.t.Logf(
		"%d licenses = %d in the tables + %d of the %d that open names", len(owner), known, mayBe,
		len(open),
	)
	if len(owner) != known+mayBe || len(owner) == 0 ||
		r.server == nil && (mayBe == 0 || mayBe == len(open)) {
		r.t.Errorf(
			"%d licenses, %d in the tables, %d named of %d", len(owner), known, mayBe, len(open),
		)
	}
	return open
}

// settleOpen lets the operator write into each service's field what the proxy knows, and press
// Reconcile; then both tables say what the sandbox says.
func (r *whmcsRig) settleOpen(services []*faultService, open []openLine, workers int) {
	r.t.Helper()
	r.lines(`UPDATE jetpack_start_licenses SET created_at = created_at - INTERVAL 5 MINUTE`)
	words := map[*faultService]string{}
	for _, o := range open {
		word := "none"
		for _, key := range o.service.made() {
			if slug, _ := jetpack.ProductOf(key); slug == o.product {
				word = key
			}
		}
		words[o.service] = word
	}
	each(workers, services, func(s *faultService) {
		product := strings.Fields(faultProducts)[1]
		word, waits := words[s]
		if waits {
			properties, _ := json.Marshal(map[string]string{"License Key": word})
			if err := os.WriteFile(filepath.Join(s.root, "properties"), properties, 0o600); err != nil {
				r.t.Error(err)
			}
		}
		got := r.call(s, "Reconcile", product, faultNone, 0, 0)
		if strings.Contains(got, "Change Package") { // was broken off
			got = r.call(s, "ChangePackage", product, faultNone, 0, 0)
		}
		if got != "success" {
			r.t.Errorf("Reconcile of %s with %.12q: %s", s.reference, word, got)
		}
	})
	r.compareTables()
	if rows := r.lines(`SELECT related FROM jetpack_start_licenses WHERE state IN ('intended', 'unknown')`); len(
		rows,
	) > 0 {
		r.t.Errorf("still open: %v", rows)
	}
}

// compareTables holds both tables against the sandbox, line by line.
func (r *whmcsRig) compareTables() {
	r.t.Helper()
	there := r.licenses()
	for _, table := range []string{"jetpack_start_licenses", "jetpack_product_licenses"} {
		rows := r.lines(
			`SELECT license_key, revoked_at IS NOT NULL FROM ` + table + ` WHERE license_key IS NOT NULL`,
		)
		seen := map[string]bool{}
		for _, row := range rows {
			revoked, known := there[row[0]]
			if !known || seen[row[0]] || revoked != (row[1] == "1") {
				r.t.Errorf(
					"%s: %v, at the sandbox: there %v, revoked %v", table, row, known, revoked,
				)
			}
			seen[row[0]] = true
		}
		if len(rows) != len(there) {
			r.t.Errorf("%s has %d licenses, the sandbox %d", table, len(rows), len(there))
		}
	}
}

// again creates every service once more, and terminates it: one license each, then none.
func (r *whmcsRig) again(services []*faultService, workers int) {
	r.t.Helper()
	for _, function := range []string{"CreateAccount", "CreateAccount", "TerminateAccount", "TerminateAccount"} {
		each(workers, services, func(s *faultService) {
			got := r.call(s, function, strings.Fields(faultProducts)[1], faultNone, 0, 0)
			if strings.Contains(
				got, "Change Package",
			) { // its change was refused, and it has the license of before
				got = r.call(s, "ChangePackage", strings.Fields(faultProducts)[1], faultNone, 0, 0)
			}
			if got != "success" {
				r.t.Errorf("%s of %s: %s", function, s.reference, got)
			}
		})
		live := 0
		for _, revoked := range r.licenses() {
			if !revoked {
				live++
			}
		}
		want := len(services)
		if function == "TerminateAccount" {
			want = 0
		}
		if live != want {
			r.t.Errorf("after %s %d licenses are paid for, want %d", function, live, want)
		}
		r.compareTables()
	}
}

// noSecrets looks into what WHMCS was given for its logs.
func (r *whmcsRig) noSecrets(services []*faultService) {
	r.t.Helper()
	calls := 0
	for _, s := range services {
		for _, name := range []string{"modulelog", "activity"} {
			text, err := os.ReadFile(filepath.Join(s.root, name))
			if err != nil && name == "modulelog" {
				r.t.Error(err)
			}
			calls += strings.Count(string(text), "\n")
			if r.holdsSecret(string(text)) {
				return
			}
		}
	}
	if calls == 0 {
		r.t.Error("nothing was logged")
	}
}
