package cli

import "golang.org/x/sys/unix"

// ProtectMemory closes the environment, the memory and the open files of this process, which are
// in /proc, to other processes of the same user, and disables core dumps. The code of a site runs
// as a child of this process, often as the same user, and could read the partner's secret there.
//
// Executing a program undoes it, so it must be called again after that.
func ProtectMemory() error {
	return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}
