package wpcli

import (
	"context"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAskpass(t *testing.T) {
	const question = "first line\nsecond line? "
	for name, c := range map[string]struct {
		kind, answer string
		ok           bool
		code         int
		stdout       string
	}{
		"answer":            {"", "pass phrase", true, 0, "pass phrase\n"},
		"empty answer":      {"", "", true, 0, "\n"},
		"no answer":         {"", "left over", false, 1, ""},
		"confirmed":         {"confirm", "YES", true, 0, "YES\n"},
		"not confirmed":     {"confirm", "no", true, 1, ""},
		"nobody to confirm": {"confirm", "", false, 1, ""},
		"notice":            {"none", "", true, 0, "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			cli := &CLI{Ask: func(_ context.Context, q Question) (string, bool) {
				if q != (Question{question, c.kind == "none"}) {
					t.Errorf("question %+v", q)
				}
				return c.answer, c.ok
			}}
			asking := cli.startAskpass(t.Context())
			env := asking.env([]string{"SSH_ASKPASS_PROMPT=" + c.kind})
			var stdout strings.Builder
			for range 2 {
				stdout.Reset()
				code, handled := Askpass([]string{"ssh", question}, lookup(env), &stdout)
				if !handled || code != c.code || stdout.String() != c.stdout {
					t.Errorf("%v, code %d, %q", handled, code, &stdout)
				}
			}
			var want []string
			if !c.ok {
				want = []string{"first line second line?"}
			}
			if got := asking.stop(); !slices.Equal(got, want) {
				t.Errorf("unanswered: %q, want %q", got, want)
			}
			if _, err := os.Stat(asking.dir); err == nil {
				t.Error("the socket's directory is left")
			}
			code, handled := Askpass([]string{"ssh", question}, lookup(env), &stdout)
			if !handled || code == 0 {
				t.Errorf("answered after the end: %v, code %d", handled, code)
			}
		})
	}
}

// lookup returns the os.Getenv of an environment.
func lookup(env []string) func(string) string {
	return func(name string) string {
		for _, entry := range env {
			if value, found := strings.CutPrefix(entry, name+"="); found {
				return value
			}
		}
		return ""
	}
}

func TestAskpassIsNotForOtherCalls(t *testing.T) {
	for _, args := range [][]string{{"jetpack-start"}, {"jetpack-start", "status", "--debug"}} {
		env := func(string) string { return "/nowhere" }
		if _, handled := Askpass(args, env, nil); handled {
			t.Errorf("%q is taken for a question", args)
		}
	}
	if _, handled := Askpass([]string{"jetpack-start", "status"}, lookup(nil), nil); handled {
		t.Error("a command is taken for a question")
	}
	never := func(context.Context, Question) (string, bool) { return "", false }
	for name, c := range map[string]*CLI{
		"nobody to ask":   {},
		"another program": {Ask: never, Env: []string{"SSH_ASKPASS=/usr/bin/ssh-askpass"}},
		"another account": {Ask: never, RunAs: &Account{}},
	} {
		if asking := c.startAskpass(t.Context()); asking != nil {
			t.Errorf("%s: asks", name)
			asking.stop()
		}
	}
}

// A client that asks nothing, or a user who doesn't answer, must not outlast the call.
func TestAskpassStops(t *testing.T) {
	started := make(chan bool, 1)
	cli := &CLI{Ask: func(ctx context.Context, _ Question) (string, bool) {
		started <- true
		<-ctx.Done()
		return "", false
	}}
	for _, asks := range []bool{false, true} {
		asking := cli.startAskpass(t.Context())
		conn, err := net.Dial("unix", asking.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if asks {
			if _, err := conn.Write([]byte(`{"text":"?"}`)); err != nil {
				t.Fatal(err)
			}
			<-started
		}
		stopped := make(chan bool)
		go func() { asking.stop(); close(stopped) }()
		select {
		case <-stopped:
		case <-time.After(10 * time.Second):
			t.Fatalf("asks %v: doesn't stop", asks)
		}
	}
}
