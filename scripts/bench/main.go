// Command bench measures jetpack-start beside the old script's own sequence of calls, on a real
// WordPress and against the sandbox, in one run, and prints ratios. It exits 1 where a bar is
// missed.
//
//	go run ./scripts/bench [-n RUNS] [-json]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	runs := flag.Int("n", 15, "runs of each command; the median counts")
	asJSON := flag.Bool("json", false, "print the rows as JSON")
	flag.Parse()
	rows, err := bench(*runs)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	missed := false
	for _, r := range rows {
		missed = missed || r.Bar != "" && !r.Met
	}
	if *asJSON {
		_ = json.NewEncoder(os.Stdout).Encode(rows)
	} else {
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "WHAT\tMEASURED\tBAR\t")
		for _, r := range rows {
			state := ""
			if r.Bar != "" {
				state = map[bool]string{true: "met", false: "MISSED"}[r.Met]
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.What, r.Measured, r.Bar, state)
		}
		_ = table.Flush()
	}
	if missed {
		os.Exit(1)
	}
}

// row is one measured thing, and its bar where it has one.
type row struct {
	What, Measured, Bar string
	Met                 bool
}

// sample is what one run cost.
type sample struct {
	wall, cpu time.Duration
	boots     int
}

// lab is where the runs happen.
type lab struct {
	dir, binary, wp string
	env             []string
	bootlog         string
}

func (l *lab) site(name string) string { return filepath.Join(l.dir, name) }

// run runs a command in a site and measures it, its children included.
func (l *lab) run(site string, env []string, name string, args ...string) (sample, error) {
	_ = os.Remove(l.bootlog)
	cmd := exec.Command(name, args...)
	cmd.Dir = l.site(site)
	cmd.Env = append(slices.Clone(l.env), env...)
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	s := sample{wall: time.Since(begin)}
	if err != nil {
		return s, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if log, err := os.ReadFile(l.bootlog); err == nil {
		s.boots = strings.Count(string(log), "\n")
	}
	return s, nil
}

// median of the runs, by wall time and by CPU time.
func median(samples []sample) sample {
	walls, cpus := []time.Duration{}, []time.Duration{}
	for _, s := range samples {
		walls, cpus = append(walls, s.wall), append(cpus, s.cpu)
	}
	slices.Sort(walls)
	slices.Sort(cpus)
	return sample{wall: walls[len(walls)/2], cpu: cpus[len(cpus)/2], boots: samples[0].boots}
}

// peak gives the most memory that the program itself held, without its children's, while it ran.
func (l *lab) peak(site string, env []string, args ...string) (kib int, err error) {
	cmd := exec.Command(l.binary, args...)
	cmd.Dir, cmd.Env = l.site(site), append(slices.Clone(l.env), env...)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)); err == nil {
			if _, after, found := strings.Cut(string(status), "VmHWM:"); found {
				var now int
				if _, err := fmt.Sscan(after, &now); err == nil {
					kib = max(kib, now)
				}
			}
		}
		select {
		case err := <-done:
			return kib, err
		case <-time.After(time.Millisecond):
		}
	}
}

// startSandbox starts a partner API and gives its URL.
func (l *lab) startSandbox(latency string) (url string, stop func(), err error) {
	addr := filepath.Join(l.dir, "addr-"+latency)
	cmd := exec.Command(l.binary, "sandbox", "--http", "--addr-out="+addr, "--latency="+latency,
		"--partner=bench:secret", "--site=https://example.com=connected:42")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	for range 200 {
		if data, err := os.ReadFile(addr); err == nil {
			return strings.TrimSpace(string(data)), stop, nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("the sandbox did not start")
}
