//go:build unix

package ledger

import (
	"io/fs"
	"os"
	"syscall"
)

// isPrivate reports whether only the owner can read, write or execute the file.
func isPrivate(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }

// isOurs reports whether the file belongs to the user of this process or to root.
func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Geteuid())
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
