package scripttest

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// makeZip writes a zip with these files and returns its path.
func makeZip(t *testing.T, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plugin.zip")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	writer := zip.NewWriter(file)
	for name, text := range files {
		entry, err := writer.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

const jetpackHeader = "<?php\n/**\n * Plugin Name: Jetpack\n * Author: A\n * Version: 16.1\n */\n"

func TestRealJetpack(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string // part of the error
	}{
		"folder of any name": {map[string]string{
			"jetpack-main/": "", "jetpack-main/jetpack.php": jetpackHeader,
			"jetpack-main/src/a.php": "a", "jetpack-main/modules/jetpack.php": "b", "readme": "c",
		}, ""},
		"another plugin": {map[string]string{"jetpack/jetpack.php": "<?php\n"}, "no FOLDER/jetpack.php"},
		"no folder":      {map[string]string{"jetpack.php": jetpackHeader}, "no FOLDER/jetpack.php"},
		"outside": {map[string]string{
			"j/jetpack.php": jetpackHeader, "j/../../../evil.php": "evil",
		}, "invalid name"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := &realJetpack{folder: filepath.Join(dir, "jetpack"), zips: dir}
			err := j.unpack(makeZip(t, test.files))
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, want %s", err, test.want)
				}
				return
			}
			if err != nil || j.version != "16.1" {
				t.Fatalf("version %q, %v", j.version, err)
			}
			text, err := os.ReadFile(filepath.Join(dir, "jetpack/src/a.php"))
			if string(text) != "a" {
				t.Errorf("src/a.php: %q, %v", text, err)
			}
			again := &realJetpack{folder: filepath.Join(dir, "again"), zips: t.TempDir()}
			if err := again.unpack(filepath.Join(dir, "jetpack.zip")); err != nil {
				t.Errorf("the new zip: %v", err)
			}
			if _, err := os.Stat(filepath.Join(dir, "again/modules/jetpack.php")); err != nil {
				t.Errorf("the new zip: %v", err)
			}
		})
	}
}
