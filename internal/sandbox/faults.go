package sandbox

import (
	"strings"
	"sync"
	"time"
)

// way is how an answer leaves, or doesn't.
type way int

const (
	waySend way = iota
	wayHang
	wayCut
	wayTruncate
)

// fault is one trouble, as taken for one request. The zero value is none.
type fault struct {
	faultKind
	call    string
	kind    string
	value   string
	spec    string // kind and value, for the log
	latency time.Duration
	left    int // how often still; below zero: always
}

// faultQueue hands out faults in the order given.
type faultQueue struct {
	mu    sync.Mutex
	queue []fault
}

// replace puts new faults in; with one wrong, none changes.
func (q *faultQueue) replace(specs []string) error {
	var queue []fault
	for _, spec := range specs {
		f, err := parseFault(spec)
		if err != nil {
			return err
		}
		queue = append(queue, f)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = queue
	return nil
}

// take uses up the first fault for a call. Latency combines with the next one.
func (q *faultQueue) take(call string) fault {
	q.mu.Lock()
	defer q.mu.Unlock()
	var taken fault
	var specs []string
	for i := range q.queue {
		f := &q.queue[i]
		if f.left == 0 || f.call != "any" && f.call != call {
			continue
		}
		if f.left > 0 {
			f.left--
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
