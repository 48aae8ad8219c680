package scripttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdSite makes the site that wp finds. Without arguments it is a site at https://example.com where
// Jetpack is active and not connected. On a real WordPress it is in $WORK/site, which becomes the
// current directory.
func (h *harness) cmdSite(ts *testscript.TestScript, _ bool, args []string) {
	spec := newSiteSpec()
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		if h.wp != "" && strings.ToUpper(name) == name {
			ts.Fatalf("site: %s needs the stub: guard the script with [!stub] skip", name)
		}
		if name == "NOISE" || name == "GARBLE" {
			value = ts.ReadFile(value)
		}
		if err := spec.set(name, value); err != nil {
			ts.Fatalf("site: %s: %v", arg, err)
		}
	}
	spec.addPlugins()
	if spec.owner != "" && h.wp == "" {
		ts.Fatalf("site: owner needs a real WordPress: guard the script with [!real] skip")
	}
	if h.wp != "" {
		h.copySite(ts, spec)
		return
	}
	data, err := json.Marshal(spec.state)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(ts.Getenv(wpDirEnv), "site.json"), data, 0o600))
}

// siteSpec is a site as the arguments of the command site describe it.
type siteSpec struct {
	template string // "single" or "network"
	owner    string // the user to whom the site belongs, "" for the one who runs the tests
	state    wpState
	plugins  map[string]string // by slug: missing, inactive or active
	// given holds the JSON names of the state's fields that the arguments set. A real WordPress
	// keeps its own value of the others.
	given []string
}

func newSiteSpec() *siteSpec {
	return &siteSpec{
		template: "single",
		state: wpState{
			SiteURL:       "https://example.com",
			Home:          "https://example.com",
			FileMods:      true,
			WordPress:     "7.1",
			PHP:           "8.2",
			WPCLI:         "2.12.0",
			Plugins:       map[string]wpStatePlugin{},
			ActivePlugins: []string{},
			UserTokens:    []int{},
			Fail:          map[string]string{},
		},
		plugins: map[string]string{
			"jetpack": "active", "akismet": "missing", "vaultpress": "missing",
		},
		given: []string{"plugins"},
	}
}

// set applies one argument.
func (s *siteSpec) set(name, value string) error {
	state := &s.state
	fields := []string{name} // that are set
	switch name {
	case "network":
		s.template, state.Multisite = "network", true
		fields = nil
	case "jetpack", "akismet", "vaultpress":
		if !slices.Contains([]string{"missing", "inactive", "active"}, value) {
			return errors.New("neither missing nor inactive nor active")
		}
		s.plugins[name] = value
		fields = nil
	case "owner":
		s.owner, fields = value, nil
	case "siteurl":
		state.SiteURL = value
	case "home":
		state.Home = value
	case "blog_id", "connected", "master_user", "token_requests":
		number, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		fields = s.setNumber(name, number)
	case "token_hangs":
		state.TokenRequests, fields = -1, []string{"token_requests"}
	case "licenses":
		state.Licenses = strings.Split(value, ",")
	case "vaultpress_load":
		if !slices.Contains([]string{"hangs", "requests", "kills"}, value) {
			return errors.New("neither hangs nor requests nor kills")
		}
		state.VaultPressLoad = value
	case "blog_token":
		state.BlogToken = true
	case "safe_mode":
		state.SafeMode = true
	case "akismet_key":
		state.AkismetKey = true
	case "vaultpress_key":
		state.VaultPressKey = true
	case "no_file_mods":
		state.FileMods, fields = false, []string{"file_mods"}
	default:
		return s.setFault(name, value)
	}
	s.given = append(s.given, fields...)
	return nil
}

// setNumber applies an argument with a number and returns the fields that it sets.
func (s *siteSpec) setNumber(name string, number int) []string {
	switch name {
	case "blog_id":
		s.state.BlogID = number
		return []string{"blog_id"}
	case "token_requests":
		s.state.TokenRequests = number
		return []string{"token_requests"}
	case "master_user":
		s.state.MasterUser, s.state.UserTokens = number, []int{number}
		return []string{"master_user", "user_tokens"}
	}
	s.state.BlogID, s.state.BlogToken = number, true
	s.state.MasterUser, s.state.UserTokens = 1, []int{1}
	return []string{"blog_id", "blog_token", "master_user", "user_tokens"}
}

// setFault applies an argument that only the stub knows.
func (s *siteSpec) setFault(name, value string) error {
	switch name {
	case "FAIL":
		call, message, _ := strings.Cut(value, ":")
		s.state.Fail[call] = message
	case "HANG":
		s.state.Hang = value
	case "NOISE":
		s.state.Noise = value
	case "GARBLE":
		s.state.Garble = value
	case "NOKEYS":
		s.state.NoKeys = true
	default:
		return errors.New("unknown argument")
	}
	return nil
}

