package cli

import "testing"

func TestFindFolders(t *testing.T) {
	home := func(int) string { return "/home/u" }
	none := func(int) string { return "" }
	const xdg, ours = "/c/jetpack-start", "/d/jetpack-start/ledger.db"
	below := func(dir string) folders {
		cache := dir + "/.cache/jetpack-start"
		return folders{cache, cache, dir + "/.local/share/jetpack-start/ledger.db"}
	}
	root := folders{rootState, rootLocks, rootState + "/ledger.db"}
	type env map[string]string
	for _, c := range []struct {
		uid  int
		home func(int) string
		env  env
		want folders
	}{
		{1000, none, nil, folders{}},
		{1000, home, nil, below("/home/u")},
		{1000, home, env{"HOME": "/h"}, below("/h")},
		{1000, home, env{"HOME": "."}, below("/home/u")},
		{
			1000, none,
			env{"HOME": "/h", "XDG_CACHE_HOME": "/c", "XDG_DATA_HOME": "/d"},
			folders{xdg, xdg, ours},
		},
		{1000, none, env{"XDG_CACHE_HOME": "/c"}, folders{tokens: xdg, locks: xdg}},
		// Relative ones are ignored, as the XDG specification says.
		{
			1000, none,
			env{"HOME": "/h", "XDG_CACHE_HOME": "c", "XDG_DATA_HOME": "d"},
			below("/h"),
		},
		{1000, home, env{envCacheDir: "/x", envLedger: "/y"}, folders{"/x", "/x", "/y"}},
		{0, home, nil, root},
		{0, none, nil, root},
		{0, home, env{"HOME": "/h", "XDG_CACHE_HOME": "/c", "XDG_DATA_HOME": "/d"}, root},
		{0, home, env{envCacheDir: "/x"}, folders{"/x", "/x", root.ledger}},
		{0, home, env{envLedger: "none"}, folders{rootState, rootLocks, "none"}},
	} {
		getenv := func(name string) string { return c.env[name] }
		if got := findFolders(getenv, c.uid, c.home); got != c.want {
			t.Errorf("user %d, %v: %+v, want %+v", c.uid, c.env, got, c.want)
		}
	}
}
