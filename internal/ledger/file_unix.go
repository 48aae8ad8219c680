//go:build unix

package ledger

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// isPrivate reports whether only the owner can read, write or execute the file.
func isPrivate(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }

// isOurs reports whether the file belongs to the user of this process or to root.
func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Geteuid())
}

// nearestOwner returns the user ID of the owner of path, or if that doesn't exist, of the nearest
// directory above it that does; exact reports whether path exists. The ID is "" if it can't be
// determined.
func nearestOwner(path string) (uid string, exact bool) {
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		gone := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
		if gone && at != filepath.Dir(at) {
			continue
		}
		if err != nil {
			return "", false
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return "", false
		}
		return strconv.FormatUint(uint64(stat.Uid), 10), at == filepath.Clean(path)
	}
}

// fsyncDir syncs the names in a folder to disk.
func fsyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
