//go:build !unix

package jetpack

import (
	"io/fs"
	"os"
)

// openNoFollow opens a file for reading.
func openNoFollow(path string) (*os.File, error) { return os.Open(path) }

// ownedByUser reports false, because this system has no user IDs. So the cache is never read.
func ownedByUser(fs.FileInfo) bool { return false }
