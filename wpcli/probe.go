package wpcli

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/tidwall/gjson"
)

//go:embed probe.php
var probePHP string

//go:embed lightprobe.php
var lightProbePHP string

// ProbeMode says how much of WordPress [CLI.Probe] loads. The answer is the same if the site is an
// ordinary one.
type ProbeMode string

const (
	// ProbeAuto means ProbeLight, or ProbeFull if the site has code that could change the answer: a
	// network, must-use plugins or drop-ins that have to do with what is read. It is the default.
	ProbeAuto ProbeMode = "auto"
	// ProbeLight loads wp-config.php, the drop-ins for database and cache and WordPress's basics.
	ProbeLight ProbeMode = "light"
	// ProbeFull loads all of WordPress, except plugins and themes. Must-use plugins are loaded.
	ProbeFull ProbeMode = "full"
)

// Site describes the state of a site, as [CLI.Probe] read it.
type Site struct {
	SiteURL string // option siteurl, or the constant WP_SITEURL
	Home    string // option home, or the constant WP_HOME
	// AbsPath is the directory of WordPress's files, without symbolic links; "" if it isn't known.
	AbsPath string

	Multisite bool
	FileMods  bool // plugins can be installed: DISALLOW_FILE_MODS isn't set

	// The versions of WordPress, PHP and WP-CLI.
	WordPress, PHP, WPCLI string

	User          *User             // the user asked for; nil if none was, or there is no such user
	Plugins       map[string]Plugin // by slug: jetpack, akismet, vaultpress
	ActivePlugins []string          // paths in the plugins directory: "akismet/akismet.php"

	BlogID     int64 // the site's ID at WordPress.com; 0 if it isn't registered there
	BlogToken  bool  // the site has a blog token
	MasterUser int   // the ID of the user who owns the connection; 0 if nobody has approved it
	UserTokens []int // the IDs of the users who have a user token that Jetpack accepts
	// MasterUserExists means that the site has a user with the ID MasterUser.
	MasterUserExists bool

	SafeMode bool // Jetpack holds the site for a copy of another one

	// Offline is why Jetpack is in offline mode, in which it doesn't connect: "JETPACK_DEV_DEBUG is
	// set", or [OfflineByAddress]; "" if it isn't.
	Offline string

	AkismetKey    bool // Akismet has a key
	VaultPressKey bool // VaultPress has a key

	// Light means that WordPress's basics alone were loaded. If not, FullBecause says why: a short
	// text such as "MULTISITE is set".
	Light       bool
	FullBecause string
}

// OfflineByAddress is the value of [Site.Offline] if Jetpack takes the site's address for a local
// one.
const OfflineByAddress = "its address is local"

// Plugin describes a plugin of a site.
type Plugin struct {
	Installed, Active bool
	MustUse           bool   // loaded from mu-plugins
	Version           string // from the plugin's header; may be ""
	// File is the path in the plugins directory, such as "jetpack-dev/jetpack.php"; "" if the
	// plugin isn't there.
	File string
}

// CanActivate reports whether the plugin can be activated, or is active in the plugins directory.
func (p Plugin) CanActivate() bool { return p.Installed && !p.MustUse }

// Folder returns the name of the plugin's directory, by which WP-CLI knows it; "" if it isn't in
// the plugins directory.
func (p Plugin) Folder() string {
	folder, _, _ := strings.Cut(p.File, "/")
	return folder
}

// isPluginFile reports whether a path that a site printed can be passed to WP-CLI: a name that
// begins with "-" would be an option.
func isPluginFile(file string) bool {
	folder, name, found := strings.Cut(file, "/")
	return found && folder != "" && folder[0] != '-' && name != "" &&
		!strings.ContainsFunc(file, unicode.IsControl)
}

// User describes a user of a site.
type User struct {
	ID            int
	Login, Email  string
	Administrator bool // has the capability manage_options
}

// Registered reports whether the site is registered at WordPress.com. Between the provision of a
// plan and the user's approval, a site is registered and not connected.
func (s *Site) Registered() bool { return s.BlogID > 0 && s.BlogToken }

// Connected reports whether Jetpack is connected: registered at WordPress.com, and approved by a
// user who still exists and has a token.
func (s *Site) Connected() bool {
	return s.Registered() && s.MasterUser > 0 && s.ConnectionProblem() == ""
}

// RegistrationBroken reports whether one of blog ID and blog token is there without the other.
// Registering the site anew repairs it.
func (s *Site) RegistrationBroken() bool { return (s.BlogID > 0) != s.BlogToken }

// ConnectionProblem returns what is broken in Jetpack's connection, as the end of a sentence about
// the site: "its owner, user 7, doesn't exist". It returns "" if nothing is, which doesn't mean
// that the site is connected.
func (s *Site) ConnectionProblem() string {
	switch {
	case s.RegistrationBroken() && s.BlogToken:
		return "it has a blog token without a blog ID"
	case s.RegistrationBroken():
		return "it has a blog ID without a blog token"
	case s.MasterUser > 0 && !s.MasterUserExists:
		return fmt.Sprintf("its owner, user %d, doesn't exist", s.MasterUser)
	case s.MasterUser > 0 && !slices.Contains(s.UserTokens, s.MasterUser):
		return fmt.Sprintf("its owner, user %d, has no valid token", s.MasterUser)
	}
	return ""
}

