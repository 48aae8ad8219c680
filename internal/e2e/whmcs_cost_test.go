package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jetpack-start/internal/testenv"
	"jetpack-start/internal/whmcs/whmcstest"

	"github.com/tidwall/gjson"
)

// What a Create may cost.
const (
	mostStatements = 6
	mostOwnTime    = 60 * time.Millisecond
)

// TestWHMCSCost counts what a Create costs, as WHMCS sees it: the processes that the module
// starts, the statements that the database gets, and the time that isn't the API's.
func TestWHMCSCost(t *testing.T) {
	const services = 30
	r, all := newWHMCSRig(t, whmcstest.New(t), services)
	starts := filepath.Join(t.TempDir(), "starts")
	counter := filepath.Join(t.TempDir(), "jetpack-start")
	writeFile(
		t, counter, fmt.Sprintf("#!/bin/sh\necho \"$@\" >>%s\nexec %s \"$@\"\n", starts, r.program),
		0o755,
	)

	var mu sync.Mutex
	var inAPI time.Duration
	requests := []string{}
	api := r.api
	r.api = http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		start := time.Now()
		api.ServeHTTP(w, request)
		mu.Lock()
		defer mu.Unlock()
		inAPI += time.Since(start)
		requests = append(requests, request.Method+" "+request.URL.Path)
	})
	var statements []string
	run := func(s *faultService, function, binary, token string) (result string, took time.Duration) {
		t.Helper()
		writeFile(
			t, filepath.Join(r.module, "config.php"),
			fmt.Sprintf("<?php return ['binary' => %q];", binary), 0o600,
		)
		statements, requests, inAPI = nil, []string{}, 0
		s.cutter.OnPacket(func(packet []byte) string {
			if packet[0] == 0x03 || packet[0] == 0x16 { // COM_QUERY, COM_STMT_PREPARE
				mu.Lock()
				defer mu.Unlock()
				statements = append(
					statements, strings.Join(strings.Fields(string(packet[1:])), " "),
				)
			}
			return ""
		})
		input, _ := json.Marshal(map[string]any{
			"serviceid": s.id, "addonId": 0, "userid": 1, "orderid": 1000 + s.id, "pid": 5, "domain": s.domain, "status": "Active",
			"configoption1": token, "configoption2": "jetpack-scan",
		})
		script := testenv.Path(t, "testdata/whmcs/call.php")
		command := exec.Command(r.php, script, r.module, function)
		command.Dir, command.Stdin = s.root, bytes.NewReader(input)
		command.Env = []string{
			"HOME=" + r.home,
			"PATH=" + os.Getenv("PATH"),
			"NO_PROXY=127.0.0.1",
			"JETPACK_START_API_URL=" + r.base,
		}
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", function, testenv.WithStderr(err), out)
		}
		took = time.Duration(gjson.GetBytes(out, "ms").Float() * float64(time.Millisecond))
		return gjson.GetBytes(out, "result").String(), took - inAPI
	}
	create := func(s *faultService, binary, token string) time.Duration {
		t.Helper()
		result, took := run(s, "CreateAccount", binary, token)
		if result != "success" {
			t.Fatalf("Create: %s", result)
		}
		return took
	}

	create(all[0], r.program, faultToken) // makes the tables
	create(all[1], counter, faultToken)
	if log, _ := os.ReadFile(starts); string(log) != "whmcs create\n" {
		t.Errorf("a Create starts %q", log)
	}
	t.Logf("a Create: %d statements:\n%s", len(statements), strings.Join(statements, "\n"))
	if len(statements) > mostStatements || len(requests) != 1 {
		t.Errorf(
			"a Create: %d statements, want %d at the most; requests: %v", len(statements),
			mostStatements, requests,
		)
	}
	r.lines(
		"INSERT INTO tblproducts (name, servertype, configoption1, configoption2, configoption3) VALUES ('', 'jetpack', '" + faultToken + "', '', '')",
	)
	create(all[2], r.program, "")
	if len(statements) > mostStatements {
		t.Errorf(
			"a Create with another product's token: %d statements:\n%s", len(statements),
			strings.Join(statements, "\n"),
		)
	}
	for range 2 {
		if result, _ := run(all[0], "FetchProducts", r.program, ""); result == "" {
			t.Error("no products")
		}
	}
	if len(requests) > 0 {
		t.Errorf("a list of products that is kept asks the API: %v", requests)
	}

	t.Run("time", func(t *testing.T) {
		if testenv.RaceDetector {
			testenv.Skip(t, "race", "times say nothing under the race detector; make bench")
		}
		var times []time.Duration
		for _, s := range all[3:] {
			times = append(times, create(s, r.program, faultToken))
		}
		slices.Sort(times)
		median := times[len(times)/2]
		t.Logf(
			"a Create takes %s of our own time (median of %d, PHP's function with the process), bar %s: %.2f",
			median.Round(100*time.Microsecond), len(times), mostOwnTime,
			float64(median)/float64(mostOwnTime),
		)
		if median > mostOwnTime {
			t.Errorf("a Create takes %s", median)
		}
	})
}

func writeFile(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
