package scripttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// wpState is the site that the stub wp plays; a golden script's `site` command writes it. The
// fields are those of the probe's answer, so that the same state can be brought about in a real
// WordPress (testdata/wordpress/state.php).
type wpState struct {
	SiteURL       string                   `json:"siteurl"`
	Home          string                   `json:"home"`
	Multisite     bool                     `json:"multisite"`
	FileMods      bool                     `json:"file_mods"`
	WordPress     string                   `json:"wordpress"`
	PHP           string                   `json:"php"`
	WPCLI         string                   `json:"wp_cli"`
	Plugins       map[string]wpStatePlugin `json:"plugins"`
	ActivePlugins []string                 `json:"active_plugins"`
	BlogID        int                      `json:"blog_id"`
	BlogToken     bool                     `json:"blog_token"`
	MasterUser    int                      `json:"master_user"`
	UserTokens    []int                    `json:"user_tokens"`
	SafeMode      bool                     `json:"safe_mode"`
	AkismetKey    bool                     `json:"akismet_key"`
	VaultPressKey bool                     `json:"vaultpress_key"`
	User          *wpStateUser             `json:"user"`

	Licenses []string `json:"licenses,omitempty"`

	// Fail makes a call fail: its words ("probe", "setup", "plugin activate jetpack") → what it
	// says on standard error.
	Fail map[string]string `json:"fail,omitempty"`
	// Hang makes a call wait until it is ended.
	Hang string `json:"hang,omitempty"`
	// Noise is printed before and after each answer.
	Noise string `json:"noise,omitempty"`
	// Garble replaces the probe's answer.
	Garble string `json:"garble,omitempty"`
	// NoKeys lets the keys not come.
	NoKeys bool `json:"no_keys,omitempty"`
	// Stored is the token that authorize_user was given.
	Stored string `json:"stored,omitempty"`
}

type wpStatePlugin struct {
	Installed bool   `json:"installed"`
	Active    bool   `json:"active"`
	Version   string `json:"version"`
}

type wpStateUser struct {
	ID            int    `json:"id"`
	Login         string `json:"login"`
	Email         string `json:"email"`
	Administrator bool   `json:"administrator"`
}

// wpUsers are the users that every test site has, as scripts/wordpress makes them.
var wpUsers = []wpStateUser{
	{1, "admin", "admin@example.com", true},
	{2, "editor1", "editor1@example.com", false},
}

// The variables by which the harness tells wp, a command of its own, where things are.
const (
	wpDirEnv  = "JETPACK_TEST_WP_DIR"  // the stub's state and the log of calls
	wpRealEnv = "JETPACK_TEST_WP_REAL" // the real WP-CLI; unset: play it
	wpRootEnv = "JETPACK_TEST_WP_ROOT" // set: don't add --allow-root for a real wp run as root
)

