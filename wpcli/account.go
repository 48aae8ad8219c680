package wpcli

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// Account is a user of this machine with whose rights WP-CLI runs: with UID, GID and Groups, a
// umask of 022, the variables HOME, USER and LOGNAME, and on Linux without a way to more rights,
// such as setuid programs. The umask is set for the whole of this process.
type Account struct {
	Name     string // the login name
	Home     string // the home directory
	UID, GID uint32
	Groups   []uint32 // the IDs of the supplementary groups
}

// env returns environ, or the environment of this process if environ is nil, as the account has
// it. TMPDIR is left out, because it may be a directory of another user.
func (a *Account) env(environ []string) []string {
	if environ == nil {
		environ = os.Environ()
	}
	env := slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains([]string{"HOME", "USER", "LOGNAME", "TMPDIR"}, name)
	})
	return append(env, "HOME="+a.Home, "USER="+a.Name, "LOGNAME="+a.Name)
}

// setAccount makes child run with the rights of account.
func setAccount(child *exec.Cmd, account *Account) {
	child.SysProcAttr.Credential = &syscall.Credential{
		Uid: account.UID, Gid: account.GID, Groups: account.Groups,
	}
	child.Env = account.env(child.Env)
	syscall.Umask(0o022)
}
