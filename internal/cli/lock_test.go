package cli

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// lockFile returns the lock file of a name.
func lockFile(name string) string { return lockFiles([]string{name})[0] }

// nameWith returns a name with a lock file that fits.
func nameWith(fits func(file string) bool) string {
	for i := 0; ; i++ {
		if name := fmt.Sprintf("site%d.example.com", i); fits(lockFile(name)) {
			return name
		}
	}
}

func TestSiteLock(t *testing.T) {
	dir := t.TempDir()
	a := &app{getenv: func(string) string { return dir }}
	lock := func(names ...string) (unlock func(), waited bool, err error) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, errInterrupted)
		defer cancel()
		return a.siteLock(ctx, names, time.Minute)
	}
	const name = "example.com"
	same := nameWith(func(file string) bool { return file == lockFile(name) })
	before := nameWith(func(file string) bool { return file < lockFile(name) })
	// Two names with the same file: the process must not wait for itself.
	unlock, waited, err := lock("42", same, name)
	if err != nil || waited {
		t.Fatalf("waited: %v, error: %v", waited, err)
	}
	for _, names := range [][]string{{"42"}, {name}, {same}, {name, before}} {
		if _, waited, err := lock(names...); err != errInterrupted || !waited {
			t.Errorf("%q: waited: %v, error: %v", names, waited, err)
		}
	}
	// The last of them gave up, and released what it had locked before.
	if unlock, waited, err := lock(before); err != nil || waited {
		t.Errorf("%s: waited: %v, error: %v", before, waited, err)
	} else {
		unlock()
	}
	time.AfterFunc(60*time.Millisecond, unlock)
	if unlock, waited, err = lock(name, "42"); err != nil || !waited {
		t.Fatalf("after the release: waited: %v, error: %v", waited, err)
	}
	unlock()
}

// Two runs that name a site in different orders must lock its files in the same one.
func TestLockFilesHaveOneOrder(t *testing.T) {
	names := []string{"42", "example.com", "www.example.com"}
	want := lockFiles(names)
	slices.Reverse(names)
	if got := lockFiles(names); !slices.Equal(got, want) || len(got) != 3 {
		t.Errorf("%q and %q", got, want)
	}
}
