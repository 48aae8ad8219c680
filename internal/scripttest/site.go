package scripttest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// site brings about the site of a script: the stub's state, or a copy of a real WordPress.
type site struct {
	root, wordpress, wp, templates string
}

func (s *site) setup(env *testscript.Env) error {
	dir := filepath.Join(env.WorkDir, ".wp")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	env.Setenv("HOME", filepath.Join(env.WorkDir, ".home"))
	env.Setenv(wpDirEnv, dir)
	env.Setenv(wpRealEnv, s.wp)
	env.Setenv("REPO", s.root)
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

// cmdSite makes the site that wp finds: site [network] [KEY=VALUE…]. A plugin is missing, inactive
// or active; what isn't named is a site at https://example.com with Jetpack active and nothing
// connected. In a real WordPress it stands in $WORK/site, which becomes the current directory;
// keys in capitals work with the stub only.
func (s *site) cmdSite(ts *testscript.TestScript, neg bool, args []string) {
	state := wpState{
		SiteURL: "https://example.com", Home: "https://example.com", FileMods: true, WordPress: "7.1", PHP: "8.2", WPCLI: "2.12.0",
		Plugins: map[string]wpStatePlugin{}, Fail: map[string]string{}, ActivePlugins: []string{}, UserTokens: []int{},
	}
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
			state.BlogID, state.BlogToken, state.MasterUser, state.UserTokens = number, true, 1, []int{
				1,
			}
			given["blog_id"], given["blog_token"], given["master_user"], given["user_tokens"] = number, true, 1, []int{
				1,
			}
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
	// Copies are hard links into the cache and cost little; testscript removes them with the work
	// directory.
	out, err := exec.Command(s.wordpress, "copy", filepath.Join(s.templates, template), dir).
		CombinedOutput()
	if err != nil {
		ts.Fatalf("scripts/wordpress copy: %v: %s", err, out)
	}
	data, err := json.Marshal(state)
	ts.Check(err)
	wp := exec.Command(
		s.wp, "--allow-root", "--path="+dir, "eval-file",
		filepath.Join(ts.Getenv("REPO"), "testdata/wordpress/state.php"), string(data),
	)
	if out, err := wp.CombinedOutput(); err != nil {
		ts.Fatalf("state.php: %v: %s", err, out)
	}
	_ = os.Remove(filepath.Join(ts.Getenv(wpDirEnv), "boots"))
	ts.Check(ts.Chdir(dir))
}
