package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"jetpack-start/internal/failure"
	"jetpack-start/wpcli"
)

// The values of --run-as besides the name of a user.
const (
	runAsOwner = "owner" // the docroot's owner
	runAsSelf  = "self"  // the user of this process
)

// The codes of errors about the user who runs wp.
const (
	codeOwnerUnclear = "owner_unclear"
	codeRunAs        = "run_as_impossible"
)

// runAs returns the account with whose rights wp is to run for the site, nil for that of this
// process, and the site as wp must be called then.
//
// As root, that is the account of the docroot's owner, because the site's code can be hostile.
func (a *app) runAs(s siteOptions, location location) (siteOptions, *wpcli.Account, error) {
	choice, remote := s.runAs, location.remote && location.unclear == ""
	// The variable may be set for all sites of a machine, so it doesn't rule out remote ones.
	if env := a.getenv(envRunAs); choice == "" && (!remote || env == runAsSelf) {
		choice = env
	}
	root := os.Geteuid() == 0
	command := wpcli.ParseCommand(s.wpCLI)
	wrapper := len(command) > 1 && command[1] != s.wpCLI // it may change the user itself
	switch {
	case choice == runAsSelf, choice == "" && wrapper, !root && choice == runAsOwner:
		return s, nil, nil
	case choice == "" && !root:
		return s, nil, nil
	case choice == "" && remote:
		return s, nil, location.checkOwners(0, location.configs)
	case remote:
		return s, nil, runAsError("--run-as is for a WordPress on this machine, not for --ssh", nil)
	case choice != "" && choice != runAsOwner:
		account, err := namedAccount(choice)
		if err != nil || int(account.UID) == os.Geteuid() {
			return s, nil, err
		}
		if !root {
			return s, nil, runAsError("only root can run wp as another user", nil)
		}
		return s.withoutAllowRoot(), account, nil
	}
	uid, err := location.owner()
	if err != nil || uid == 0 {
		return s, nil, err
	}
	account, err := newAccount(user.LookupId(strconv.Itoa(int(uid))))
	if err != nil {
		return s, nil, ownerUnclear(fmt.Sprintf(
			"%s belongs to the user ID %d, which isn't that of an account", location.dir, uid), err)
	}
	return s.withoutAllowRoot().inDocroot(location), account, nil
}

// withoutAllowRoot returns the site without --allow-root.
func (s siteOptions) withoutAllowRoot() siteOptions {
	s.global = s.globalWithout("--allow-root")
	return s
}

// inDocroot returns the site with the docroot in --path and as the working directory, so that
// nobody can lead wp to another one, or to another wp-cli.yml, after the owner was determined. An
// alias that has more than a path and a URL stays, and needs the wp-cli.yml in the working
// directory.
func (s siteOptions) inDocroot(l location) siteOptions {
	if s.alias != "" && !l.plainAlias {
		return s
	}
	if s.alias != "" && l.aliasURL != "" && s.parameter("--url") == "" {
		s.global = append(s.globalWithout("--url"), "--url="+l.aliasURL)
	}
	s.alias, s.dir = "", l.dir
	s.global = append([]string{"--path=" + l.path}, s.globalWithout("--path")...)
	for i, parameter := range s.global {
		if file, found := strings.CutPrefix(parameter, "--require="); found {
			s.global[i] = "--require=" + absolute(file)
		}
	}
	if _, err := os.Stat(s.wpCLI); err == nil && strings.Contains(s.wpCLI, "/") {
		s.wpCLI = absolute(s.wpCLI)
	}
	return s
}

// withPath returns the site with the docroot that was decided on in --path, if that is known: a
// wp-cli.yml in it, here or over there, could lead wp to another one. An alias and a command of
// several words may have a path of their own.
func (s siteOptions) withPath(l location) siteOptions {
	path := l.path
	switch {
	case l.target != "":
		if path = l.remoteDir; path == "" {
			_, _, path = parseTarget(l.target)
		}
	case s.alias != "" || l.remote || l.unclear != "":
		return s
	default:
		if _, err := os.Stat(filepath.Join(path, "wp-load.php")); err != nil {
			return s
		}
	}
	command := wpcli.ParseCommand(s.wpCLI)
	wrapper := len(command) > 1 && command[1] != s.wpCLI
	if wrapper || !filepath.IsAbs(path) || s.alias != "" && l.remoteDir != "" {
		return s
	}
	s.global = append([]string{"--path=" + path}, s.globalWithout("--path")...)
	return s
}

// absolute returns the absolute path of a file.
func absolute(name string) string {
	if path, err := filepath.Abs(name); err == nil {
		return path
	}
	return name
}

// globalWithout returns a copy of the global parameters without those of the name.
func (s siteOptions) globalWithout(name string) []string {
	var kept []string
	for _, parameter := range s.global {
		if is, _, _ := strings.Cut(parameter, "="); is != name {
			kept = append(kept, parameter)
		}
	}
	return kept
}

