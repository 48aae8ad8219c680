package scripttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"
)

// cmdExits runs a command and wants this exit code: exits CODE COMMAND [ARGS…].
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGS…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// cmdWPCalls prints the calls of wp, one a line.
func cmdWPCalls(ts *testscript.TestScript, neg bool, args []string) {
	fmt.Fprint(ts.Stdout(), "")
	log, err := os.ReadFile(filepath.Join(ts.Getenv(wpDirEnv), "calls"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Fatalf("%v", err)
	}
	fmt.Fprint(ts.Stdout(), string(log))
}

// cmdJSON looks into the JSON of the last command's output: json stdout|stderr PATH [VALUE]; !
// json wants the path absent.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: json stdout|stderr PATH [VALUE]")
	}
	text := ts.ReadFile(args[0])
	if !gjson.Valid(text) {
		ts.Fatalf("%s is not JSON: %s", args[0], text)
	}
	value := gjson.Get(text, args[1])
	switch {
	case neg && value.Exists():
		ts.Fatalf("%s is there: %s", args[1], value)
	case !neg && !value.Exists():
		ts.Fatalf("%s is not there: %s", args[1], text)
	case len(args) == 3 && !neg && value.String() != args[2]:
		ts.Fatalf("%s is %q, want %q", args[1], value.String(), args[2])
	}
}

// cmdNoSecret looks for the partner's secret, the token and any further words given, in everything
// that the script's programs wrote: their output, logs, caches. The token cache may hold the
// token, and nobody else may read it.
func cmdNoSecret(ts *testscript.TestScript, neg bool, args []string) {
	secrets := append([]string{testSecret}, args...)
	quoted, _ := json.Marshal(testSecret)
	secrets = append(secrets, strings.Trim(string(quoted), `"`))
	texts := map[string][]byte{
		"stdout": []byte(ts.ReadFile("stdout")),
		"stderr": []byte(ts.ReadFile("stderr")),
	}
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
		data, err := os.ReadFile(path)
		if strings.Contains(path, filepath.Join(".cache", "jetpack-start")) &&
			info.Mode().Perm()&0o077 != 0 {
			ts.Fatalf("others can read %s", path)
		}
		if filepath.Base(path) != "site.json" && filepath.Base(filepath.Dir(path)) != "secrets" {
			texts[path] = data
		}
		return err
	})
	ts.Check(err)
	for name, text := range texts {
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				ts.Fatalf("%s holds the secret %q", name, secret)
			}
		}
	}
}

// cmdUntil waits until a file holds a word: until FILE WORD.
func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		data, _ := os.ReadFile(ts.MkAbs(args[0]))
		if strings.Contains(string(data), args[1]) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%s never held %q", args[0], args[1])
}

// cmdSignal sends a signal to the script's background commands: signal INT|TERM|KILL.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	for _, command := range ts.BackgroundCmds() {
		ts.Check(exec.Command("kill", "-"+args[0], strconv.Itoa(command.Process.Pid)).Run())
	}
}

// cmdShell runs a line of sh: shellout LINE.
func cmdShell(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec("sh", "-c", strings.Join(args, " "))
	if (err != nil) != neg {
		ts.Fatalf("sh: %v", err)
	}
}
