//go:build unix

package jetpack

import (
	"io/fs"
	"os"
	"syscall"
)

// openNoFollow opens a file for reading. It fails if path is a symbolic link, and doesn't block if
// it is a named pipe.
func openNoFollow(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

// ownedByUser reports whether the file belongs to the user of this process.
func ownedByUser(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
