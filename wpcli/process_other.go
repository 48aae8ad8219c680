//go:build !linux

package wpcli

import (
	"os/exec"
	"syscall"
)

// isolate prepares a child that is about to be started. The child gets a session of its own, and
// with it a process group of its own and no controlling terminal: no code of the site can ask the
// user something there, or type for them.
func isolate(child *exec.Cmd) {
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
}
