package wpcli

import (
	"os/exec"
	"runtime"
	"syscall"
)

// isolate prepares a child that is about to be started by this goroutine.
//
// The child gets a session of its own, and with it a process group of its own and no controlling
// terminal: no code of the site can ask the user something there, or type for them. And the kernel
// kills it when this process ends, however it ends, but not what the child has started.
func isolate(child *exec.Cmd) {
	// The kernel kills the child when the thread that started it ends. go-cmd starts the child and
	// waits for it in one goroutine, which ends after the child. The thread must not be unlocked:
	// it ends with the goroutine.
	runtime.LockOSThread()
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}
