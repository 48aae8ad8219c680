package scripttest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// activate activates a plugin, as the command plugin activate does.
func (s *wpState) activate(slug string, stderr io.Writer) int {
	plugin := s.Plugins[slug]
	if !plugin.Installed {
		fmt.Fprintf(stderr, "Warning: The '%s' plugin could not be found.\n"+
			"Error: No plugins activated.\n", slug)
		return 1
	}
	if !plugin.Active {
		plugin.Active = true
		s.Plugins[slug] = plugin
		s.ActivePlugins = append(s.ActivePlugins, slug+"/"+slug+".php")
	}
	return 0
}

// userExists reports whether the site has a user with an ID.
func (s *wpState) userExists(id int) bool {
	return slices.ContainsFunc(wpUsers, func(user wpStateUser) bool { return user.ID == id })
}

// probe imitates wpcli/probe.php.
func (s *wpState) probe(marker string, args []string, stdout io.Writer) {
	if s.Garble != "" {
		fmt.Fprint(stdout, strings.ReplaceAll(s.Garble, "MARKER", marker))
		return
	}
	s.User, s.Light = nil, true
	s.AbsPath, _ = os.Getwd()
	for _, arg := range args {
		if path, ok := strings.CutPrefix(arg, "--path="); ok {
			s.AbsPath = path
		}
		if arg == "--probe=full" {
			s.Light, s.FullBecause = false, arg
		}
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

// print prints an answer between the marker lines.
func (s *wpState) print(marker string, v any, stdout io.Writer) {
	data, _ := json.MarshalIndent(v, "", "  ")
	fmt.Fprintf(stdout, "%s\n%s begin\n%s\n%s end\n%s", s.Noise, marker, data, marker, s.Noise)
}

// stubSetup is the input of setup.php. Times are in seconds.
type stubSetup struct {
	Token          string
	UserID         int `json:"user_id"`
	Plugins        []stubPluginSetup
	Time           float64
	RequestTimeout float64 `json:"request_timeout"`
}

type stubPluginSetup struct {
	Slug    string
	Install bool
}

// setUp imitates wpcli/setup.php.
func (s *wpState) setUp(marker string, std stdio) {
	var setup stubSetup
	_ = json.NewDecoder(std.in).Decode(&setup)
	deadline := time.Now().Add(seconds(setup.Time))
	parts := len(setup.Plugins)
	if setup.Token != "" {
		parts++
	}
	fmt.Fprint(std.out, s.Noise)
	report := func(part map[string]any) {
		data, _ := json.Marshal(part)
		fmt.Fprintf(std.out, "\n%s %s\n", marker, data)
	}
	// begin returns a function that sends requests nobody answers.
	begin := func(part string) (request func(n int)) {
		report(map[string]any{"now": part})
		until := time.Now().Add(time.Until(deadline) / time.Duration(parts))
		parts--
		return func(n int) {
			for ; n > 0 && time.Now().Before(until); n-- {
				time.Sleep(min(seconds(setup.RequestTimeout), time.Until(until)))
			}
		}
	}
	report(map[string]any{"start": true})
	if setup.Token != "" {
		request := begin("token")
		message, fails := s.Fail["authorize_user"]
		owned := s.owned()
		if !fails {
			s.storeToken(setup.Token, setup.UserID)
		}
		token := map[string]any{"error": message, "stored": !fails}
		report(map[string]any{"token": token})
		if s.TokenRequests < 0 && !owned {
			_ = s.save() // this process is stopped
			time.Sleep(5 * time.Minute)
		}
		if !owned {
			request(s.TokenRequests)
		}
	}
	connected := s.connected()
	report(map[string]any{"connected": connected, "blog_id": s.BlogID})
	for _, plugin := range setup.Plugins {
		s.setUpPlugin(plugin, connected, begin(plugin.Slug), report)
	}
	report(map[string]any{"end": true})
	fmt.Fprint(std.out, s.Noise)
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func (s *wpState) storeToken(token string, userID int) {
	if !s.owned() {
		s.MasterUser = userID
	}
	s.Stored, s.UserTokens = token, append(s.UserTokens, userID)
}

// setUpPlugin activates a plugin, requests its key, and reports both.
func (s *wpState) setUpPlugin(
	plugin stubPluginSetup, connected bool, request func(n int), report func(map[string]any),
) {
	slug := plugin.Slug
	message := s.Fail["setup "+slug]
	tell := func() {
		report(map[string]any{
			"plugin": slug, "error": message, "active": s.Plugins[slug].Active,
			"key": slug == "akismet" && s.AkismetKey || slug == "vaultpress" && s.VaultPressKey,
		})
	}
	if message == "" {
		if !s.Plugins[slug].Installed && plugin.Install {
			s.Plugins[slug] = wpStatePlugin{Installed: true, Version: "1.0"}
		}
		if slug == "vaultpress" && !s.VaultPressKey {
			s.loadVaultPress(request)
		}
		s.activate(slug, io.Discard)
		tell()
		if connected && !s.NoKeys {
			s.AkismetKey = s.AkismetKey || slug == "akismet"
			s.VaultPressKey = s.VaultPressKey || slug == "vaultpress"
		}
	}
	tell()
}

// loadVaultPress does what the stand-in for VaultPress does when it is loaded without a key.
func (s *wpState) loadVaultPress(request func(n int)) {
	switch s.VaultPressLoad {
	case "hangs", "kills":
		_ = s.save() // this process won't come to it
		if s.VaultPressLoad == "kills" {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		time.Sleep(5 * time.Minute)
	case "requests":
		request(8)
	}
}

// addLicenses imitates wpcli/licenses.php.
func (s *wpState) addLicenses(marker string, std stdio) {
	if s.SafeMode {
		s.print(marker, map[string]any{"safe_mode": true}, std.out)
		return
	}
	var keys []string
	_ = json.NewDecoder(std.in).Decode(&keys)
	added := 0
	for _, key := range keys {
		if !slices.Contains(s.Licenses, key) {
			s.Licenses = append(s.Licenses, key)
			added++
		}
	}
	attached, message := s.attachLicenses(keys)
	s.print(marker, map[string]any{
		"siteurl":  s.SiteURL,
		"count":    len(s.Licenses),
		"added":    added,
		"missing":  0,
		"attached": attached,
		"error":    message,
	}, std.out)
}

// attachLicenses attaches all licenses, as Jetpack and its stand-in do. It returns what became of
// keys, and Jetpack's message if that is "failed".
func (s *wpState) attachLicenses(keys []string) (attached, message string) {
	switch {
	case !s.Plugins["jetpack"].Active:
		return "not_attempted", ""
	case !s.owned():
		return "waiting_for_connection", ""
	case s.BlogID == 0 || !s.BlogToken: // the call can't be signed
		return "failed", "The licenses could not be attached. Reconnect Jetpack."
	}
	s.Attached = append(s.Attached, slices.Clone(s.Licenses))
	for _, key := range s.Licenses {
		if strings.Contains(key, "_timeout") {
			return "failed", "The licenses could not be attached. Reconnect Jetpack."
		}
	}
	var refused []string
	attached = "attached"
	for _, key := range s.Licenses {
		product, _, isRevoked := strings.Cut(key, "_revoked")
		if !isRevoked {
			continue
		}
		refused = append(refused, product+"_…")
		if slices.Contains(keys, key) {
			attached = "failed"
		}
	}
	if attached == "failed" {
		message = "These licenses are invalid or revoked: " + strings.Join(refused, ", ")
	}
	return attached, message
}

// connected reports whether Jetpack is connected.
func (s *wpState) connected() bool { return s.BlogID > 0 && s.BlogToken && s.owned() }

// owned reports whether the connection's owner exists and has a token.
func (s *wpState) owned() bool {
	return slices.Contains(s.UserTokens, s.MasterUser) && s.userExists(s.MasterUser)
}
