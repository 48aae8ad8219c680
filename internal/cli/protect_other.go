//go:build unix && !linux

package cli

import "golang.org/x/sys/unix"

// ProtectMemory disables core dumps, which would hold the secrets. Only Linux has /proc/PID/environ
// and /proc/PID/mem.
func ProtectMemory() error {
	return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}
