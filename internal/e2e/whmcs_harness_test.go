package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
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
)

// whmcsHarness is WHMCS with the module: PHP calls the module's functions, which run the program.
type whmcsHarness struct {
	*harness
	db     whmcstest.Database
	php    string
	module string
	server *ledgertest.Server // killed by the fault db-kill; nil if that isn't used

	outage sync.Mutex // held while the server restarts
}

// whmcsService is a service of WHMCS, with a root folder of its own whose configuration.php leads
// to the database through a cutter of its own.
type whmcsService struct {
	*faultOrder
	id     int
	root   string
	cutter *ledgertest.Cutter
	domain string
	attach bool // the option Attach To Site is on
}

// The product that services are created with, and the one that they are changed to.
const (
	firstProduct  = "jetpack-scan"
	secondProduct = "jetpack-backup-daily"
)

func newWHMCSHarness(
	t *testing.T, db whmcstest.Database, services int,
) (*whmcsHarness, []*whmcsService) {
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
	h := &whmcsHarness{
		harness: newHarness(t, "", sites...), db: db, php: php,
		module: filepath.Join(t.TempDir(), "jetpack"),
	}
	if err := os.CopyFS(h.module, os.DirFS(testenv.Path(t, "whmcs/module"))); err != nil {
		t.Fatal(err)
	}
	h.writeConfig(h.program)
	var all []*whmcsService
	for i := range services {
		all = append(all, h.newService(i+1))
	}
	return h, all
}

// writeConfig writes the module's config.php.
func (h *whmcsHarness) writeConfig(binary string) {
	h.t.Helper()
	config := fmt.Sprintf("<?php return ['binary' => %q];", binary)
	writeFile(h.t, filepath.Join(h.module, "config.php"), config, 0o600)
}

func (h *whmcsHarness) newService(id int) *whmcsService {
	h.t.Helper()
	s := &whmcsService{
		faultOrder: &faultOrder{reference: fmt.Sprintf("service:%d", id)},
		id:         id, root: h.t.TempDir(), domain: fmt.Sprintf("s%d.example", id),
		attach: id%2 == 1,
	}
	var through string
	s.cutter, through = ledgertest.NewCutter(h.t, h.db.DSN.String())
	u, err := url.Parse(through)
	if err != nil {
		h.t.Fatal(err)
	}
	writeConfiguration(h.t, s.root, whmcstest.Database{DSN: u}.Settings())
	return s
}

// writeConfiguration writes WHMCS's configuration.php.
func writeConfiguration(t testing.TB, root string, settings map[string]string) {
	t.Helper()
	text := fmt.Sprintf("<?php\n$db_host = '%s';\n$db_port = '%s';\n$db_username = '%s';\n"+
		"$db_password = '%s';\n$db_name = '%s';\n", settings["host"], settings["port"],
		settings["user"], settings["password"], settings["name"])
	writeFile(t, filepath.Join(root, "configuration.php"), text, 0o600)
}

func writeFile(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// phpCommand returns a command that calls a function of the module as WHMCS does.
func phpCommand(
	t *testing.T, php, root, module, function string, params map[string]any, env ...string,
) *exec.Cmd {
	t.Helper()
	input, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	script := testenv.Path(t, "testdata/whmcs/call.php")
	command := exec.Command(php, "-d", "display_errors=stderr", script, module, function)
	command.Dir, command.Stdin = root, bytes.NewReader(input)
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "NO_PROXY=127.0.0.1"}, env...)
	return command
}

// whmcsCall is a call of a function of the module for a service.
type whmcsCall struct {
	function, product, fault string
	skip                     int           // see faultCall
	kill                     time.Duration // after which PHP is killed, for faultKill
}

