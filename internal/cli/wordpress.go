package cli

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

const defaultWPTimeout = 5 * time.Minute

// wpFlags are WP-CLI's global parameters, except --user: in a command that has it, that is the
// plan's owner.
func wpFlags() []cli.Flag {
	text := func(name, usage string) cli.Flag { return textFlag(catWP, name, usage) }
	return []cli.Flag{
		text("path", "`PATH` of the WordPress files"),
		text("ssh", "run wp on `HOST`: [scheme:][user@]host[:port][path], "+
			"scheme ssh, docker, docker-compose, vagrant"),
		text("url", "`URL` of the site on a network"),
		text("http", "`URL` for WP-CLI's --http"),
		text("context", "WordPress `CONTEXT` to load"),
		listFlag(catWP, "require", "PHP `FILE` that wp loads first"),
		listFlag(catWP, "exec", "PHP `CODE` that wp runs first"),
		boolFlag(catWP, "allow-root", "let wp run as root"),
		text("run-as", "as root, run wp as `USER`: a name or a user ID, \"owner\" for the docroot's "+
			"owner, \"self\" for root itself, which needs --allow-root (default: owner) [$"+
			envRunAs+"]"),
		boolFlag(catWP, "skip-packages", "don't load WP-CLI packages"),
		text("skip-plugins", "accepted because WP-CLI has it; "+
			"only Jetpack and the plan's plugins are ever loaded"),
		text("skip-themes", "accepted because WP-CLI has it; themes are never loaded"),
		text("wp-cli-path", "the wp to run: a `PATH`, or words such as \"php /opt/wp-cli.phar\" [$"+
			envWPCLI+"]"),
		listFlag(catWP, "wp-env", "pass on the environment variable `NAME` to wp; "+
			"a star at its end stands for any rest [$"+envWPEnv+", separated by commas]"),
		&choiceFlag{
			StringFlag: textFlag(catWP, "probe", "how to read the site's `STATE`: light loads WordPress's "+
				"basics only, full all but plugins and themes, auto takes light if no code of "+
				"the site could change the answer (default: auto) [$"+envProbe+"]"),
			values: probeModes, env: envProbe,
		},
		durationFlag(catWP, "wp-timeout", defaultWPTimeout,
			"timeout per call of wp: a `DURATION` such as 10m or 600"),
		&cli.StringFlag{Name: "wp-alias", Hidden: true}, // set from @alias
	}
}

// probeModes are the values of --probe.
var probeModes = []string{
	string(wpcli.ProbeAuto), string(wpcli.ProbeLight), string(wpcli.ProbeFull),
}

// setupFlags limit the last boot, which sets up the plan's plugins.
func setupFlags() []cli.Flag {
	return []cli.Flag{
		durationFlag(catWP, "setup-timeout", wpcli.DefaultSetupTimeout,
			"timeout of the boot that stores the user token and activates plugins; "+
				"what it doesn't reach is skipped: a `DURATION` such as 90s"),
		durationFlag(catWP, "plugin-request-timeout", wpcli.DefaultRequestTimeout,
			"timeout per HTTP request that plugins send in this boot: a `DURATION`"),
	}
}

// siteOptions say how to run wp for the site.
type siteOptions struct {
	alias, wpCLI string
	global       []string // WP-CLI's global parameters
	dir          string   // the working directory of wp, "" for that of this process
	runAs        string   // as whom wp runs, "" for the usual
	env          []string // names of variables that are passed on to wp besides the usual ones
	timeout      time.Duration
	probe        wpcli.ProbeMode // "" for the default

	lockTimeout time.Duration // 0 means the default

	// The limits of the setup boot; 0 means the default.
	setupTimeout, requestTimeout time.Duration
}