// Probe reads the state of the site in one boot that loads no plugins and themes and changes
// nothing. c.ProbeMode says how much of WordPress it loads. user is the ID, login or e-mail address
// of a user to look up; "" means none. Probe fails with [ErrSiteNotFound] if a network answered
// with another site than the one asked for.
func (c *CLI) Probe(ctx context.Context, user string) (*Site, error) {
	mode := cmp.Or(c.ProbeMode, ProbeAuto)
	answer, light, err := c.probe(ctx, user, mode)
	var lightErr error
	if light && mode == ProbeAuto && isUnexplained(err) {
		// Something needs more of WordPress than the light way loads.
		lightErr = err
		answer, _, err = c.probe(ctx, user, ProbeFull)
	}
	if err != nil {
		return nil, err
	}
	site := parseSite(answer)
	if lightErr != nil {
		site.FullBecause = clip("the light probe failed: " + lightErr.Error())
	}
	if c.OnProbe != nil {
		c.OnProbe(site)
	}
	if asked := answer.Get("url").String(); site.Multisite && asked != "" &&
		!c.sameSite(asked, site.SiteURL) && !c.sameSite(asked, site.Home) {
		// If a network in subdirectories has no site at the path, its main site answers.
		return nil, &Error{
			Args:   []string{"wp"},
			Kind:   ErrSiteNotFound,
			Stderr: "Error: Site '" + asked + "' not found; " + site.SiteURL + " answered.",
		}
	}
	return site, nil
}

// probe runs the command jetpack-start-probe once and returns its answer. light reports whether it
// took the light way.
func (c *CLI) probe(
	ctx context.Context, user string, mode ProbeMode,
) (answer gjson.Result, light bool, err error) {
	marker := newMarker()
	args := []string{
		"--skip-plugins", "--skip-themes", "--skip-packages",
		execParameter(probePHP + lightProbePHP), "jetpack-start-probe", marker,
	}
	if mode != ProbeAuto {
		args = append(args, "--probe="+string(mode))
	}
	if user != "" {
		// Escaped, so that a login can't be taken for an option, and none is cut at a newline on
		// the way over SSH.
		args = append(args, "--local-user="+url.PathEscape(user))
	}
	out, err := c.Run(ctx, args...)
	light = strings.Contains(out.Stdout, marker+" light")
	if err != nil {
		return answer, light, err
	}
	if answer, err = parseAnswer(out, marker); err != nil {
		return answer, light, c.showStdout(out, err)
	}
	return answer, light, nil
}

// isUnexplained reports whether err is a failed call for a reason that isn't known.
func isUnexplained(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Kind == nil || e.Kind == ErrNoAnswer)
}

// sameSite reports whether two URLs are those of one site of a network. It ignores case, in the
// path too, because WordPress looks the site up in a database column that does.
func (c *CLI) sameSite(a, b string) bool {
	if c.SiteKey != nil {
		a, b = c.SiteKey(a), c.SiteKey(b)
	}
	return strings.EqualFold(a, b)
}

// maxPath is the length of the longest path on Linux, in bytes.
const maxPath = 4096

func parseSite(answer gjson.Result) *Site {
	s := &Site{
		SiteURL:          answer.Get("siteurl").String(),
		Home:             answer.Get("home").String(),
		Multisite:        answer.Get("multisite").Bool(),
		FileMods:         answer.Get("file_mods").Bool(),
		WordPress:        answer.Get("wordpress").String(),
		PHP:              answer.Get("php").String(),
		WPCLI:            answer.Get("wp_cli").String(),
		Plugins:          map[string]Plugin{},
		BlogID:           answer.Get("blog_id").Int(),
		BlogToken:        answer.Get("blog_token").Bool(),
		MasterUser:       int(answer.Get("master_user").Int()),
		MasterUserExists: answer.Get("master_user_exists").Bool(),
		SafeMode:         answer.Get("safe_mode").Bool(),
		Offline:          clip(answer.Get("offline").String()),
		AkismetKey:       answer.Get("akismet_key").Bool(),
		VaultPressKey:    answer.Get("vaultpress_key").Bool(),
		Light:            answer.Get("light").Bool(),
		FullBecause:      clip(answer.Get("full_because").String()),
	}
	if u := answer.Get("user"); u.IsObject() {
		s.User = &User{
			ID:            int(u.Get("id").Int()),
			Login:         u.Get("login").String(),
			Email:         u.Get("email").String(),
			Administrator: u.Get("administrator").Bool(),
		}
	}
	answer.Get("plugins").ForEach(func(slug, p gjson.Result) bool {
		plugin := Plugin{
			Installed: p.Get("installed").Bool(),
			Active:    p.Get("active").Bool(),
			MustUse:   p.Get("must_use").Bool(),
			Version:   p.Get("version").String(),
		}
		if file := p.Get("file").String(); isPluginFile(file) {
			plugin.File = file
		}
		s.Plugins[slug.String()] = plugin
		return true
	})
	if path := answer.Get("abspath").String(); strings.HasPrefix(path, "/") &&
		len(path) <= maxPath && !strings.ContainsRune(path, 0) {
		s.AbsPath = path
	}
	for _, file := range answer.Get("active_plugins").Array() {
		s.ActivePlugins = append(s.ActivePlugins, file.String())
	}
	for _, id := range answer.Get("user_tokens").Array() {
		s.UserTokens = append(s.UserTokens, int(id.Int()))
	}
	return s
}
