// Package crash carries panics from one goroutine to another. Without it, a panic outside of the
// main goroutine ends the process before anything can be reported.
package crash

import (
	"fmt"
	"runtime"
	"strings"
)

// Panic is a panic of another goroutine. Its text is that of the panic.
type Panic struct {
	Value any
	Stack []string // the functions that were running, innermost first, as FUNCTION (FILE:LINE)
}

func (p *Panic) Error() string { return fmt.Sprint(p.Value) }

// Go runs f in a goroutine. The function that it returns waits for f, and panics with a *Panic if f
// has panicked.
func Go(f func()) (wait func()) {
	var p *Panic
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if value := recover(); value != nil {
				p = Caught(value)
			}
		}()
		f()
	}()
	return func() {
		<-done
		if p != nil {
			panic(p)
		}
	}
}

// Caught returns the panic that recover returned value for. It must be called by the deferred
// function that called recover.
func Caught(value any) *Panic {
	if p, ok := value.(*Panic); ok {
		return p
	}
	return &Panic{Value: value, Stack: stack()}
}

// stack returns the functions that were running when the panic began. It is called by Caught.
func stack() []string {
	var counters [64]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(4, counters[:])])
	var lines []string
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") {
			file := f.File[strings.LastIndexByte(f.File, '/')+1:]
			lines = append(lines, fmt.Sprintf("%s (%s:%d)", f.Function, file, f.Line))
		}
		if !more {
			return lines
		}
	}
}
