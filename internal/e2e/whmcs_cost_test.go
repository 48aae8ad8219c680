package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"jetpack-start/internal/testenv"
	"jetpack-start/internal/whmcs/whmcstest"
)

// What a Create may cost.
const (
	maxStatements = 6
	maxOwnTime    = 60 * time.Millisecond
)

// costMeter measures calls of the module: the requests to the API and their time, and the
// statements that the database gets.
type costMeter struct {
	*whmcsHarness

	mu         sync.Mutex
	inAPI      time.Duration
	requests   []string
	statements []string
}

func newCostMeter(t *testing.T, services int) (*costMeter, []*whmcsService) {
	h, all := newWHMCSHarness(t, whmcstest.New(t), services)
	m := &costMeter{whmcsHarness: h}
	api := h.api
	h.api = http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		start := time.Now()
		api.ServeHTTP(w, request)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.inAPI += time.Since(start)
		m.requests = append(m.requests, request.Method+" "+request.URL.Path)
	})
	return m, all
}

// run calls a function of the module with a program and a token. It returns the result, and the
// time of PHP's function without the API's.
func (m *costMeter) run(s *whmcsService, function, binary, token string) (string, time.Duration) {
	m.t.Helper()
	m.writeConfig(binary)
	m.statements, m.requests, m.inAPI = nil, []string{}, 0
	s.cutter.OnPacket(func(packet []byte) string {
		if packet[0] == 0x03 || packet[0] == 0x16 { // COM_QUERY, COM_STMT_PREPARE
			m.mu.Lock()
			defer m.mu.Unlock()
			statement := strings.Join(strings.Fields(string(packet[1:])), " ")
			m.statements = append(m.statements, statement)
		}
		return ""
	})
	command := phpCommand(m.t, m.php, s.root, m.module, function, map[string]any{
		"serviceid": s.id, "addonId": 0, "userid": 1, "orderid": 1000 + s.id, "pid": 5,
		"domain": s.domain, "status": "Active", "configoption1": token,
		"configoption2": firstProduct,
	}, "HOME="+m.home, "JETPACK_START_API_URL="+m.base)
	out, err := command.Output()
	if err != nil {
		m.t.Fatalf("%s: %v: %s", function, testenv.WithStderr(err), out)
	}
	took := time.Duration(gjson.GetBytes(out, "ms").Float() * float64(time.Millisecond))
	return gjson.GetBytes(out, "result").String(), took - m.inAPI
}

func (m *costMeter) create(s *whmcsService, binary, token string) time.Duration {
	m.t.Helper()
	result, took := m.run(s, "CreateAccount", binary, token)
	if result != "success" {
		m.t.Fatalf("Create: %s", result)
	}
	return took
}

// TestWHMCSCost measures what a Create costs for WHMCS: the processes that the module starts, the
// statements that the database gets, and the time without the API's.
func TestWHMCSCost(t *testing.T) {
	m, all := newCostMeter(t, 30)
	starts := filepath.Join(t.TempDir(), "starts")
	counter := filepath.Join(t.TempDir(), "jetpack-start")
	script := fmt.Sprintf("#!/bin/sh\necho \"$@\" >>%s\nexec %s \"$@\"\n", starts, m.program)
	writeFile(t, counter, script, 0o755)

	m.create(all[0], m.program, faultToken) // creates the tables
	m.create(all[1], counter, faultToken)
	if log, _ := os.ReadFile(starts); string(log) != "whmcs create\n" {
		t.Errorf("a Create starts %q", log)
	}
	list := strings.Join(m.statements, "\n")
	t.Logf("a Create: %d statements:\n%s", len(m.statements), list)
	if len(m.statements) > maxStatements || len(m.requests) != 1 {
		t.Errorf("a Create: %d statements, want at most %d; requests: %v", len(m.statements),
			maxStatements, m.requests)
	}
	m.query(`INSERT INTO tblproducts (name, servertype, configoption1, configoption2, configoption3)
		VALUES ('', 'jetpack', '` + faultToken + `', '', '')`)
	m.create(all[2], m.program, "")
	if len(m.statements) > maxStatements {
		t.Errorf("a Create with another product's token: %d statements:\n%s", len(m.statements),
			strings.Join(m.statements, "\n"))
	}
	for range 2 {
		if result, _ := m.run(all[0], "FetchProducts", m.program, ""); result == "" {
			t.Error("no products")
		}
	}
	if len(m.requests) > 0 {
		t.Errorf("a cached list of products sends requests: %v", m.requests)
	}

	t.Run("time", func(t *testing.T) { testCreateTime(t, m, all[3:]) })
}

func testCreateTime(t *testing.T, m *costMeter, services []*whmcsService) {
	if testenv.RaceDetector {
		testenv.Skip(t, "race", "times mean nothing under the race detector; make bench")
	}
	var times []time.Duration
	for _, s := range services {
		times = append(times, m.create(s, m.program, faultToken))
	}
	slices.Sort(times)
	median := times[len(times)/2]
	t.Logf("a Create takes %s without the API (median of %d, PHP's function with the process), "+
		"limit %s: %.2f", median.Round(100*time.Microsecond), len(times), maxOwnTime,
		float64(median)/float64(maxOwnTime))
	if median > maxOwnTime {
		t.Errorf("a Create takes %s", median)
	}
}
