package cli

import (
	"slices"
	"strings"
)

// secretEnv are the variables that are never passed on to a child. The ledger's DSN may hold a
// password.
var secretEnv = []string{
	envPartnerSecret, envSSHPass, envFTPPass, envLicensing, envLedger, movedFlag,
}

// wpEnv are the variables that are passed on to wp. All code of the site can read them. A star at
// the end of a name stands for any rest.
var wpEnv = []string{
	"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_*", "TZ", "TMPDIR", "TERM",
	"WP_CLI_*", "PHP_INI_SCAN_DIR", "PHPRC",
}

// proxyEnv are the proxy variables, in lower case. They are passed on to wp, in both cases, without
// the user and the password, because the site's own downloads may need them.
var proxyEnv = []string{"http_proxy", "https_proxy", "all_proxy", "no_proxy"}

// remoteEnv are the variables that are passed on only to a wp that runs the site's code on another
// machine or in a container: ssh and docker need them there, and the site's code can't read them.
var remoteEnv = []string{
	"SSH_AUTH_SOCK", "KRB5CCNAME", "DOCKER_*", "COMPOSE_*", "VAGRANT_*",
}

// childEnv returns the variables of environ that wp gets. named are further names of variables,
// which may end in a star. They are passed on unchanged, but never if they hold secrets.
func childEnv(environ, named []string, remote bool) []string {
	passed := slices.Concat(wpEnv, named)
	if remote {
		passed = append(passed, remoteEnv...)
	}
	env := []string{} // not nil, which would mean all of this process's
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case slices.Contains(secretEnv, name):
		case matchesAny(passed, name):
			env = append(env, entry)
		case slices.Contains(proxyEnv, name), slices.Contains(proxyEnv, strings.ToLower(name)) &&
			name == strings.ToUpper(name):
			env = append(env, name+"="+withoutUser(value))
		}
	}
	return env
}

// matchesAny reports whether one of patterns is name, or ends in a star and is its beginning.
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		prefix, star := strings.CutSuffix(pattern, "*")
		return name == pattern || star && strings.HasPrefix(name, prefix)
	})
}

// withoutUser returns the URL or address of a proxy without the user and the password before its
// last "@".
func withoutUser(proxy string) string {
	scheme, rest, found := strings.Cut(proxy, "://")
	if !found {
		scheme, rest = "", proxy
	} else {
		scheme += "://"
	}
	return scheme + rest[strings.LastIndex(rest, "@")+1:]
}

// envNames splits a list of names of variables, separated by commas.
func envNames(list string) []string {
	names := []string{}
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}
