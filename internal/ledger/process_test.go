package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"jetpack-start/internal/testenv"
)

// Environment variables that make the test binary run child instead of the tests.
const (
	childVariable    = "LEDGER_TEST_CHILD"
	childDSNVariable = "LEDGER_TEST_DSN"
)

// child begins and finishes entries, with references of its own and with references that other
// children use too. It prints a line after each step. It returns the exit code.
func child(name, dsn string) int {
	ctx := context.Background()
	l, err := Open(ctx, dsn, Options{})
	for i := 0; i < childRounds() && err == nil; i++ {
		own, shared := fmt.Sprintf("own-%s-%d", name, i), fmt.Sprintf("shared-%d", i)
		for _, reference := range []string{own, shared} {
			var e Entry
			e, err = l.Begin(ctx, license(reference))
			if errors.Is(err, ErrClaimed) {
				fmt.Println("held", e.ID, reference)
				err = nil
				continue
			}
			if err != nil {
				break
			}
			fmt.Println("begun", e.ID, reference)
			if err = l.Done(ctx, e.ID, Outcome{LicenseKey: reference + "-" + name}); err != nil {
				break
			}
			fmt.Println("done", e.ID, reference)
		}
	}
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		fmt.Println("error", 0, err)
		return 1
	}
	return 0
}

// line is a line that a child printed.
type line struct {
	step      string // held, begun, done or error
	id        int64
	reference string
	child     string
}

// run starts a child and returns its lines. It kills the child after killAfter lines; 0 means
// never.
func run(t *testing.T, name, dsn string, killAfter int) (all []line) {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childVariable+"="+name, childDSNVariable+"="+dsn)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	killed := false
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		l := line{child: name}
		if _, err := fmt.Sscan(lines.Text(), &l.step, &l.id, &l.reference); err != nil ||
			l.step == "error" {
			t.Errorf("child %s printed %q", name, lines.Text())
		}
		all = append(all, l)
		if killAfter--; killAfter == 0 {
			killed = true
			command.Process.Kill()
		}
	}
	if err := command.Wait(); (err == nil) == killed {
		t.Errorf("child %s: %v", name, err)
	}
	return all
}

func TestProcesses(t *testing.T) {
	for _, c := range []struct{ children, killed int }{{2, 0}, {8, 3}} {
		t.Run(fmt.Sprint(c.children), func(t *testing.T) {
			each(t, func(t *testing.T, dsn string) { processes(t, dsn, c.children, c.killed) })
		})
	}
}

func processes(t *testing.T, dsn string, children, killed int) {
	var mutex sync.Mutex
	var all []line
	var group sync.WaitGroup
	for i := range children {
		group.Go(func() {
			killAfter := 0
			if i < killed {
				killAfter = 7 + 11*i
			}
			lines := run(t, fmt.Sprint("c", i), dsn, killAfter)
			mutex.Lock()
			defer mutex.Unlock()
			all = append(all, lines...)
		})
	}
	group.Wait()

	l := open(t, dsn)
	holders := map[string]string{}
	for _, s := range all {
		e := entry(t, l, s.id)
		if e.Reference != s.reference {
			t.Errorf("%+v: the entry is %+v", s, e)
		}
		switch s.step {
		case "begun":
			if other, twice := holders[s.reference]; twice {
				t.Errorf("%s was begun by %s and %s", s.reference, other, s.child)
			}
			holders[s.reference] = s.child
		case "done":
			if e.State != Done || e.LicenseKey != s.reference+"-"+s.child {
				t.Errorf("%+v: the entry is %+v", s, e)
			}
		}
	}
	for i := range childRounds() {
		reference := fmt.Sprintf("shared-%d", i)
		if found := ids(t, l, Filter{Reference: reference}); len(found) != 1 {
			t.Errorf("%s has the entries %v, want one", reference, found)
		}
	}
	n, err := l.Count(t.Context(), Filter{})
	must(t, err)
	// A killed child may have begun an entry without printing it.
	if n < int64(len(holders)) || n > int64(len(holders)+killed) {
		t.Errorf("%d entries, want %d, and at most %d more", n, len(holders), killed)
	}
	if s, ok := l.store.(*sqliteStore); ok {
		var result string
		must(t, s.writer.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&result))
		if strings.TrimSpace(result) != "ok" {
			t.Error(result)
		}
	}
}

// childRounds returns how many rounds each child does. SQLite, here in Go, is more than ten times
// slower under the race detector.
func childRounds() int {
	if testenv.RaceDetector {
		return 25
	}
	return 60
}
