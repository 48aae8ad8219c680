package provision

import "testing"

func TestUnreachable(t *testing.T) {
	const (
		noDot   = "has no dot"
		name    = "is a name for local networks"
		own     = "is this machine's own address"
		private = "is an address in a private network"
		local   = "is an address in the local network"
	)
	for siteURL, want := range map[string]string{
		"https://example.com":         "",
		"https://localhost.com":       "",
		"https://latest":              noDot,
		"http://localhost:8080/blog":  noDot,
		"http://LOCALHOST.":           noDot,
		"web/blog":                    noDot,
		"http://shop.localhost":       name,
		"http://shop.test":            name,
		"http://Shop.Local/":          name,
		"http://shop.office.internal": name,
		"http://nas.home.arpa":        name,
		"http://local.example":        "",
		"http://127.0.0.1:8080":       own,
		"http://127.1.2.3":            own,
		"http://0.0.0.0":              own,
		"http://[::1]:8080/":          own,
		"http://[::ffff:127.0.0.1]":   own,
		"http://10.1.2.3":             private,
		"http://172.16.0.1":           private,
		"http://172.31.255.255":       private,
		"http://172.32.0.1":           "",
		"http://192.168.1.20:8080":    private,
		"http://[fd00::1]":            private,
		"http://169.254.1.1":          local,
		"http://[fe80::1]":            local,
		"http://[febf::1]":            local,
		"http://192.0.43.8":           "",
		"http://[2001:500:88:200::8]": "",
		"":                            "",
	} {
		if got := unreachable(hostOf(siteURL)); got != want {
			t.Errorf("%s: %q, want %q", siteURL, got, want)
		}
	}
}
