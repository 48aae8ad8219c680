package scripttest

import (
	"errors"
	"os/exec"
	"strconv"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdExits runs a command and fails unless it exits with the code given.
func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// cmdShellout runs a line of sh. It fails if the line fails, or with "!" if it doesn't.
func cmdShellout(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec("sh", "-c", args[0])
	if (err != nil) != neg {
		ts.Fatalf("sh: %v", err)
	}
}

var signals = map[string]syscall.Signal{
	"HUP":  syscall.SIGHUP,
	"INT":  syscall.SIGINT,
	"KILL": syscall.SIGKILL,
	"TERM": syscall.SIGTERM,
}

// cmdSignal sends a signal to the script's background commands.
func cmdSignal(ts *testscript.TestScript, _ bool, args []string) {
	signal, known := signals[args[0]]
	if !known {
		ts.Fatalf("signal: unknown signal %s", args[0])
	}
	for _, background := range ts.BackgroundCmds() {
		ts.Check(background.Process.Signal(signal))
	}
}
