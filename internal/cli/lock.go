package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockEvery is the pause between two tries for a lock that somebody else has.
const lockEvery = 50 * time.Millisecond

// siteLock keeps two runs of one user on one machine from changing the same site at the same time,
// and says whether this one had to wait. The kernel lets go of it when the program ends, however
// it ends. Where the user has no folder for caches, or it can't be written, nothing is locked:
// that must not keep a customer from a plan.
func (a *app) siteLock(
	ctx context.Context, siteURL string,
) (unlock func(), waited bool, err error) {
	none := func() {}
	dir := cacheDir(a.getenv)
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return none, false, nil
	}
	// One of 256 files: two sites may share one and wait for each other, but a fleet leaves no file
	// a site behind.
	sum := sha256.Sum256([]byte(siteURL))
	file, err := os.OpenFile(
		filepath.Join(dir, "site-"+hex.EncodeToString(sum[:1])+".lock"), os.O_CREATE|os.O_RDWR,
		0o600,
	)
	if err != nil {
		a.debugf("no lock: %v", err)
		return none, false, nil
	}
	for {
		// Tried, not waited for: a call that blocks in the kernel can't be interrupted.
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, waited, nil
		}
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			file.Close()
			a.debugf("no lock: %v", err)
			return none, waited, nil
		}
		if !waited {
			waited = true
			a.progress("waiting for another jetpack-start that works on this site")
			defer a.progress("")
		}
		select {
		case <-time.After(lockEvery):
		case <-ctx.Done():
			file.Close()
			return nil, waited, context.Cause(ctx)
		}
	}
}
