package wpcli

import (
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// isolate prepares a child that is about to be started by this goroutine, with the rights of
// account if that isn't nil.
//
// The child gets a session of its own, and with it a process group of its own and no controlling
// terminal: no code of the site can ask the user something there, or type for them. And the kernel
// kills it when this process ends, however it ends, but not what the child has started.
func isolate(child *exec.Cmd, account *Account) {
	// The kernel kills the child when the thread that started it ends. go-cmd starts the child and
	// waits for it in one goroutine, which ends after the child. The thread must not be unlocked:
	// it ends with the goroutine.
	runtime.LockOSThread()
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if account == nil {
		return
	}
	setAccount(child, account)
	// It counts for this thread and for the child, which inherits it.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		child.Err = err
	}
}
