package wpcli

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"
)

const execPrefix = "--exec="

//go:embed probe.php
var probePHP string

// Plugin is one plugin on the site.
type Plugin struct {
	Installed, Active bool
	Version           string // as in the plugin's header; "" where it has none
}

// User is a user of the site.
type User struct {
	ID            int
	Login, Email  string
	Administrator bool // can manage_options
}

// Site is what one boot told. The option names are Jetpack's, Akismet's and VaultPress's own.
type Site struct {
	SiteURL, Home             string // as WordPress uses them: WP_SITEURL and WP_HOME count
	Multisite                 bool
	FileMods                  bool // false where DISALLOW_FILE_MODS forbids installs
	WordPress, PHP, Version   string
	User                      *User             // nil where it wasn't asked for, or isn't there
	Plugins                   map[string]Plugin // jetpack, akismet, vaultpress
	ActivePlugins             []string          // plugin files relative to the plugins' folder, "akismet/akismet.php"
	BlogID                    int64             // WordPress.com's; 0 = not registered
	BlogToken                 bool
	MasterUser                int // 0 = nobody has approved the connection
	UserTokens                []int
	SafeMode                  bool // jetpack_sync_error_idc is set
	AkismetKey, VaultPressKey bool
}

// Connected says that Jetpack's connection is whole: registered, and approved by a user.
func (s *Site) Connected() bool { return s.BlogID > 0 && s.BlogToken && s.MasterUser > 0 }

// HalfConnected says that the connection was begun and not finished.
func (s *Site) HalfConnected() bool {
	return !s.Connected() && (s.BlogID > 0 || s.BlogToken || s.MasterUser > 0)
}

// Probe reads the site's state in one boot that loads neither plugins nor themes and changes
// nothing. user is an ID, a login or an e-mail address, "" for none. It needs neither eval nor
// eval-file.
func (c *CLI) Probe(ctx context.Context, user string) (*Site, error) {
	args := []string{"--skip-plugins", "--skip-themes", "--skip-packages"}
	marker := newMarker()
	args = append(args, code(probePHP), "jetpack-start-probe", marker)
	if user != "" {
		// Escaped, so that no login can be read as an option and none is cut at a newline on the
		// way over SSH.
		args = append(args, "--local-user="+url.PathEscape(user))
	}
	out, err := c.Run(ctx, args...)
	if err != nil {
		return nil, err
	}
	answer, err := between(out, marker)
	if err != nil {
		return nil, err
	}
	site := parseSite(answer)
	if asked := answer.Get("url").String(); site.Multisite && asked != "" &&
		!sameURL(asked, site.SiteURL) &&
		!sameURL(asked, site.Home) {
		// A network in subfolders answers with its main site for a folder that it doesn't know.
		return nil, &Error{
			Args:   []string{"wp"},
			Kind:   ErrSiteNotFound,
			Stderr: "Error: Site '" + asked + "' not found; " + site.SiteURL + " answered.",
		}
	}
	return site, nil
}

// sameURL compares two addresses of a network's site, by domain and path; --url may come without a
// scheme.
func sameURL(a, b string) bool {
	bare := func(address string) string {
		if _, rest, found := strings.Cut(address, "://"); found {
			address = rest
		}
		return strings.ToLower(strings.TrimRight(address, "/"))
	}
	return bare(a) == bare(b)
}

func parseSite(answer gjson.Result) *Site {
	s := &Site{
		SiteURL: answer.Get("siteurl").String(), Home: answer.Get("home").String(),
		Multisite: answer.Get("multisite").Bool(), FileMods: answer.Get("file_mods").Bool(),
		WordPress: answer.Get("wordpress").
			String(),
		PHP: answer.Get("php").String(), Version: answer.Get("wp_cli").String(),
		Plugins: map[string]Plugin{},
		BlogID:  answer.Get("blog_id").Int(), BlogToken: answer.Get("blog_token").Bool(),
		MasterUser: int(answer.Get("master_user").Int()), SafeMode: answer.Get("safe_mode").Bool(),
		AkismetKey: answer.Get("akismet_key").
			Bool(),
		VaultPressKey: answer.Get("vaultpress_key").Bool(),
	}
	if u := answer.Get("user"); u.IsObject() {
		s.User = &User{
			ID: int(
				u.Get("id").Int(),
			), Login: u.Get("login").String(), Email: u.Get("email").String(),
			Administrator: u.Get("administrator").Bool(),
		}
	}
	answer.Get("plugins").ForEach(func(slug, p gjson.Result) bool {
		s.Plugins[slug.String()] = Plugin{
			Installed: p.Get("installed").Bool(),
			Active:    p.Get("active").Bool(),
			Version:   p.Get("version").String(),
		}
		return true
	})
	for _, file := range answer.Get("active_plugins").Array() {
		s.ActivePlugins = append(s.ActivePlugins, file.String())
	}
	for _, id := range answer.Get("user_tokens").Array() {
		s.UserTokens = append(s.UserTokens, int(id.Int()))
	}
	return s
}

// between finds the JSON between the two marker lines. Whatever else the site printed, before,
// behind or twice, is passed over; an answer that isn't there, is cut or isn't JSON is
// ErrNoAnswer.
func between(out Output, marker string) (gjson.Result, error) {
	text := strings.ReplaceAll(out.Stdout, "\r\n", "\n") // ssh with a terminal, docker with -t
	begin, end := marker+" begin\n", "\n"+marker+" end\n"
	fail := func(kind error) (gjson.Result, error) {
		return gjson.Result{}, &Error{Args: []string{"wp"}, Kind: kind, Stderr: out.Stderr}
	}
	if strings.Count(text, begin) > 1 {
		return fail(ErrManySites)
	}
	_, rest, found := strings.Cut(text, begin)
	if !found {
		return fail(ErrNoAnswer)
	}
	body, _, found := strings.Cut(rest, end)
	if !found || !gjson.Valid(body) {
		return fail(ErrNoAnswer)
	}
	answer := gjson.Parse(body)
	if !answer.IsObject() {
		return fail(ErrNoAnswer)
	}
	return answer, nil
}

// newMarker gives the word that marks an answer; nothing that the site prints can hold it by
// chance.
func newMarker() string { return "jetpack-start-" + rand.Text() }

// code turns an embedded PHP file into an --exec parameter: without the opening tag, comments and
// indentation, which would only lengthen the process list.
func code(php string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(php, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line == "<?php" || strings.HasPrefix(line, "//") {
			continue
		}
		b.WriteString(line + "\n")
	}
	return execPrefix + b.String()
}

// mustJSON marshals orders, which hold nothing that can fail.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
