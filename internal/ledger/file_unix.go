//go:build unix

package ledger

import (
	"io/fs"
	"os"
)

func private(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
