package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/failure"
)

// defaultLockTimeout is the longest wait for another run. One that works holds a lock for some
// boots and requests.
const defaultLockTimeout = 5 * time.Minute

// codeLocked is the code of a command that gave up waiting for another run.
const codeLocked = "site_locked"

// lockFlags are the flags of the commands that change a site.
func lockFlags() []cli.Flag {
	return []cli.Flag{durationFlag(catSafety, "lock-timeout", defaultLockTimeout,
		"wait at most `DURATION` for another jetpack-start that works on this site")}
}

// lockNotice is the time after which a wait is announced if no progress is shown.
const lockNotice = 2 * time.Second

// lockInterval is the time between two tries for a lock that another process holds.
const lockInterval = 50 * time.Millisecond

// siteLock locks the site that is known by any of names, so that two runs of one user on one
// machine can't change it at the same time. It reports whether it had to wait for another run. The
// kernel releases the lock when the process ends, however it ends.
//
// If there is no directory for the locks, it can't be written, or others can exchange the files,
// there is a warning and nothing is locked: that must not keep a customer from getting a plan.
func (a *app) siteLock(
	ctx context.Context, names []string, timeout time.Duration,
) (unlock func(), waited bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, &failure.Error{
		Code: codeLocked, Retryable: true,
		Message: fmt.Sprintf("another jetpack-start worked on this site for %v; nothing was sent",
			timeout),
	})
	defer cancel()
	var files []*os.File
	unlock = func() {
		for _, file := range files {
			file.Close()
		}
	}
	dir, err := a.lockDir()
	if err != nil {
		a.warnUnlocked(err)
		return unlock, false, nil
	}
	for _, name := range lockFiles(names) {
		file, err := openLock(filepath.Join(dir, name))
		if err != nil {
			a.warnUnlocked(err)
			break
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

// lockDir returns the directory of the locks, which it creates.
func (a *app) lockDir() (string, error) {
	dir := a.folders().locks
	if dir == "" {
		return "", errors.New(noHome)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if err := dirOfOurs(dir); err != nil {
		return "", fmt.Errorf("%s %w", dir, err)
	}
	return dir, nil
}

// warnUnlocked warns that two runs for the site can't know of each other.
func (a *app) warnUnlocked(err error) {
	a.warn("the site isn't locked: "+err.Error(),
		"name a directory for the locks with $"+envCacheDir)
}

// openLock opens a lock file, and creates it if it doesn't exist. It follows no symbolic link, and
// doesn't block if the file is a named pipe.
func openLock(name string) (*os.File, error) {
	const flags = os.O_CREATE | os.O_RDWR | syscall.O_NOFOLLOW | syscall.O_NONBLOCK
	file, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	if err := ownedByUs(file.Stat()); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s %w", name, err)
	}
	return file, nil
}

// dirOfOurs returns an error unless the directory, and the symbolic link that leads to it, belong
// to the user of this process or to root.
func dirOfOurs(dir string) error {
	if err := ownedByUs(os.Lstat(dir)); err != nil {
		return err
	}
	return ownedByUs(os.Stat(dir))
}

// ownedByUs returns an error unless the file belongs to the user of this process or to root.
func ownedByUs(info fs.FileInfo, err error) error {
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return errors.New("belongs to another user")
	}
	return nil
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
	const waiting = "waiting for another jetpack-start that works on this site"
	notice := time.After(lockNotice)
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
			a.progress(waiting)
			defer a.progress("")
		}
		select {
		case <-time.After(lockInterval):
		case <-notice:
			if !a.escapes() && a.dropIn == "" {
				a.notice(waiting)
			}
		case <-ctx.Done():
			return waited, context.Cause(ctx)
		}
	}
}