// call makes a call and returns the function's result, or "" if PHP was killed.
func (h *whmcsHarness) call(s *whmcsService, c whmcsCall) string {
	api, group := strings.CutSuffix(c.fault, "+group")
	when, statement, ofDatabase := strings.Cut(c.fault, ":")
	if ofDatabase {
		api = faultNone
		h.cutConnection(s, when, statement)
		defer s.cutter.OnPacket(nil)
	}
	call := h.newCall(s.faultOrder, api, 0)
	call.skip, call.group = c.skip, group
	timeout := "10s"
	if api == faultHang || api == faultHangAfter {
		timeout = "300ms"
	}
	command := phpCommand(h.t, h.php, s.root, h.module, c.function, s.params(c.product),
		"HOME="+h.home, "JETPACK_START_API_TIMEOUT="+timeout,
		fmt.Sprintf("JETPACK_START_API_URL=%s/call/%d", h.base, call.id))
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	start := time.Now()
	if err := command.Start(); err != nil {
		h.t.Error(err)
		return ""
	}
	call.process = command.Process
	close(call.started)
	if api == faultKill {
		timer := time.AfterFunc(c.kill, call.kill)
		defer timer.Stop()
	}
	h.recordExit(call, command.Wait(), time.Since(start))
	h.checkOutput(stdout.String(), stderr.String())
	if call.killed {
		return ""
	}
	if call.code != 0 || stderr.Len() > 0 {
		h.t.Errorf("%s %s (%s): exit %d: %s%s", c.function, s.reference, c.fault, call.code,
			stdout.String(), stderr.String())
	}
	result := gjson.Get(stdout.String(), "result").String()
	if result == "" || h.containsSecret(result) {
		h.t.Errorf("%s %s (%s): %s", c.function, s.reference, c.fault, stdout.String())
	}
	return result
}

// params returns the parameters that WHMCS passes for the service.
func (s *whmcsService) params(product string) map[string]any {
	attach := ""
	if s.attach {
		attach = "on"
	}
	return map[string]any{
		"serviceid": s.id, "addonId": 0, "userid": 1, "orderid": 1000 + s.id, "pid": 5, "qty": 1,
		"domain": s.domain, "status": "Active", "configoption1": faultToken,
		"configoption2": product, "configoption3": "on", "configoption4": attach,
		"configoption5": "", "configoption6": "",
		"clientsdetails": map[string]string{"email": "customer@example.com"},
		"customfields":   map[string]string{}, "configoptions": map[string]string{},
	}
}

// cutConnection makes a fault of the database: at the statement, the connection ends or the server
// is killed.
func (h *whmcsHarness) cutConnection(s *whmcsService, when, statement string) {
	if when != "db-kill" {
		s.cutter.CutOnce(strings.TrimPrefix(when, "db-"), statement)
		return
	}
	var once sync.Once
	s.cutter.OnPacket(func(packet []byte) (cut string) {
		if bytes.Contains(packet, []byte(statement)) {
			once.Do(func() {
				cut = "before"
				h.outage.Lock()
				h.server.Kill()
				go func() {
					defer h.outage.Unlock()
					h.server.Start()
				}()
			})
		}
		return cut
	})
}

// containsSecret reports whether a text for people contains a secret, and fails the test then.
func (h *whmcsHarness) containsSecret(text string) bool {
	password, _ := h.db.DSN.User.Password()
	for _, secret := range []string{faultToken, password, firstProduct + "_", secondProduct + "_"} {
		if strings.Contains(text, secret) {
			h.t.Errorf("a text contains the secret %q: %s", secret, text)
			return true
		}
	}
	return false
}

// waitForPrograms waits until no program that a killed PHP had started is running.
func (h *whmcsHarness) waitForPrograms() {
	h.t.Helper()
	isProgram := func(link string) bool {
		to, err := os.Readlink(link)
		return err == nil && to == h.program
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		h.outage.Lock() // wait for a server that restarts
		links, _ := filepath.Glob("/proc/[0-9]*/exe")
		running := slices.ContainsFunc(links, isProgram)
		h.outage.Unlock()
		if !running {
			break
		}
		if time.Now().After(deadline) {
			h.t.Fatal("programs are still running")
		}
	}
	h.waitIdle()
}

// licenses returns the keys of the sandbox's licenses, and whether each is revoked.
func (h *whmcsHarness) licenses() map[string]bool {
	h.t.Helper()
	all := map[string]bool{}
	for _, l := range h.state().Get("licenses").Array() {
		all[l.Get("license_key").String()] = l.Get("revoked_at").Type == gjson.String
	}
	return all
}

// query runs a statement and returns its rows.
func (h *whmcsHarness) query(statement string) (rows [][]string) {
	h.t.Helper()
	out, err := h.db.Query(statement)
	if err != nil {
		h.t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}
