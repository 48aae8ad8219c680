package scripttest

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// command is a command that golden scripts have besides testscript's own. docs/golden-scripts.md
// has a row for each, with its usage.
type command struct {
	usage    string // the command line, starting with the command's name
	min, max int    // the number of arguments; max -1 means any
	negates  bool   // the command may follow "!"
	run      func(ts *testscript.TestScript, neg bool, args []string)
}

// handler returns the function that testscript calls for the command called name. It fails the
// script for a "!" that the command would ignore, and for a wrong number of arguments.
func (c command) handler(name string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg && !c.negates {
			ts.Fatalf("unsupported: ! %s", name)
		}
		if len(args) < c.min || c.max >= 0 && len(args) > c.max {
			ts.Fatalf("usage: %s", c.usage)
		}
		c.run(ts, neg, args)
	}
}

// commands returns the harness's commands by name.
func (h *harness) commands(t *testing.T) map[string]command {
	return map[string]command{
		"calls":    {"calls [-path]", 0, 1, false, cmdCalls},
		"database": {"database", 0, 0, false, cmdDatabase(t)},
		"document": {"document FILE [NAME=VALUE…]", 1, -1, false, cmdDocument},
		"exits":    {"exits CODE COMMAND [ARG…]", 2, -1, false, cmdExits},
		"json":     {"json FILE PATH [VALUE]", 2, 3, true, cmdJSON},
		"nosecret": {"nosecret [WORD…]", 0, -1, false, cmdNoSecret},
		"probes":   {"probes [USER…]", 0, -1, false, h.cmdProbes},
		"recorder": {"recorder [--latency=DURATION] [FILE]", 0, 2, false, cmdRecorder},
		"sandbox":  {"sandbox [https] [--FLAG=VALUE…]", 0, -1, false, cmdSandbox},
		"shellout": {"shellout LINE", 1, 1, true, cmdShellout},
		"signal":   {"signal NAME", 1, 1, false, cmdSignal},
		"site":     {"site [network] [NAME[=VALUE]…]", 0, -1, false, h.cmdSite},
		"sql":      {"sql STATEMENT", 1, -1, false, cmdSQL},
		"state":    {"state", 0, 0, false, cmdState},
		"until":    {"until FILE WORD", 2, 2, false, cmdUntil},
		"whmcs":    {"whmcs CODE COMMAND [--FLAG…] [NAME=VALUE…]", 2, -1, false, cmdWHMCS},
		"wpcalls":  {"wpcalls", 0, 0, false, cmdWPCalls},
	}
}
