//go:build !unix

package jetpack

import (
	"io/fs"
	"os"
)

func openNoFollow(path string) (*os.File, error) { return os.Open(path) }

// ownedByUser can't tell here, so the cache is never read.
func ownedByUser(fs.FileInfo) bool { return false }
