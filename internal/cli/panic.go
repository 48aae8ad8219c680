package cli

import (
	"fmt"
	"maps"
	"runtime"
	"strings"
	"sync"

	"jetpack-start/internal/crash"
	"jetpack-start/internal/provision"
)

// codeInternal is the error code of a panic.
const codeInternal = "internal_error"

// history is what a command has done so far, to be reported after a panic. Its methods may be
// called by several goroutines at once.
type history struct {
	mu    sync.Mutex
	done  []string // changes
	calls []string // requests to the API and runs of wp, without secrets
}

// maxCalls is the number of calls that a history keeps: the last ones.
const maxCalls = 20

// addChange adds a change that was made.
func (h *history) addChange(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = append(h.done, text)
}

// addCall adds a call, which must be free of secrets.
func (h *history) addCall(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, text)
	h.calls = h.calls[max(0, len(h.calls)-maxCalls):]
}

// logCall notes a call for a report of a panic, and prints it with --debug.
func (a *app) logCall(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	a.history.addCall(text)
	a.debugf("%s", text)
}

// reportPanic reports a panic and what had been done before it, and returns the exit code. The
// value of a panic isn't printed unless it is the runtime's: it could hold a secret.
func (a *app) reportPanic(p *crash.Panic) (code int) {
	code = exitPanic
	defer func() { _ = recover() }() // if the streams can't be written, the exit code must do
	what := fmt.Sprintf("a panic of type %T", p.Value)
	if e, ok := p.Value.(runtime.Error); ok {
		what = e.Error()
	}
	where := "an unknown place"
	if len(p.Stack) > 0 {
		where = p.Stack[0]
	}
	message := fmt.Sprintf("a bug in jetpack-start: %s, at %s", what, where)
	a.history.mu.Lock()
	done, calls := a.history.done, a.history.calls
	a.history.mu.Unlock()
	out := record{
		"success": false, "outcome": provision.Failed,
		"error_code": codeInternal, "error_message": message,
	}
	out.add("done", done, len(done) > 0)
	out.add("calls", calls, len(calls) > 0)
	if a.dropIn != "" {
		more := record{"error": codeInternal, "message": message}
		maps.Copy(out, more)
		_ = writeJSON(a.failures(a.dropIn), out, "")
		return code
	}
	a.fail(message+" ("+codeInternal+")", errorTable[codeInternal].solution)
	if len(done) > 0 {
		a.say("done before that: " + strings.Join(done, ", "))
	}
	for _, call := range calls {
		a.say("before that: " + call)
	}
	if a.debug {
		for _, frame := range p.Stack {
			a.debugf("%s", frame)
		}
	}
	_ = a.printJSON(out)
	return code
}
