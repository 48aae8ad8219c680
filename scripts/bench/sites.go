package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// site is a site that is measured.
type site struct {
	name     string
	maxBoots int    // of WordPress, that a provision may take there
	mustUse  string // the key of its mu-plugin in mustUse, "" for none
	state    string // the argument of testdata/wordpress/state.php
}

// mustUse are mu-plugins that the probe can't do without.
var mustUse = map[string]string{
	"filter":  `add_filter( 'option_siteurl', function ( $url ) { return rtrim( $url, '/' ); } );`,
	"jetpack": `require WPMU_PLUGIN_DIR . '/jetpack/jetpack.php';`,
}

// stateConnected begins the state of a site that is connected.
const stateConnected = `{"blog_id":42,"blog_token":true,"master_user":1,"user_tokens":[1],`

var sites = []site{
	{"ready", 1, "", stateConnected + `"akismet_key":true,"vaultpress_key":true,"plugins":{` +
		`"jetpack":{"installed":true,"active":true},` +
		`"akismet":{"installed":true,"active":true},` +
		`"vaultpress":{"installed":true,"active":true}}}`},
	{"plugins", 2, "", stateConnected + `"plugins":{"jetpack":{"installed":true,"active":true}}}`},
	{"inactive", 3, "", stateConnected + `"plugins":{}}`},
	{"mu-filter", 1, "filter", stateConnected + `"akismet_key":true,"vaultpress_key":true,` +
		`"plugins":{"jetpack":{"installed":true,"active":true},` +
		`"akismet":{"installed":true,"active":true},` +
		`"vaultpress":{"installed":true,"active":true}}}`},
	{"mu-jetpack", 1, "jetpack", stateConnected + `"akismet_key":true,"vaultpress_key":true,` +
		`"plugins":{"akismet":{"installed":true,"active":true},` +
		`"vaultpress":{"installed":true,"active":true}}}`},
}

func (l *lab) sitePath(name string) string { return filepath.Join(l.dir, name) }

// database returns the path of a site's database, and that of a copy of its first state.
func (l *lab) database(name string) (path, first string) {
	return filepath.Join(l.sitePath(name), "wp-content/database/.ht.sqlite"),
		filepath.Join(l.dir, name+".sqlite")
}

// makeSite makes a site. root is the root of the repository.
func (l *lab) makeSite(root string, s site) error {
	path := l.sitePath(s.name)
	setState := filepath.Join(root, "testdata/wordpress/state.php")
	for _, args := range [][]string{
		{filepath.Join(root, "scripts/wordpress"), "up", path, "--url=https://example.com"},
		{l.wp, "--allow-root", "--path=" + path, "eval-file", setState, s.state},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(args[:2], " "), err, out)
		}
	}
	mu := filepath.Join(path, "wp-content/mu-plugins")
	if err := os.MkdirAll(mu, 0o755); err != nil {
		return err
	}
	if s.mustUse == "jetpack" {
		plugin := filepath.Join(path, "wp-content/plugins/jetpack")
		if err := os.Rename(plugin, filepath.Join(mu, "jetpack")); err != nil {
			return err
		}
	}
	if code := mustUse[s.mustUse]; code != "" {
		file := filepath.Join(mu, s.name+".php")
		if err := os.WriteFile(file, []byte("<?php\n"+code+"\n"), 0o644); err != nil {
			return err
		}
	}
	return copyFile(l.database(s.name))
}

// restore puts the database of a site back into its first state.
func (l *lab) restore(name string) error {
	path, first := l.database(name)
	for _, left := range []string{"-journal", "-wal", "-shm"} {
		_ = os.Remove(path + left)
	}
	return copyFile(first, path)
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
