package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"

	"jetpack-start/sandbox"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"jetpack-start": main, "wp": wpMain,
		"partner-provision.sh": dropInMain, "partner-cancel.sh": dropInMain, "partner-provision": dropInMain, "partner-cancel": dropInMain,
	})
}

// dropInMain is main by the name of a drop-in. testscript cuts the folder off argv[0], which says where the script stands.
func dropInMain() {
	if line, err := os.ReadFile("/proc/self/cmdline"); err == nil {
		os.Args[0], _, _ = strings.Cut(string(line), "\x00")
	}
	main()
}

// The partner that every script has; scripts look for the secret where it must not be.
const (
	testPartner = "demo"
	testSecret  = `s3cret"'; &@=--\`
)

// TestScripts runs the golden scripts with a stub that plays wp.
func TestScripts(t *testing.T) { runScripts(t, &site{}, "*.txtar") }

// TestScriptsWordPress runs the same scripts, but for those that need a stub, on a real WordPress.
func TestScriptsWordPress(t *testing.T) {
	wordpress, err := filepath.Abs("scripts/wordpress")
	if err != nil {
		t.Fatal(err)
	}
	// JETPACK_START_TEST_WORDPRESS is set by make test; CI by CI. Without them nothing is downloaded or installed.
	if os.Getenv("CI") == "" && os.Getenv("JETPACK_START_TEST_WORDPRESS") == "" {
		t.Skip("SKIPPED: the scripts did not run on a real WordPress: set JETPACK_START_TEST_WORDPRESS=1, or use make test")
	}
	s := &site{wordpress: wordpress, templates: t.TempDir()}
	out, err := exec.Command(wordpress, "wp").Output()
	if err != nil {
		t.Fatalf("scripts/wordpress wp: %v", describe(err))
	}
	s.wp = strings.TrimSpace(string(out))
	for name, flags := range map[string][]string{"single": nil, "network": {"--multisite"}} {
		args := append([]string{"up", filepath.Join(s.templates, name), "--url=https://example.com"}, flags...)
		if _, err := exec.Command(wordpress, args...).Output(); err != nil {
			t.Fatalf("scripts/wordpress up: %v", describe(err))
		}
	}
	runScripts(t, s, "*.txtar")
}

func describe(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return err
}

func runScripts(t *testing.T, s *site, pattern string) {
	files, err := filepath.Glob("testdata/script/" + pattern)
	if err != nil {
		t.Fatal(err)
	}
	if pattern == "*.txtar" { // those of WHMCS need a database: TestScriptsWHMCS
		files = slices.DeleteFunc(files, func(file string) bool { return strings.HasPrefix(filepath.Base(file), "whmcs_") })
	}
	if s.wp != "" {
		files = slices.DeleteFunc(files, hasNoSite)
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "" && s.wp == "",
		Setup:               s.setup,
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "real":
				return s.wp != "", nil
			case "stub":
				return s.wp == "", nil
			case "root":
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: s.commands(t),
	})
}

// commands are those that scripts have besides testscript's own.
func (s *site) commands(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	commands := map[string]func(*testscript.TestScript, bool, []string){
		"exits":    cmdExits,
		"sandbox":  cmdSandbox,
		"site":     s.cmdSite,
		"calls":    cmdCalls,
		"wpcalls":  cmdWPCalls,
		"json":     cmdJSON,
		"nosecret": cmdNoSecret,
		"state":    cmdState,
		"until":    cmdUntil,
		"signal":   cmdSignal,
		"shellout": cmdShell,
		"recorder": cmdRecorder,
	}
	maps.Copy(commands, whmcsCommands(t))
	return commands
}

// hasNoSite says that a script has nothing to do with a WordPress, so that it needn't run on a real one too: it neither
// makes a site nor asks which kind it runs on.
func hasNoSite(file string) bool {
	script, err := os.ReadFile(file)
	return err == nil && !regexp.MustCompile(`(?m)^(site\b|\[!?(real|stub)\])`).Match(script)
}

// site brings about the site of a script: the stub's state, or a copy of a real WordPress.
type site struct {
	wordpress, wp, templates string
}

func (s *site) setup(env *testscript.Env) error {
	dir := filepath.Join(env.WorkDir, ".wp")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	repo, err := os.Getwd()
	if err != nil {
		return err
	}
	env.Setenv("HOME", filepath.Join(env.WorkDir, ".home"))
	env.Setenv(wpDirEnv, dir)
	env.Setenv(wpRealEnv, s.wp)
	env.Setenv("REPO", repo)
	env.Setenv("JETPACK_PARTNER_ID", testPartner)
	env.Setenv("JETPACK_PARTNER_SECRET", testSecret)
	env.Setenv("SECRET", testSecret)
	env.Setenv("NO_PROXY", "127.0.0.1")
	// The race detector's programs sleep a second at their end, each of them.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	// No script may reach the real API by mistake.
	env.Setenv("JETPACK_START_API_URL", "http://127.0.0.1:1")
	env.Setenv("JETPACK_START_TEST_BOOTLOG", filepath.Join(dir, "boots"))
	if s.wp != "" {
		env.Setenv("JETPACK_START_TEST_CACHE", filepath.Dir(filepath.Dir(s.wp)))
	}
	return nil
}

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

// cmdSandbox starts a partner API for the script and points jetpack-start at it: sandbox [https] [--site=…] [--fault=…]
// [--latency=…] [--repeat-code=…] [--partner=…] [--licensing-token=…]. A second call replaces the first, state and all.
func cmdSandbox(ts *testscript.TestScript, neg bool, args []string) {
	work := ts.Getenv("WORK")
	cfg := sandbox.Config{HTTP: true, Log: filepath.Join(work, ".wp", "requests")}
	_ = os.Remove(cfg.Log)
	partner := testPartner + ":" + testSecret
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "https":
			cfg.HTTP, cfg.CAOut = false, filepath.Join(work, ".wp", "ca.pem")
		case "--site":
			cfg.Sites = append(cfg.Sites, value)
		case "--fault":
			cfg.Faults = append(cfg.Faults, value)
		case "--latency":
			latency, err := time.ParseDuration(value)
			ts.Check(err)
			cfg.Latency = latency
		case "--repeat-code":
			cfg.RepeatCode = value
		case "--options":
			partner += "," + value
		case "--next-url":
			cfg.NextURL = value
		case "--licensing-token":
			cfg.Licensing = append(cfg.Licensing, value)
			ts.Setenv("JETPACK_LICENSING_TOKEN", value)
		case "--partner":
			cfg.Partners = append(cfg.Partners, value)
		default:
			ts.Fatalf("sandbox: unknown argument %s", arg)
		}
	}
	if cfg.NextURL == "" {
		cfg.NextURL = "https://wordpress.com/start/pressable-nux" // the same in every run, for cmp
	}
	cfg.Partners = append([]string{partner}, cfg.Partners...)
	server, err := sandbox.New(cfg)
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- server.Run(ctx, func(base string) { ready <- base }) }()
	select {
	case base := <-ready:
		ts.Setenv("SANDBOX", base)
		if cfg.HTTP {
			ts.Setenv("JETPACK_START_API_URL", base)
		} else {
			ts.Setenv("JETPACK_START_API_URL", "")
			ts.Setenv("JETPACK_START_API_HOST", strings.TrimPrefix(base, "https://"))
			ts.Setenv("SSL_CERT_FILE", cfg.CAOut)
		}
	case err := <-done:
		cancel()
		ts.Fatalf("sandbox: %v", err)
	}
	ts.Defer(func() {
		cancel()
		<-done
	})
}

// cmdSite makes the site that wp finds: site [network] [KEY=VALUE…]. A plugin is missing, inactive or active; what isn't
// named is a site at https://example.com with Jetpack active and nothing connected. In a real WordPress it stands in $WORK/site,
// which becomes the current directory; keys in capitals work with the stub only.
func (s *site) cmdSite(ts *testscript.TestScript, neg bool, args []string) {
	state := wpState{SiteURL: "https://example.com", Home: "https://example.com", FileMods: true, WordPress: "7.1", PHP: "8.2", WPCLI: "2.12.0",
		Plugins: map[string]wpStatePlugin{}, Fail: map[string]string{}, ActivePlugins: []string{}, UserTokens: []int{}}
	plugins := map[string]string{"jetpack": "active", "akismet": "missing", "vaultpress": "missing"}
	given := map[string]any{}
	template := "single"
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		number, _ := strconv.Atoi(value)
		switch name {
		case "network":
			template, state.Multisite = "network", true
		case "jetpack", "akismet", "vaultpress":
			plugins[name] = value
		case "siteurl":
			state.SiteURL, given[name] = value, value
		case "home":
			state.Home, given[name] = value, value
		case "blog_id":
			state.BlogID, given[name] = number, number
		case "blog_token":
			state.BlogToken, given[name] = true, true
		case "master_user":
			state.MasterUser, given[name] = number, number
			state.UserTokens = []int{number}
			given["user_tokens"] = state.UserTokens
		case "connected": // short for a whole connection
			state.BlogID, state.BlogToken, state.MasterUser, state.UserTokens = number, true, 1, []int{1}
			given["blog_id"], given["blog_token"], given["master_user"], given["user_tokens"] = number, true, 1, []int{1}
		case "safe_mode":
			state.SafeMode, given[name] = true, true
		case "akismet_key":
			state.AkismetKey, given[name] = true, true
		case "vaultpress_key":
			state.VaultPressKey, given[name] = true, true
		case "no_file_mods":
			state.FileMods, given["file_mods"] = false, false
		case "FAIL":
			call, said, _ := strings.Cut(value, ":")
			state.Fail[call] = said
		case "HANG":
			state.Hang = value
		case "NOISE":
			state.Noise = ts.ReadFile(value)
		case "GARBLE":
			state.Garble = ts.ReadFile(value)
		case "NOKEYS":
			state.NoKeys = true
		default:
			ts.Fatalf("site: unknown %s", arg)
		}
		if s.wp != "" && strings.ToUpper(name) == name {
			ts.Fatalf("site: %s needs the stub: guard the script with [!stub] skip", name)
		}
	}
	for slug, is := range plugins {
		plugin := wpStatePlugin{Installed: is != "missing", Active: is == "active"}
		if plugin.Installed {
			plugin.Version = "1.0"
		}
		state.Plugins[slug] = plugin
		if plugin.Active {
			state.ActivePlugins = append(state.ActivePlugins, slug+"/"+slug+".php")
		}
	}
	if s.wp == "" {
		data, err := json.Marshal(state)
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(ts.Getenv(wpDirEnv), "site.json"), data, 0o600))
		return
	}
	given["plugins"] = state.Plugins
	s.copy(ts, template, given)
}

// copy makes the site a real one.
func (s *site) copy(ts *testscript.TestScript, template string, state map[string]any) {
	dir := filepath.Join(ts.Getenv("WORK"), "site")
	_ = os.RemoveAll(dir)
	_ = os.RemoveAll(dir + ".run")
	// Copies are hard links into the cache and cost little; testscript removes them with the work directory.
	out, err := exec.Command(s.wordpress, "copy", filepath.Join(s.templates, template), dir).CombinedOutput()
	if err != nil {
		ts.Fatalf("scripts/wordpress copy: %v: %s", err, out)
	}
	data, err := json.Marshal(state)
	ts.Check(err)
	wp := exec.Command(s.wp, "--allow-root", "--path="+dir, "eval-file", filepath.Join(ts.Getenv("REPO"), "testdata/wordpress/state.php"), string(data))
	if out, err := wp.CombinedOutput(); err != nil {
		ts.Fatalf("state.php: %v: %s", err, out)
	}
	_ = os.Remove(filepath.Join(ts.Getenv(wpDirEnv), "boots"))
	ts.Check(ts.Chdir(dir))
}

// cmdCalls prints the requests that the sandbox got, one a line: call, status, fields in the order of their names.
func cmdCalls(ts *testscript.TestScript, neg bool, args []string) {
	fmt.Fprint(ts.Stdout(), "") // no calls are an empty output, not the last command's
	log, err := os.ReadFile(filepath.Join(ts.Getenv("WORK"), ".wp", "requests"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Fatalf("%v", err)
	}
	for line := range strings.Lines(string(log)) {
		request := gjson.Parse(line)
		fmt.Fprint(ts.Stdout(), request.Get("call"))
		if strings.Contains(strings.Join(args, " "), "-path") {
			fmt.Fprintf(ts.Stdout(), " %s %s", request.Get("method"), request.Get("path"))
		}
		for _, kind := range []string{"query", "fields"} {
			request.Get(kind).ForEach(func(name, value gjson.Result) bool {
				if kind == "fields" && request.Get("call").String() == "token" {
					return false
				}
				fmt.Fprintf(ts.Stdout(), " %s=%s", name, cmp.Or(value.String(), `""`))
				return true
			})
		}
		fmt.Fprintln(ts.Stdout())
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

// cmdJSON looks into the JSON of the last command's output: json stdout|stderr PATH [VALUE]; ! json wants the path absent.
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

// cmdNoSecret looks for the partner's secret, the token and any further words given, in everything that the script's
// programs wrote: their output, logs, caches. The token cache may hold the token, and nobody else may read it.
func cmdNoSecret(ts *testscript.TestScript, neg bool, args []string) {
	secrets := append([]string{testSecret}, args...)
	quoted, _ := json.Marshal(testSecret)
	secrets = append(secrets, strings.Trim(string(quoted), `"`))
	texts := map[string][]byte{"stdout": []byte(ts.ReadFile("stdout")), "stderr": []byte(ts.ReadFile("stderr"))}
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
		if strings.Contains(path, filepath.Join(".cache", "jetpack-start")) && info.Mode().Perm()&0o077 != 0 {
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

// cmdState prints the sandbox's state, for json.
func cmdState(ts *testscript.TestScript, neg bool, args []string) {
	out, err := exec.Command("curl", "-sS", ts.Getenv("SANDBOX")+"/sandbox/state").Output()
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), string(out))
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