// addPlugins adds the plugins to the state.
func (s *siteSpec) addPlugins() {
	for _, slug := range slices.Sorted(maps.Keys(s.plugins)) {
		status := s.plugins[slug]
		plugin := wpStatePlugin{Installed: status != "missing", Active: status == "active"}
		if plugin.Installed {
			plugin.Version = "1.0"
		}
		s.state.Plugins[slug] = plugin
		if plugin.Active {
			s.state.ActivePlugins = append(s.state.ActivePlugins, slug+"/"+slug+".php")
		}
	}
}

// givenState returns the fields of the state that the arguments set, as JSON.
func (s *siteSpec) givenState() ([]byte, error) {
	data, err := json.Marshal(s.state)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	given := map[string]json.RawMessage{}
	for _, name := range s.given {
		given[name] = all[name]
	}
	return json.Marshal(given)
}

// copySite makes a copy of a template site, and applies the state to it.
func (h *harness) copySite(ts *testscript.TestScript, spec *siteSpec) {
	dir := filepath.Join(ts.Getenv("WORK"), "site")
	_ = os.RemoveAll(dir)
	_ = os.RemoveAll(dir + ".run")
	// The copy consists of hard links into the cache. testscript removes it with the work
	// directory.
	template := filepath.Join(h.templates, spec.template)
	if out, err := exec.Command(h.wordpress, "copy", template, dir).CombinedOutput(); err != nil {
		ts.Fatalf("scripts/wordpress copy: %v: %s", err, out)
	}
	if h.jetpack != nil {
		server := filepath.Join(h.root, "testdata/wordpress/wordpress-com.php")
		ts.Check(h.jetpack.install(dir, server, spec.owner == ""))
	}
	state, err := spec.givenState()
	ts.Check(err)
	php := filepath.Join(h.root, "testdata/wordpress/state.php")
	wp := exec.Command(h.wp, "--allow-root", "--path="+dir, "eval-file", php, string(state))
	if out, err := wp.CombinedOutput(); err != nil {
		ts.Fatalf("state.php: %v: %s", err, out)
	}
	_ = os.Remove(filepath.Join(ts.Getenv(wpDirEnv), "boots"))
	ts.Check(ts.Chdir(dir))
	if spec.owner != "" {
		h.giveSite(ts, dir, spec.owner)
	}
}

// giveSite gives the site to another user, as whom jetpack-start then runs a real wp that the user
// can read. Its calls and boots aren't logged. Only root can do that.
func (h *harness) giveSite(ts *testscript.TestScript, dir, owner string) {
	cache := filepath.Dir(filepath.Dir(h.wp))
	zips := filepath.Join(cache, "plugins")
	if h.jetpack != nil {
		zips = h.jetpack.zips
	}
	// wp-admin, wp-includes and the themes are hard links to the files of all sites.
	const script = `set -e
		find "$1" \( -name wp-admin -o -name wp-includes -o -name themes \) -prune -o \
			-exec chown -h "$2" {} +
		mkdir -p "$3"
		cp "$4"/*/wp-cli.phar "$5"/*.zip "$3"
		printf '#!/bin/sh\nexec php -d memory_limit=512M "%s/wp-cli.phar" "$@"\n' "$3" >"$3/wp"
		chmod 755 "$3/wp"
		chmod a+rX "$3" "$3"/* "$1" "$1/.." "$1/../.."`
	programs := filepath.Join(ts.Getenv("WORK"), ".wp-cli")
	args := []string{"-c", script, "sh", dir, owner, programs, cache, zips}
	out, err := exec.Command("sh", args...).CombinedOutput()
	if err != nil {
		ts.Fatalf("site: giving the site to %s: %v: %s", owner, err, out)
	}
	ts.Setenv("JETPACK_START_WP_CLI", filepath.Join(programs, "wp"))
	ts.Setenv("JETPACK_START_RUN_AS", "")
	ts.Setenv("JETPACK_START_TEST_ZIPS", programs)
	ts.Setenv("JETPACK_START_WP_ENV", "JETPACK_START_TEST_ZIPS,WORK")
}

// cmdWPCalls prints the calls of wp, one on a line.
func cmdWPCalls(ts *testscript.TestScript, _ bool, _ []string) {
	fmt.Fprint(ts.Stdout(), readLog(ts, filepath.Join(ts.Getenv(wpDirEnv), "calls")))
}