// owner returns the user ID of the docroot's owner, as whom the code of the site is run. It returns
// an error if somebody else could have put code there for the owner to run.
func (l location) owner() (uid uint32, err error) {
	if l.unclear != "" {
		return 0, ownerUnclear(l.unclear, nil)
	}
	uid, err = uidOf(l.dir)
	if err != nil {
		return 0, ownerUnclear("can't tell whose the docroot is", err)
	}
	config := wpConfigOf(l.dir)
	if owner, err := uidOf(config); err == nil {
		if uid == 0 {
			uid = owner // a customer's wp-config.php in a directory of root's
		} else if owner != uid {
			return 0, mismatch(config, owner, l.dir, uid)
		}
	}
	for _, name := range []string{".", "plugins", "mu-plugins", "themes"} {
		name = filepath.Join(l.dir, "wp-content", name)
		if owner, err := uidOf(name); err == nil && owner != uid && (owner != 0 || uid == 0) {
			return 0, mismatch(name, owner, l.dir, uid)
		}
	}
	above := []string{}
	for dir := l.dir; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		above = append(above, filepath.Dir(dir))
	}
	err = l.checkOwners(uid, slices.Concat(l.configs, above))
	if err == nil {
		if leads := l.checkLeads(uid); leads != nil {
			err = ownerUnclear(leads.Error(), nil)
		}
	}
	return uid, err
}

// checkLeads returns an error unless what leads to the docroot of the user belongs to that user, to
// root or to the user of this process: somebody else could lead from their docroot to that one.
func (l location) checkLeads(uid uint32) error {
	for _, name := range l.leads {
		owner, err := fileOwner(os.Lstat(name))
		if err != nil {
			return err
		}
		if owner != uid && owner != 0 && int(owner) != os.Geteuid() {
			return fmt.Errorf("%s of %s leads to %s of %s",
				name, userName(owner), l.dir, userName(uid))
		}
	}
	return nil
}

// checkOwners returns an error unless the files belong to the user or to root.
func (l location) checkOwners(uid uint32, files []string) error {
	for _, name := range files {
		owner, err := uidOf(name)
		if err != nil {
			return ownerUnclear("can't tell whose "+name+" is", err)
		}
		if owner != uid && owner != 0 {
			return ownerUnclear(fmt.Sprintf("%s belongs to %s, but the site's code would run as %s",
				name, userName(owner), userName(uid)), nil)
		}
	}
	return nil
}

// wpConfigOf returns the wp-config.php that WordPress loads, in the docroot or above it.
func wpConfigOf(docroot string) string {
	here := filepath.Join(docroot, "wp-config.php")
	above := filepath.Dir(docroot)
	if _, err := os.Stat(here); err == nil {
		return here
	}
	if _, err := os.Stat(filepath.Join(above, "wp-settings.php")); err == nil {
		return here
	}
	return filepath.Join(above, "wp-config.php")
}

// uidOf returns the user ID of a file's owner. It follows symbolic links.
func uidOf(name string) (uint32, error) { return fileOwner(os.Stat(name)) }

// fileOwner returns the user ID of a file's owner, or the error of looking at the file.
func fileOwner(info fs.FileInfo, err error) (uint32, error) {
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, errors.New("the file system doesn't say")
	}
	return stat.Uid, nil
}

// mismatch returns the error that two files of a site have owners that don't fit.
func mismatch(name string, owner uint32, dir string, uid uint32) error {
	return ownerUnclear(
		fmt.Sprintf("%s belongs to %s, %s to %s", name, userName(owner), dir, userName(uid)), nil)
}

// userName returns the name of a user, or "user ID N".
func userName(uid uint32) string {
	if u, err := user.LookupId(strconv.Itoa(int(uid))); err == nil {
		return u.Username
	}
	return fmt.Sprintf("user ID %d", uid)
}

// namedAccount returns the account with the name or the user ID.
func namedAccount(name string) (*wpcli.Account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		if byID, idErr := user.LookupId(name); idErr == nil {
			u, err = byID, nil
		}
	}
	account, err := newAccount(u, err)
	if err != nil {
		return nil, runAsError("no such user: "+quoted(name), err)
	}
	return account, nil
}

// newAccount returns the account of a user, or the error of its look-up.
func newAccount(u *user.User, err error) (*wpcli.Account, error) {
	if err != nil {
		return nil, err
	}
	groups, err := u.GroupIds()
	if err != nil {
		return nil, err
	}
	account := &wpcli.Account{Name: u.Username, Home: u.HomeDir}
	for i, text := range append([]string{u.Uid, u.Gid}, groups...) {
		id, err := strconv.ParseUint(text, 10, 32)
		switch {
		case err != nil:
			return nil, err
		case i == 0:
			account.UID = uint32(id)
		case i == 1:
			account.GID = uint32(id)
		default:
			account.Groups = append(account.Groups, uint32(id))
		}
	}
	return account, nil
}

// ownerUnclear returns the error that it isn't clear as whom wp is to run.
func ownerUnclear(message string, err error) error {
	if err != nil {
		message += ": " + err.Error()
	}
	return &failure.Error{
		Code: codeOwnerUnclear, Err: err,
		Message: "can't tell as whom to run the site's code, nothing was run: " + message,
	}
}

// runAsError returns the error that wp can't be run as --run-as says.
func runAsError(message string, err error) error {
	return &failure.Error{Code: codeRunAs, Message: message, Err: err}
}
