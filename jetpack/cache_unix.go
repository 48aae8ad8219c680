//go:build unix

package jetpack

import (
	"io/fs"
	"os"
	"syscall"
)

// openNoFollow opens a file for reading, neither through a symbolic link at its end nor waiting
// for a pipe's other end.
func openNoFollow(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

func ownedByUser(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