// siteValues returns the values of wpFlags.
func siteValues(c *cli.Context, a *app) siteOptions {
	s := siteOptions{
		alias: c.String("wp-alias"), wpCLI: c.String("wp-cli-path"),
		env:            slices.Concat(c.StringSlice("wp-env"), envNames(a.getenv(envWPEnv))),
		timeout:        c.Duration("wp-timeout"),
		lockTimeout:    c.Duration("lock-timeout"),
		setupTimeout:   c.Duration("setup-timeout"),
		requestTimeout: c.Duration("plugin-request-timeout"),
		runAs:          c.String("run-as"),
		probe:          wpcli.ProbeMode(cmp.Or(c.String("probe"), a.getenv(envProbe))),
	}
	if s.wpCLI == "" {
		s.wpCLI = a.getenv(envWPCLI)
	}
	for _, name := range []string{"path", "ssh", "url", "http", "context"} {
		if value := c.String(name); value != "" {
			s.global = append(s.global, "--"+name+"="+value)
		}
	}
	for _, name := range []string{"require", "exec"} {
		for _, value := range c.StringSlice(name) {
			s.global = append(s.global, "--"+name+"="+value)
		}
	}
	for _, name := range []string{"allow-root", "skip-packages", "quiet", "no-color"} {
		if c.Bool(name) {
			s.global = append(s.global, "--"+name)
		}
	}
	// WP-CLI's own debug output is hundreds of lines per call, so --debug alone doesn't pass it on.
	switch debug := c.String("debug"); debug {
	case "", "true", "false":
	case "wp":
		s.global = append(s.global, "--debug")
	default:
		s.global = append(s.global, "--debug="+debug)
	}
	return s
}

// wordPressAbove returns the nearest directory, dir or one above it, that holds a WordPress, or "".
func wordPressAbove(dir string) string {
	for dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "wp-load.php")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return ""
}

// wp returns the WP-CLI for the site. If it isn't clear as whom to run it, each call fails.
func (a *app) wp(s siteOptions) *wpcli.CLI {
	location := a.locate(s)
	s, account, err := a.runAs(s, location)
	if account == nil {
		s = s.withPath(location)
	}
	if account != nil {
		a.debugf("wp runs as %s (user ID %d)", account.Name, account.UID)
	}
	wp := &wpcli.CLI{
		Command: wpcli.ParseCommand(s.wpCLI), Alias: s.alias, Global: s.global,
		Env: childEnv(a.environ, s.env, location.remote), Dir: s.dir,
		RunAs: account, Refuse: err, SiteKey: jetpack.SiteKey,
		ProbeMode: s.probe, OnProbe: a.logProbe,
		Timeout: s.timeout, SetupTimeout: s.setupTimeout, RequestTimeout: s.requestTimeout,
		OnCall:      func(args []string) { a.logCall("run: %s", wpcli.Quote(args)) },
		OnStderr:    a.debugOutput,
		OnBadStdout: a.debugOutput,
	}
	if location.remote && location.unclear == "" {
		wp.Ask = a.answerSSH
	}
	return wp
}

// logProbe prints how the site was read, if --debug is set.
func (a *app) logProbe(site *wpcli.Site) {
	if site.Light {
		a.debugf("the probe loaded WordPress's basics only")
		return
	}
	a.debugf("the probe loaded WordPress as a whole: %s", oneLine(site.FullBecause))
}

// maxDebugOutput is the number of bytes of one output of wp that --debug shows.
const maxDebugOutput = 64 << 10

// debugOutput prints what wp printed, if --debug is set. The site's code can print anything, so
// control characters are replaced, which a terminal would obey.
func (a *app) debugOutput(text string) {
	if !a.debug {
		return
	}
	shown := text[:min(len(text), maxDebugOutput)]
	var out strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(shown, "\r\n"), "\n") {
		out.WriteString(strings.TrimRight(oneLine(line), " ") + "\n")
	}
	if more := len(text) - len(shown); more > 0 {
		fmt.Fprintf(&out, "… and %d bytes more\n", more)
	}
	_, _ = a.stderr.Write([]byte(out.String()))
}

// locate returns where wp will run.
func (a *app) locate(s siteOptions) location {
	cwd := s.dir
	if cwd == "" {
		var err error
		if cwd, err = os.Getwd(); err != nil {
			return location{unclear: "can't tell the working directory: " + err.Error()}
		}
	}
	return s.locate(cwd, a.getenv)
}
