package scripttest

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"
)

// cmdJSON fails unless the JSON in a file, stdout or stderr has a value at the gjson path given,
// and that is the one given. With "!" it fails if there is a value at the path.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg && len(args) == 3 {
		ts.Fatalf("usage: ! json FILE PATH")
	}
	text := ts.ReadFile(args[0])
	if !gjson.Valid(text) {
		ts.Fatalf("%s is not JSON: %s", args[0], text)
	}
	value := gjson.Get(text, args[1])
	switch {
	case neg && value.Exists():
		ts.Fatalf("%s exists: %s", args[1], value)
	case !neg && !value.Exists():
		ts.Fatalf("%s doesn't exist: %s", args[1], text)
	case len(args) == 3 && value.String() != args[2]:
		ts.Fatalf("%s is %q, want %q", args[1], value.String(), args[2])
	}
}

// cmdNoSecret fails if the partner's secret, as it is or as JSON, or one of the words given is in
// what the script's programs wrote: their output, logs and caches. It also fails if other users may
// read the token cache.
func cmdNoSecret(ts *testscript.TestScript, _ bool, args []string) {
	quoted, _ := json.Marshal(testSecret)
	secrets := append([]string{testSecret, strings.Trim(string(quoted), `"`)}, args...)
	check := func(name, text string) {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				ts.Fatalf("%s holds the secret %q", name, secret)
			}
		}
	}
	check("stdout", ts.ReadFile("stdout"))
	check("stderr", ts.ReadFile("stderr"))
	work := ts.Getenv("WORK")
	err := filepath.WalkDir(work, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path == filepath.Join(work, "site"):
			return fs.SkipDir // the site itself keeps what it was given
		case !entry.Type().IsRegular():
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if strings.Contains(path, filepath.Join(".cache", "jetpack-start")) &&
			info.Mode().Perm()&0o077 != 0 {
			ts.Fatalf("others can read %s", path)
		}
		if filepath.Base(path) == "site.json" || filepath.Base(filepath.Dir(path)) == "secrets" {
			return nil // the stub's site, and what the script itself keeps secret
		}
		data, err := os.ReadFile(path)
		check(path, string(data))
		return err
	})
	ts.Check(err)
}

// cmdUntil waits until a file holds a word, at most 20 seconds.
func cmdUntil(ts *testscript.TestScript, _ bool, args []string) {
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		data, _ := os.ReadFile(ts.MkAbs(args[0]))
		if strings.Contains(string(data), args[1]) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%s doesn't hold %q", args[0], args[1])
}
