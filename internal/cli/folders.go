package cli

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// Where root keeps its files. HOME and the XDG variables don't count for root: after sudo or su
// they may be those of a customer, who could read and exchange the files there.
const (
	rootState = "/var/lib/jetpack-start"
	rootLocks = "/run/jetpack-start"
)

// noHome says why there is no directory for the program's files.
const noHome = "HOME isn't set, and the user has no home directory"

// folders are where the program keeps what other runs need, if no flag names another place. One
// that doesn't exist is created with mode 0700. Each is "" if there is no such place.
type folders struct {
	tokens string // the directory of the token cache
	locks  string // the directory of the site locks
	ledger string // the ledger's file or DSN
}

// folders returns the places for this process.
func (a *app) folders() folders { return findFolders(a.getenv, os.Geteuid(), passwdHome) }

// findFolders returns the places for the user with the ID. home returns the user's home directory
// in the password database, or "" if the user has no such directory; it is called only if HOME
// isn't an absolute path.
func findFolders(getenv func(string) string, uid int, home func(uid int) string) folders {
	var f folders
	if uid == 0 {
		f = folders{
			tokens: rootState, locks: rootLocks, ledger: filepath.Join(rootState, "ledger.db"),
		}
	} else {
		below := func(variable string, usual ...string) string {
			if dir := getenv(variable); filepath.IsAbs(dir) {
				return filepath.Join(dir, "jetpack-start")
			}
			dir := getenv("HOME")
			if !filepath.IsAbs(dir) {
				dir = home(uid)
			}
			if dir == "" {
				return ""
			}
			return filepath.Join(dir, filepath.Join(usual...), "jetpack-start")
		}
		f.tokens = below("XDG_CACHE_HOME", ".cache")
		f.locks = f.tokens
		if data := below("XDG_DATA_HOME", ".local", "share"); data != "" {
			f.ledger = filepath.Join(data, "ledger.db")
		}
	}
	if dir := getenv(envCacheDir); dir != "" {
		f.tokens, f.locks = dir, dir
	}
	if dsn := getenv(envLedger); dsn != "" {
		f.ledger = dsn
	}
	return f
}

// passwdHome returns the home directory of a user in the password database, or "" if the database
// has no such user or the directory doesn't exist.
func passwdHome(uid int) string {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil || !filepath.IsAbs(u.HomeDir) {
		return ""
	}
	if info, err := os.Stat(u.HomeDir); err != nil || !info.IsDir() {
		return ""
	}
	return u.HomeDir
}
