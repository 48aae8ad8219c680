package sandbox

import (
	"strings"
	"sync"
	"time"
)

// delivery is how a response is sent.
type delivery int

const (
	deliverWhole  delivery = iota
	deliverNever           // keep the connection open and send nothing
	deliverCut             // close the connection without a response
	deliverPartly          // close the connection after half of the body
)

// fault is a fault in the queue, or the one that applies to a request. The zero value changes
// nothing.
type fault struct {
	faultKind
	call      string
	kind      string
	value     string
	spec      string // kind and value, for the log
	latency   time.Duration
	remaining int // number of requests it still applies to; negative: no limit
}

// faultQueue holds the faults that are left, in the order in which they apply. Create one with
// newFaultQueue.
type faultQueue struct {
	calls []string // the names that a fault may have before its colon

	mu     sync.Mutex
	faults []fault
}

// newFaultQueue returns an empty queue of faults for the given calls.
func newFaultQueue(calls []string) *faultQueue { return &faultQueue{calls: calls} }

// replace replaces all faults by those of specs. If one of them is invalid, it changes nothing.
func (q *faultQueue) replace(specs []string) error {
	var faults []fault
	for _, spec := range specs {
		f, err := parseFault(spec, q.calls)
		if err != nil {
			return err
		}
		faults = append(faults, f)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.faults = faults
	return nil
}

// take returns the first fault that applies to a call, and counts it down. Latencies before it in
// the queue are counted down too, and added to its own.
func (q *faultQueue) take(call string) fault {
	q.mu.Lock()
	defer q.mu.Unlock()
	var taken fault
	var specs []string
	for i := range q.faults {
		f := &q.faults[i]
		if f.remaining == 0 || f.call != "any" && f.call != call {
			continue
		}
		if f.remaining > 0 {
			f.remaining--
		}
		specs = append(specs, f.spec)
		latency := taken.latency + f.latency
		if f.kind == "latency" {
			taken.latency = latency
			continue
		}
		taken = *f
		taken.latency = latency
		break
	}
	taken.spec = strings.Join(specs, "+")
	return taken
}
