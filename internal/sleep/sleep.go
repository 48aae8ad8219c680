// Package sleep waits, but no longer than a context lives.
package sleep

import (
	"context"
	"time"
)

// Context waits for d. It returns the context's error at once if ctx is done before that.
func Context(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
