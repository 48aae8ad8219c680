//go:build unix

package ledger

import (
	"io/fs"
	"os"
)

// isPrivate reports whether only the owner can read, write or execute the file.
func isPrivate(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }

// fsyncDir syncs the names in a folder to disk.
func fsyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
