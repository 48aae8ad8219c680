package wpcli

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

//go:embed onlyjetpack.php
var onlyJetpackPHP string

//go:embed setup.php
var setupPHP string

// The defaults of CLI.SetupTimeout and CLI.RequestTimeout.
const (
	DefaultSetupTimeout   = time.Minute
	DefaultRequestTimeout = 10 * time.Second
)

// Setup holds what [CLI.SetUp] is to store and activate.
type Setup struct {
	// Token is a user token to store for UserID with Jetpack's authorize_user command; "" means
	// none. It is passed on standard input.
	Token  string
	UserID int
	// Plugins are the plugins to activate: akismet and vaultpress, or one of them. They are set up
	// one after the other.
	Plugins []PluginSetup
}

// PluginSetup asks for a plugin to be active and, if Jetpack is connected, to have its key.
type PluginSetup struct {
	Slug string `json:"slug"`
	// File is the plugin's file, as in [Plugin]; "" means SLUG/SLUG.php.
	File    string `json:"file"`
	MustUse bool   `json:"must_use"` // the plugin is among the must-use plugins: it needs its key only
	Install bool   `json:"install"`  // install the plugin if it is missing
	Source  string `json:"source"`   // what to install: a slug, the path of a zip file, or a URL
}

// SetupReport describes what [CLI.SetUp] did and found.
type SetupReport struct {
	TokenStored bool   // the token was read back from the site
	TokenError  string // what authorize_user printed, on one line; "" if it succeeded
	BlogID      int64  // the site's ID at WordPress.com; 0 if it isn't known
	Connected   bool   // Jetpack is connected, as in [Site.Connected]
	// Plugins holds the state of each plugin of the Setup that was begun, by slug. A plugin that
	// isn't in it wasn't reached.
	Plugins map[string]PluginReport
	// Unfinished is the part in which the boot ended early: "token" or the slug of a plugin. It is
	// "" if the boot ended by itself, or before the first part.
	Unfinished string
	// Err is why the boot ended early: the part and PHP's message, or the error of the call; nil if
	// it didn't.
	Err error
}

// PluginReport describes the state of a plugin after [CLI.SetUp].
type PluginReport struct {
	Active bool
	Key    bool   // the plugin has a key
	Error  string // why it couldn't be installed, activated or given a key; one line
}

// SetUp stores the user token and activates the plugins of s in one boot, which loads no other
// plugin but Jetpack at first: another plugin that crashes must not stop what the customer paid
// for. The boot is stopped after SetupTimeout. The error is for a boot that reported nothing; what
// was done before a boot ended early, and the failure of a part, are in the report.
func (c *CLI) SetUp(ctx context.Context, s Setup) (*SetupReport, error) {
	limited := *c
	limited.Timeout = cmp.Or(max(c.SetupTimeout, 0), DefaultSetupTimeout)
	if c.Timeout > 0 {
		limited.Timeout = min(limited.Timeout, c.Timeout)
	}
	marker := newMarker()
	out, err := limited.run(ctx, c.setupJSON(s, limited.Timeout), []string{s.Token},
		"--skip-themes", "--skip-packages", execParameter(onlyJetpackPHP+activatePHP+setupPHP),
		"jetpack-start-setup", marker)
	report, parseErr := parseReport(out, marker, err)
	switch {
	case parseErr == nil:
		return report, nil
	case err != nil:
		return nil, err
	}
	return nil, c.showStdout(out, parseErr)
}

// setupJSON returns the input of setup.php for a boot that may take timeout. PHP gets a little less
// time, so that it can report that there was none left.
func (c *CLI) setupJSON(s Setup, timeout time.Duration) []byte {
	plugins := []PluginSetup{}
	for _, plugin := range s.Plugins {
		plugin.File = cmp.Or(plugin.File, plugin.Slug+"/"+plugin.Slug+".php")
		plugins = append(plugins, plugin)
	}
	request := cmp.Or(max(c.RequestTimeout, 0), DefaultRequestTimeout)
	return mustJSON(struct {
		Token          string        `json:"token,omitempty"`
		UserID         int           `json:"user_id,omitempty"`
		Plugins        []PluginSetup `json:"plugins"`
		Time           float64       `json:"time"` // in seconds, as the next
		RequestTimeout float64       `json:"request_timeout"`
	}{s.Token, s.UserID, plugins, 0.9 * timeout.Seconds(), request.Seconds()})
}

// maxReportLine is the number of bytes above which a line isn't one of setup.php's.
const maxReportLine = 64 << 10

// parseReport reads the lines that setup.php printed, among whatever the site printed. callErr is
// the error of the call, which counts only if setup.php didn't reach its end. It fails with
// ErrNoAnswer if there is no line, and with ErrManySites if more than one site answered.
func parseReport(out Output, marker string, callErr error) (*SetupReport, error) {
	r := &SetupReport{Plugins: map[string]PluginReport{}}
	started, ended := 0, false
	text := strings.ReplaceAll(out.Stdout, "\r\n", "\n") // from ssh -t or docker -t
	for line := range strings.Lines(text) {
		line, ours := strings.CutPrefix(line, marker+" ")
		line, complete := strings.CutSuffix(line, "\n")
		if !ours || !complete || len(line) > maxReportLine || !gjson.Valid(line) {
			continue
		}
		part := gjson.Parse(line)
		if part.Get("start").Bool() {
			started++
		}
		ended = ended || part.Get("end").Bool()
		r.add(part)
	}
	fail := func(kind error) (*SetupReport, error) {
		return nil, &Error{Args: []string{"wp"}, Kind: kind, Stderr: out.Stderr}
	}
	switch {
	case started == 0:
		return fail(ErrNoAnswer)
	case started > 1:
		return fail(ErrManySites)
	case ended:
		r.Unfinished, r.Err = "", nil
	case r.Err == nil:
		r.Err = cmp.Or(callErr, errors.New("the process ended"))
	}
	return r, nil
}

// add enters a line of setup.php into the report.
func (r *SetupReport) add(part gjson.Result) {
	if now := part.Get("now"); now.Exists() {
		r.Unfinished = now.String()
	}
	if token := part.Get("token"); token.IsObject() {
		r.TokenStored = token.Get("stored").Bool()
		r.TokenError = joinLines(token.Get("error").String())
	}
	if connected := part.Get("connected"); connected.Exists() {
		r.Connected, r.BlogID = connected.Bool(), part.Get("blog_id").Int()
	}
	if slug := part.Get("plugin").String(); slug != "" {
		r.Plugins[slug] = PluginReport{
			Active: part.Get("active").Bool(),
			Key:    part.Get("key").Bool(),
			Error:  joinLines(part.Get("error").String()),
		}
	}
	if died := part.Get("died"); died.Exists() {
		part := cmp.Or(r.Unfinished, "start")
		r.Err = errors.New(clip(part + ": " + joinLines(died.String())))
	}
}

// joinLines returns a message of WP-CLI as one short line, without "Error: " and "Warning: ".
func joinLines(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(line, "Error: "), "Warning: ")
	}
	return clip(strings.Join(lines, " "))
}

// mustJSON returns v, which holds only strings, numbers and booleans, as JSON.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
