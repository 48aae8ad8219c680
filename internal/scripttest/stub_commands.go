package scripttest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
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

// print prints an answer between the marker lines.
func (s *wpState) print(marker string, v any, stdout io.Writer) {
	data, _ := json.MarshalIndent(v, "", "  ")
	fmt.Fprintf(stdout, "%s\n%s begin\n%s\n%s end\n%s", s.Noise, marker, data, marker, s.Noise)
}

// setUp imitates wpcli/setup.php.
func (s *wpState) setUp(marker string, std stdio) {
	var setup struct {
		Token   string
		UserID  int `json:"user_id"`
		Plugins []stubPluginSetup
	}
	_ = json.NewDecoder(std.in).Decode(&setup)
	report := map[string]any{"token": nil}
	if setup.Token != "" {
		message, fails := s.Fail["authorize_user"]
		if !fails {
			s.storeToken(setup.Token, setup.UserID)
		}
		report["token"] = map[string]any{"error": message, "stored": !fails}
	}
	connected := s.BlogID > 0 && s.BlogToken && slices.Contains(s.UserTokens, s.MasterUser) &&
		s.userExists(s.MasterUser)
	plugins := map[string]any{}
	for _, plugin := range setup.Plugins {
		plugins[plugin.Slug] = s.setUpPlugin(plugin, connected)
	}
	report["plugins"], report["connected"] = plugins, connected
	s.print(marker, report, std.out)
}

func (s *wpState) storeToken(token string, userID int) {
	s.Stored, s.UserTokens = token, append(s.UserTokens, userID)
	if s.MasterUser == 0 {
		s.MasterUser = userID
	}
}

type stubPluginSetup struct {
	Slug    string
	Install bool
}

// setUpPlugin activates a plugin and returns its part of the report.
func (s *wpState) setUpPlugin(plugin stubPluginSetup, connected bool) map[string]any {
	slug := plugin.Slug
	message := s.Fail["setup "+slug]
	if message == "" {
		if !s.Plugins[slug].Installed && plugin.Install {
			s.Plugins[slug] = wpStatePlugin{Installed: true, Version: "1.0"}
		}
		s.activate(slug, io.Discard)
		if connected && !s.NoKeys {
			s.AkismetKey = s.AkismetKey || slug == "akismet"
			s.VaultPressKey = s.VaultPressKey || slug == "vaultpress"
		}
	}
	return map[string]any{
		"error":  message,
		"active": s.Plugins[slug].Active,
		"key": slug == "akismet" && s.AkismetKey ||
			slug == "vaultpress" && s.VaultPressKey,
	}
}

// addLicenses imitates wpcli/licenses.php.
func (s *wpState) addLicenses(marker string, std stdio) {
	var keys []string
	_ = json.NewDecoder(std.in).Decode(&keys)
	added := 0
	for _, key := range keys {
		if !slices.Contains(s.Licenses, key) {
			s.Licenses = append(s.Licenses, key)
			added++
		}
	}
	s.print(marker, map[string]any{
		"siteurl": s.SiteURL,
		"count":   len(s.Licenses),
		"added":   added,
		"missing": 0,
	}, std.out)
}
