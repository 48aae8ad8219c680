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

// The variables by which the test's own binary is started as another process on a ledger.
const (
	childVariable    = "LEDGER_TEST_CHILD"
	childDSNVariable = "LEDGER_TEST_DSN"
)

// child asks for references of its own and for some that its siblings ask for too. It says what it
// has begun and done.
func child(name, dsn string) int {
	ctx := context.Background()
	l, err := Open(ctx, dsn, Options{})
	for i := 0; i < childRounds() && err == nil; i++ {
		for _, reference := range []string{fmt.Sprintf("own-%s-%d", name, i), fmt.Sprintf("shared-%d", i)} {
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

type said struct {
	what      string
	id        int64
	reference string
	by        string
}

// run starts a child and kills it after some lines; 0 lets it live.
func run(t *testing.T, name, dsn string, kill int) (all []said) {
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
		s := said{by: name}
		if _, err := fmt.Sscan(lines.Text(), &s.what, &s.id, &s.reference); err != nil ||
			s.what == "error" {
			t.Errorf("child %s says %q", name, lines.Text())
		}
		all = append(all, s)
		if kill--; kill == 0 {
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
	var all []said
	var group sync.WaitGroup
	for i := range children {
		group.Go(func() {
			kill := 0
			if i < killed {
				kill = 7 + 11*i
			}
			lines := run(t, fmt.Sprint("c", i), dsn, kill)
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
		switch s.what {
		case "begun":
			if other, twice := holders[s.reference]; twice {
				t.Errorf("%s was begun by %s and %s", s.reference, other, s.by)
			}
			holders[s.reference] = s.by
		case "done":
			if e.State != Done || e.LicenseKey != s.reference+"-"+s.by {
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
	// A child that was killed may have begun one that it didn't get to tell of.
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

// childRounds returns how many rounds each child does. SQLite is Go here, and more than ten times
// slower under the race detector than without it.
func childRounds() int {
	if testenv.RaceDetector {
		return 25
	}
	return 60
}
