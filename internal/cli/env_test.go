package cli

import "testing"

func TestDirectories(t *testing.T) {
	for _, c := range []struct {
		env           map[string]string
		cache, ledger string
	}{
		{nil, "", ""},
		{
			map[string]string{"HOME": "/h"},
			"/h/.cache/jetpack-start", "/h/.local/share/jetpack-start/ledger.db",
		},
		{
			map[string]string{"HOME": "/h", "XDG_CACHE_HOME": "/c", "XDG_DATA_HOME": "/d"},
			"/c/jetpack-start", "/d/jetpack-start/ledger.db",
		},
		{ // relative ones are ignored, as the XDG specification says
			map[string]string{"HOME": "/h", "XDG_CACHE_HOME": "c", "XDG_DATA_HOME": "d"},
			"/h/.cache/jetpack-start", "/h/.local/share/jetpack-start/ledger.db",
		},
		{
			map[string]string{"HOME": "/h", envCacheDir: "/x", envLedger: "/y"}, "/x", "/y",
		},
	} {
		getenv := func(name string) string { return c.env[name] }
		if got := cacheDir(getenv); got != c.cache {
			t.Errorf("%v: cache in %q", c.env, got)
		}
		if got := defaultLedger(getenv); got != c.ledger {
			t.Errorf("%v: ledger in %q", c.env, got)
		}
	}
}
