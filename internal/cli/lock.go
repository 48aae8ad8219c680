package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// lockInterval is the time between two tries for a lock that another process holds.
const lockInterval = 50 * time.Millisecond

// siteLock locks the site that is known by any of names, so that two runs of one user on one
// machine can't change it at the same time. It reports whether it had to wait for another run. The
// kernel releases the lock when the process ends, however it ends.
//
// If the user has no cache folder, or it can't be written, nothing is locked: that must not keep a
// customer from getting a plan.
func (a *app) siteLock(
	ctx context.Context, names []string,
) (unlock func(), waited bool, err error) {
	var files []*os.File
	unlock = func() {
		for _, file := range files {
			file.Close()
		}
	}
	dir := cacheDir(a.getenv)
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return unlock, false, nil
	}
	for _, name := range lockFiles(names) {
		file, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			a.debugf("no lock: %v", err)
			continue
		}
		files = append(files, file)
		blocked, err := a.flock(ctx, file)
		waited = waited || blocked
		if err != nil {
			unlock()
			return nil, waited, err
		}
	}
	return unlock, waited, nil
}

// lockFiles returns the names of the lock files for a site's names: sorted, because two runs that
// lock the same files in different orders could wait for each other forever, and each once, because
// a process that has locked a file would wait for itself.
//
// There are 256 of them. Two sites can share one and wait for each other, but a host with many
// sites doesn't get a file for each.
func lockFiles(names []string) []string {
	var files []string
	for _, name := range names {
		sum := sha256.Sum256([]byte(name))
		files = append(files, "site-"+hex.EncodeToString(sum[:1])+".lock")
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// flock locks a file, and reports whether another process held the lock at first. A file system
// without locks isn't an error.
func (a *app) flock(ctx context.Context, file *os.File) (waited bool, err error) {
	for {
		// LOCK_NB, because a call that blocks in the kernel can't be interrupted.
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return waited, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			a.debugf("no lock: %v", err)
			return waited, nil
		}
		if !waited {
			waited = true
			a.progress("waiting for another jetpack-start that works on this site")
			defer a.progress("")
		}
		select {
		case <-time.After(lockInterval):
		case <-ctx.Done():
			return waited, context.Cause(ctx)
		}
	}
}
