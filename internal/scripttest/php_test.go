package scripttest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jetpack-start/internal/testenv"
)

func TestPHPScriptsExist(t *testing.T) {
	for _, name := range phpScripts {
		if _, err := os.Stat(testenv.Path(t, "testdata/script/"+name+".txtar")); err != nil {
			t.Error(err)
		}
	}
}

func TestCheckPHP(t *testing.T) {
	for name, c := range map[string]struct{ versions, errors, want string }{
		"as it should be":        {"8.4.25\n8.4.25\n", "", ""},
		"no call":                {"", "", "no call ran on PHP 8.4"},
		"one on another version": {"8.4.25\n8.2.36\n", "", "a call ran on PHP 8.2.36 instead of 8.4"},
		"an error":               {"8.4.25\n", "error 8192: old\n", "in the code of wpcli:\nerror 8192: old"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{
				"php-versions": c.versions, "php-errors": c.errors,
			} {
				if text == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := checkPHP(dir, "8.4")
			if c.want == "" && err != nil ||
				c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("checkPHP: %v, want %q", err, c.want)
			}
		})
	}
}