// wpMain is the command wp in golden scripts. It writes down each call; then it is the real one's
// caller, or plays it.
func wpMain() {
	if err := wpLog(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "stub wp:", err)
		os.Exit(99)
	}
	if real := os.Getenv(wpRealEnv); real != "" {
		args := []string{real}
		if os.Getuid() == 0 && os.Getenv(wpRootEnv) == "" {
			args = append(args, "--allow-root")
		}
		if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "@") {
			args = append([]string{real, os.Args[1]}, append(args[1:], os.Args[2:]...)...)
		} else {
			args = append(args, os.Args[1:]...)
		}
		fmt.Fprintln(os.Stderr, "wp:", syscall.Exec(real, args, os.Environ()))
		os.Exit(99)
	}
	os.Exit(wpPlay(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// wpLog appends a call to the log, without what differs from run to run.
func wpLog(args []string) error {
	shown := []string{"wp"}
	for _, arg := range args {
		switch {
		case strings.HasPrefix(arg, "--exec=WP_CLI::add_command("):
			continue
		case strings.HasPrefix(arg, "jetpack-start-") && len(arg) == len("jetpack-start-")+26:
			continue // the marker
		case strings.HasPrefix(arg, "--path="):
			arg = "--path=" + filepath.Base(arg)
		}
		shown = append(shown, arg)
	}
	log, err := os.OpenFile(
		filepath.Join(os.Getenv(wpDirEnv), "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600,
	)
	if err != nil {
		return err
	}
	defer log.Close()
	_, err = fmt.Fprintln(log, strings.Join(shown, " "))
	return err
}

func wpStateFile() string { return filepath.Join(os.Getenv(wpDirEnv), "site.json") }

// wpPlay plays WP-CLI on the site in the state file.
func wpPlay(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	data, err := os.ReadFile(wpStateFile())
	if errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(
			stderr,
			"Error: This does not seem to be a WordPress installation.\nThe used path is: /somewhere/\nPass --path=`path/to/wordpress` or run `wp core download`.",
		)
		return 1
	}
	s := &wpState{}
	if err := json.Unmarshal(data, s); err != nil {
		fmt.Fprintln(stderr, "stub wp:", err)
		return 99
	}
	words := slices.DeleteFunc(
		slices.Clone(args),
		func(arg string) bool { return strings.HasPrefix(arg, "-") || strings.HasPrefix(arg, "@") },
	)
	call := strings.Join(words, " ")
	marker := ""
	for _, name := range []string{"probe", "setup", "licenses"} {
		if rest, ok := strings.CutPrefix(call, "jetpack-start-"+name+" "); ok {
			call, marker = name, rest
		}
	}
	if said, fails := s.Fail[call]; fails {
		fmt.Fprintln(stderr, said)
		return 1
	}
	if s.Hang == call {
		time.Sleep(time.Minute)
	}
	code := s.run(call, marker, args, stdin, stdout, stderr)
	data, _ = json.MarshalIndent(s, "", "  ")
	if err := os.WriteFile(wpStateFile(), data, 0o600); err != nil {
		fmt.Fprintln(stderr, "stub wp:", err)
		return 99
	}
	return code
}

func (s *wpState) run(
	call, marker string, args []string, stdin io.Reader, stdout, stderr io.Writer,
) int {
	words := strings.Fields(call)
	switch {
	case call == "probe":
		s.probe(marker, args, stdout)
	case call == "setup":
		s.setUp(marker, stdin, stdout)
	case call == "licenses":
		s.addLicenses(marker, stdin, stdout)
	case len(words) == 3 && words[0] == "plugin" && words[1] == "activate":
		return s.activate(words[2], stderr)
	case len(words) == 3 && words[0] == "plugin" && words[1] == "install":
		slug := strings.TrimSuffix(filepath.Base(words[2]), ".zip")
		s.Plugins[slug] = wpStatePlugin{Installed: true, Version: "1.0"}
		return s.activate(slug, stderr)
	default:
		fmt.Fprintf(
			stderr,
			"Error: '%s' is not a registered wp command. See 'wp help' for available commands.\n",
			call,
		)
		return 1
	}
	return 0
}

func (s *wpState) activate(slug string, stderr io.Writer) int {
	plugin := s.Plugins[slug]
	if !plugin.Installed {
		fmt.Fprintf(
			stderr, "Warning: The '%s' plugin could not be found.\nError: No plugins activated.\n",
			slug,
		)
		return 1
	}
	if !plugin.Active {
		plugin.Active = true
		s.Plugins[slug] = plugin
		s.ActivePlugins = append(s.ActivePlugins, slug+"/"+slug+".php")
	}
	return 0
}

func (s *wpState) probe(marker string, args []string, stdout io.Writer) {
	if s.Garble != "" {
		fmt.Fprint(stdout, strings.ReplaceAll(s.Garble, "MARKER", marker))
		return
	}
	s.User = nil
	for _, arg := range args {
		if escaped, ok := strings.CutPrefix(arg, "--local-user="); ok {
			wanted, _ := url.PathUnescape(escaped)
			for _, user := range wpUsers {
				if wanted == user.Login || wanted == user.Email || wanted == fmt.Sprint(user.ID) {
					s.User = &user
				}
			}
		}
	}
	s.print(marker, s, stdout)
}

func (s *wpState) print(marker string, v any, stdout io.Writer) {
	data, _ := json.MarshalIndent(v, "", "  ")
	fmt.Fprintf(stdout, "%s\n%s begin\n%s\n%s end\n%s", s.Noise, marker, data, marker, s.Noise)
}

func (s *wpState) setUp(marker string, stdin io.Reader, stdout io.Writer) {
	var orders struct {
		Token   string
		UserID  int `json:"user_id"`
		Plugins []struct {
			Slug    string
			Install bool
			Source  string
		}
	}
	_ = json.NewDecoder(stdin).Decode(&orders)
	report := map[string]any{"token": nil}
	if orders.Token != "" {
		said := ""
		if fail, ok := s.Fail["authorize_user"]; ok {
			said = fail
		} else {
			s.Stored, s.UserTokens = orders.Token, append(s.UserTokens, orders.UserID)
			if s.MasterUser == 0 {
				s.MasterUser = orders.UserID
			}
		}
		report["token"] = map[string]any{"error": said, "stored": said == ""}
	}
	connected := s.BlogID > 0 && s.BlogToken && s.MasterUser > 0
	parts := map[string]any{}
	for _, order := range orders.Plugins {
		said := s.Fail["setup "+order.Slug]
		if said == "" {
			if plugin := s.Plugins[order.Slug]; !plugin.Installed && order.Install {
				s.Plugins[order.Slug] = wpStatePlugin{Installed: true, Version: "1.0"}
			}
			s.activate(order.Slug, io.Discard)
			if connected && !s.NoKeys {
				s.AkismetKey = s.AkismetKey || order.Slug == "akismet"
				s.VaultPressKey = s.VaultPressKey || order.Slug == "vaultpress"
			}
		}
		key := order.Slug == "akismet" && s.AkismetKey ||
			order.Slug == "vaultpress" && s.VaultPressKey
		parts[order.Slug] = map[string]any{
			"error":  said,
			"active": s.Plugins[order.Slug].Active,
			"key":    key,
		}
	}
	report["plugins"], report["connected"] = parts, connected
	s.print(marker, report, stdout)
}

// addLicenses is wpcli/licenses.php.
func (s *wpState) addLicenses(marker string, stdin io.Reader, stdout io.Writer) {
	var keys []string
	_ = json.NewDecoder(stdin).Decode(&keys)
	added := 0
	for _, key := range keys {
		if !slices.Contains(s.Licenses, key) {
			s.Licenses = append(s.Licenses, key)
			added++
		}
	}
	s.print(
		marker,
		map[string]any{
			"siteurl": s.SiteURL,
			"count":   len(s.Licenses),
			"added":   added,
			"missing": 0,
		},
		stdout,
	)
}
