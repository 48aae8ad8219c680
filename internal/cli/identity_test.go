package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jetpack-start/internal/ledger"
	"jetpack-start/wpcli"
)

func TestRemoteDocroot(t *testing.T) {
	for _, c := range []struct{ target, dir, machine, path string }{
		{"web1.example.net/srv/shop", "", "ssh web1.example.net", "/srv/shop"},
		{"shop@web1.example.net:22/srv/shop/", "", "ssh web1.example.net", "/srv/shop"},
		{"deploy@WEB1:2222", "/srv/shop/", "ssh web1:2222", "/srv/shop"},
		{"deploy@web1/srv", "/srv/shop", "ssh web1", "/srv/shop"},
		{"shop@web1~/www", "", "ssh web1", "~shop/www"},
		{"shop@web1", "", "ssh web1", "~shop"},
		{"web1", "", "ssh web1", "~"},
		{"docker:wp", "", "docker on host", "wp"},
		{"docker:www-data@wp/var/www/html", "", "docker on host", "wp/var/www/html"},
		{"docker-compose:WP", "/srv", "docker on host", "WP/srv"},
		{"vagrant:default/srv", "", "ssh default", "/srv"},
	} {
		want := ledger.RemoteDocroot(c.machine, c.path)
		if got := remoteDocroot(c.target, c.dir, "host"); got != want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
	if got := remoteDocroot(":", "", "host"); got != (ledger.Docroot{}) {
		t.Errorf("no target: %+v", got)
	}
}

// The site says where it is, but isn't believed if that can be found out.
func TestDocrootOf(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files to others")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, uid := range map[string]int{
		"victim": 4242, "attacker": 4343, "root": 0, "core": 0, "roots-customer": 0,
	} {
		path := filepath.Join(dir, name)
		mkdir(t, path)
		if err := os.Chown(path, uid, -1); err != nil {
			t.Fatal(err)
		}
		if name != "core" {
			write(t, filepath.Join(path, "wp-load.php"))
		}
	}
	config := filepath.Join(dir, "roots-customer", "wp-config.php")
	write(t, config)
	if err := os.Chown(config, 4444, -1); err != nil {
		t.Fatal(err)
	}
	a := &app{getenv: func(string) string { return "" }}
	for _, c := range []struct{ docroot, says, path, owner string }{
		{"attacker", "attacker", "attacker", "uid:4343"},
		{"attacker", "nowhere", "attacker", "uid:4343"},
		{"attacker", "core", "attacker", "uid:4343"}, // shared files of root's
		{"attacker", "victim", "", ""},               // refused
		{"root", "root", "root", "uid:0"},
		{"roots-customer", "roots-customer", "roots-customer/wp-config.php", "uid:4444"},
		{"nowhere", "victim", "victim", "uid:4242"}, // nothing else is known
		{"nowhere", "nowhere", "", ""},
	} {
		s := siteOptions{global: []string{"--path=" + filepath.Join(dir, c.docroot)}}
		got, err := a.docrootOf(s, &wpcli.Site{AbsPath: filepath.Join(dir, c.says)})
		path := strings.TrimPrefix(strings.TrimPrefix(got.Path, dir), "/")
		if path != c.path || got.Owner != c.owner || (err != nil) != (c.says == "victim" &&
			c.docroot == "attacker") {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}
