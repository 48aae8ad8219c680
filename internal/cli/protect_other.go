//go:build !linux

package cli

// ProtectMemory does nothing: only Linux has /proc/PID/environ and /proc/PID/mem.
func ProtectMemory() error { return nil }
