//go:build !linux

package wpcli

import (
	"os/exec"
	"syscall"
)

// isolate prepares a child that is about to be started, with the rights of account if that isn't
// nil. The child gets a session of its own, and with it a process group of its own and no
// controlling terminal: no code of the site can ask the user something there, or type for them.
func isolate(child *exec.Cmd, account *Account) {
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if account != nil {
		setAccount(child, account)
	}
}
