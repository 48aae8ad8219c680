package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// siteLock keeps two runs of one user on one machine from changing the same site at the same time. The kernel lets go
// of it when the program ends, however it ends. Where the user has no folder for caches, nothing is locked.
func (w *world) siteLock(ctx context.Context, siteURL string) (func(), error) {
	dir := cacheDir(w.getenv)
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return func() {}, nil
	}
	// One of 256 files: two sites may share one and wait for each other, but a fleet leaves no file a site behind.
	sum := sha256.Sum256([]byte(siteURL))
	path := filepath.Join(dir, "site-"+hex.EncodeToString(sum[:1])+".lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600) // lockedfile would let others read it
	if err != nil {
		w.debugf("no lock: %v", err)
		return func() {}, nil
	}
	file.Close()
	mutex := lockedfile.MutexAt(path)
	type locked struct {
		unlock func()
		err    error
	}
	got := make(chan locked, 1)
	go func() {
		unlock, err := mutex.Lock()
		got <- locked{unlock, err}
	}()
	w.progress("waiting for another jetpack-start that works on this site")
	defer w.progress("")
	select {
	case l := <-got:
		if l.err != nil {
			// A read-only cache must not keep a customer from a plan.
			w.debugf("no lock: %v", l.err)
			return func() {}, nil
		}
		return l.unlock, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
