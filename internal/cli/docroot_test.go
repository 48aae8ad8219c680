package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestLocate finds docroots as WP-CLI does. Files are given with their contents, and links and
// named pipes with "->" and "|".
func TestLocate(t *testing.T) {
	type fs = map[string]string
	with := func(parameter string) siteOptions { return siteOptions{global: []string{parameter}} }
	for name, test := range map[string]struct {
		files   fs
		cwd     string
		site    siteOptions
		want    string // path below the temporary directory
		remote  bool
		unclear string // contained in the reason
	}{
		"here":    {files: fs{"a/wp-load.php": ""}, cwd: "a", want: "a"},
		"above":   {files: fs{"a/wp-load.php": "", "a/b/c": ""}, cwd: "a/b", want: "a"},
		"nowhere": {files: fs{"a/b": ""}, cwd: "a", want: "a"},
		"--path":  {cwd: ".", site: with("--path=x/y"), want: "x/y"},
		"a link": {
			files: fs{"a/f": "", "l": "->a"},
			cwd:   ".", site: with("--path=l"), want: "a",
		},
		"wp-cli.yml": {files: fs{"a/wp-cli.yml": "path: ../b", "b/f": ""}, cwd: "a", want: "b"},
		"local first": {
			files: fs{"wp-cli.yml": "path: x", "wp-cli.local.yml": "path: y"},
			cwd:   ".", want: "y",
		},
		"ssh in yml": {files: fs{"wp-cli.yml": "ssh: host"}, cwd: ".", remote: true},
		"--ssh": {
			files: fs{"wp-cli.yml": "- : ["},
			cwd:   ".", site: with("--ssh=host"), remote: true,
		},
		"alias": {
			files: fs{"wp-cli.yml": "@a:\n  path: x\n"},
			cwd:   ".", site: siteOptions{alias: "@a"}, want: "x",
		},
		"remote alias": {
			files: fs{"wp-cli.yml": "@a:\n  ssh: host/x\n"},
			cwd:   ".", site: siteOptions{alias: "@a"}, remote: true,
		},
		"group": {
			files: fs{"wp-cli.yml": "@a:\n  path: x\n@g:\n  - @a\n"},
			cwd:   ".", site: siteOptions{alias: "@g"}, remote: true, unclear: "alias @g",
		},
		"unknown alias": {
			cwd: ".", site: siteOptions{alias: "@x"}, remote: true, unclear: "alias @x",
		},
		"not YAML": {
			files: fs{"wp-cli.yml": "- : ["},
			cwd:   ".", want: ".", unclear: "it isn't YAML",
		},
		"a pipe": {
			files: fs{"wp-cli.yml": "|"},
			cwd:   ".", want: ".", unclear: "it isn't a file",
		},
		"index.php": {
			files: fs{"index.php": "<?php\nrequire(dirname(__FILE__) . '/wp/wp-blog-header.php');"},
			cwd:   ".", want: "wp",
		},
		"odd index.php": {
			files: fs{"index.php": "<?php\nrequire $x . '/wp-blog-header.php';"},
			cwd:   ".", want: ".", unclear: "index.php",
		},
	} {
		dir, err := filepath.EvalSymlinks(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range test.files {
			writeFixture(t, filepath.Join(dir, file), text)
		}
		l := test.site.locate(filepath.Join(dir, test.cwd), func(string) string { return "" })
		want := ""
		if test.want != "" {
			want = filepath.Join(dir, test.want)
		}
		expected := (l.unclear == "") == (test.unclear == "") &&
			strings.Contains(l.unclear, test.unclear)
		if l.path != want || l.remote != test.remote || !expected {
			t.Errorf("%s: path %q, remote %t, unclear %q", name, l.path, l.remote, l.unclear)
		}
	}
}

// writeFixture makes a file with its folder, a symbolic link or a named pipe.
func writeFixture(t *testing.T, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		target, isLink := strings.CutPrefix(text, "->")
		switch {
		case isLink:
			err = os.Symlink(target, name)
		case text == "|":
			err = syscall.Mkfifo(name, 0o600)
		default:
			err = os.WriteFile(name, []byte(text), 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
