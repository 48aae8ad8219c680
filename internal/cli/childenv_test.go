package cli

import (
	"slices"
	"testing"
)

func TestChildEnv(t *testing.T) {
	environ := []string{
		"PATH=/bin", "LC_ALL=C", "LC=x", "WP_CLI_PHP=php8.4", "PHPRC=/etc/php",
		"AWS_SECRET_ACCESS_KEY=x", "SSH_AUTH_SOCK=/tmp/agent", "DOCKER_HOST=tcp://x",
		"https_proxy=http://user:p@ss/w@rd@proxy:3128/", "HTTP_PROXY=user:password@proxy:3128",
		"no_proxy=127.0.0.1", "Http_Proxy=http://user:password@proxy",
		"MY_ONE=1", "MY_TWO=2",
		"ALL_PROXY=socks5://proxy", "EMPTY=", "TZ=",
	}
	for _, name := range secretEnv {
		environ = append(environ, name+"=s3cret")
	}
	base := []string{
		"PATH=/bin", "LC_ALL=C", "WP_CLI_PHP=php8.4", "PHPRC=/etc/php",
		"https_proxy=http://proxy:3128/", "HTTP_PROXY=proxy:3128", "no_proxy=127.0.0.1",
		"ALL_PROXY=socks5://proxy", "TZ=",
	}
	for _, test := range []struct {
		named  []string
		remote bool
		more   []string // besides base
		less   []string // of base
	}{
		{},
		{remote: true, more: []string{"SSH_AUTH_SOCK=/tmp/agent", "DOCKER_HOST=tcp://x"}},
		{named: []string{"MY_ONE"}, more: []string{"MY_ONE=1"}},
		{named: []string{"MY_*", "NONE"}, more: []string{"MY_ONE=1", "MY_TWO=2"}},
		{named: slices.Concat([]string{"JETPACK_*"}, secretEnv)},
		{
			named: []string{"HTTP_PROXY"},
			more:  []string{"HTTP_PROXY=user:password@proxy:3128"},
			less:  []string{"HTTP_PROXY=proxy:3128"},
		},
	} {
		want := slices.Concat(base, test.more)
		want = slices.DeleteFunc(want, func(s string) bool { return slices.Contains(test.less, s) })
		slices.Sort(want)
		got := slices.Sorted(slices.Values(childEnv(environ, test.named, test.remote)))
		if !slices.Equal(got, want) {
			t.Errorf("named %q, remote %t: %q, want %q", test.named, test.remote, got, want)
		}
	}
	if env := childEnv(nil, nil, false); env == nil {
		t.Error("nil, which means the whole environment")
	}
}

func TestEnvNames(t *testing.T) {
	if got := envNames(" A, ,B,"); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("%q", got)
	}
}
