//go:build unix

package ledger

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"jetpack-start/internal/ledger/ledgertest"
)

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Mode().Perm()
}

func TestSQLiteFiles(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := ledgertest.SQLite(t)
	l := open(t, path)
	begin(t, l, license("1"))
	if got := mode(t, filepath.Dir(path)); got != 0o700 {
		t.Errorf("folder %o", got)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if got := mode(t, name); got != 0o600 {
			t.Errorf("%s %o", name, got)
		}
	}
	writer := l.store.(*sqliteStore).writer
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1",
	} {
		var got string
		must(t, writer.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
	entry(t, l, 1) // opens a connection that reads
	must(t, l.Close())
	left, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// syncedDirs replaces syncDir for a test, which sees the folders that were synced while the file
// existed. err is what syncDir returns.
func syncedDirs(t *testing.T, file string, err error) *[]string {
	t.Helper()
	original := syncDir
	t.Cleanup(func() { syncDir = original })
	synced := new([]string)
	syncDir = func(dir string) error {
		if _, err := os.Stat(file); err == nil {
			*synced = append(*synced, dir)
		}
		return err
	}
	return synced
}

func TestSQLiteFileIsSynced(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		path string
		want []string
	}{
		{"ledger", []string{dir}},
		{"a/b/ledger", []string{dir + "/a/b", dir + "/a", dir}},
		{"a/b/ledger", nil}, // it exists
		{"a/c/ledger", []string{dir + "/a/c", dir + "/a"}},
	} {
		path := filepath.Join(dir, c.path)
		synced := syncedDirs(t, path, nil)
		open(t, path)
		if !slices.Equal(*synced, c.want) {
			t.Errorf("%s: synced %q, want %q", c.path, *synced, c.want)
		}
	}
	path := filepath.Join(dir, "unsynced")
	syncedDirs(t, path, fs.ErrPermission)
	_, err := Open(t.Context(), path, Options{})
	want(t, err, fs.ErrPermission)
}

// TestSyncDir tests the function that Open uses.
func TestSyncDir(t *testing.T) {
	must(t, syncDir(t.TempDir()))
	if err := syncDir(t.TempDir() + "/missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
	// A folder of procfs can be opened but not synced, which shows that fsync is called.
	if runtime.GOOS == "linux" {
		if err := syncDir("/proc"); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("/proc: %v", err)
		}
	}
}

func TestSQLiteNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"plain", "a b?mode=memory#c%20&d", "deep/er/ledger.sqlite", "mysql:", "ünï☃",
	} {
		l := open(t, name)
		begin(t, l, license("1"))
		must(t, l.Close())
		if got := mode(t, name); got != 0o600 {
			t.Errorf("%s %o", name, got)
		}
	}
	must(t, os.Symlink("plain", "link"))
	if got := entry(t, open(t, "link"), 1); got.Reference != "1" {
		t.Errorf("through a link: %+v", got)
	}
	if _, err := os.Stat("link-wal"); err == nil {
		t.Error("the write-ahead log is beside the link, not beside the file")
	}
}

func TestSQLiteRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(path string)
		text    string
	}{
		"others can read": {func(path string) { os.WriteFile(path, nil, 0o640) }, "chmod 600"},
		"others can read its log": {func(path string) {
			os.WriteFile(path, nil, 0o600)
			os.WriteFile(path+"-wal", nil, 0o604)
		}, "-wal, which holds license keys: chmod 600"},
		"folder":      {func(path string) { os.Mkdir(path, 0o700) }, "is a folder"},
		"pipe":        {func(path string) { syscall.Mkfifo(path, 0o600) }, "not a regular file"},
		"broken link": {func(path string) { os.Symlink("nowhere", path) }, "no such file"},
		"not SQLite": {func(path string) {
			os.WriteFile(path, []byte(strings.Repeat("hello ", 1000)), 0o600)
		}, "is not an SQLite database"},
		"another program's": {func(path string) {
			os.WriteFile(path, nil, 0o600)
			rawSQLite(t, path).Exec("CREATE TABLE x (y)")
		}, "is the database of another program"},
		"newer": {func(path string) {
			open(t, path).Close()
			rawSQLite(t, path).Exec("PRAGMA user_version=99")
		}, "was written by a newer jetpack-start (schema 99, this one has 1)"},
		"no folder": {func(path string) {
			os.WriteFile(filepath.Dir(path)+"/x", nil, 0o600)
		}, "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger")
			c.prepare(path)
			if name == "no folder" {
				path = filepath.Dir(path) + "/x/ledger"
			}
			content := func() string {
				if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
					return ""
				}
				all, _ := os.ReadFile(path)
				return string(all)
			}
			before := content()
			_, err := Open(t.Context(), path, Options{})
			want(t, err, err)
			if err == nil || !strings.Contains(err.Error(), c.text) ||
				!strings.Contains(err.Error(), filepath.Dir(path)) {
				t.Errorf("error %v, want %q", err, c.text)
			}
			if content() != before {
				t.Error("the file was changed")
			}
		})
	}
}

// Another user must not be able to exchange the ledger.
func TestSQLiteOwners(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files to others")
	}
	for _, others := range []string{"dir", "dir/file", "dir/link", "links", "links/link"} {
		t.Chdir(t.TempDir())
		must(t, os.MkdirAll("dir", 0o700))
		must(t, os.MkdirAll("links", 0o700))
		must(t, os.WriteFile("dir/file", nil, 0o600))
		must(t, os.Symlink("file", "dir/link"))
		must(t, os.Symlink("../dir/file", "links/link"))
		must(t, os.Lchown(others, 54321, 54321))
		for _, path := range []string{"dir/file", "dir/link", "links/link"} {
			uses := others == path || others == filepath.Dir(path) ||
				others == "dir" || others == "dir/file"
			_, err := prepareFile(path)
			refused := err != nil && strings.Contains(err.Error(), "another user")
			if refused != uses {
				t.Errorf("%s is another's: %s: %v", others, path, err)
			}
		}
	}
}

func TestDocrootInUse(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Symlink("/nowhere", filepath.Join(dir, "link")))
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	uid := uint32(os.Getuid())
	for _, c := range []struct {
		path string
		uid  uint32
		want bool
	}{
		{dir, uid, true},
		{dir, uid + 1, false},      // given to another user
		{dir + "/link", uid, true}, // not followed
		{dir + "/gone", uid, uid != 0},
		{dir + "/releases/1/gone", uid, uid != 0},
		{dir + "/file/gone", uid, uid != 0},
		{dir + "/gone", uid + 1, false},
		{"/nobody-has-this/gone", 12345, false},
		{"/nobody-has-this/gone", 0, false},
		{"/", 0, true},
		{"/" + strings.Repeat("x", 300), 12345, true}, // can't be determined
	} {
		if got := LocalDocroot("web1", c.path, c.uid).inUse(); got != c.want {
			t.Errorf("%.60s of %d is in use: %t", c.path, c.uid, got)
		}
	}
	if os.Getuid() != 0 {
		return
	}
	must(t, os.Chown(dir, 12345, -1))
	for path, want := range map[string]bool{"": true, "/releases/1/gone": true, "/file": false} {
		if got := LocalDocroot("web1", dir+path, 12345).inUse(); got != want {
			t.Errorf("%q is in use: %t", path, got)
		}
	}
}
