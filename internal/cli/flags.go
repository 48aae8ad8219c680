package cli

import (
	"context"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// The categories under which --help lists flags.
const (
	catWP          = "WordPress (WP-CLI's global parameters, passed on)"
	catCredentials = "Credentials"
	catAPI         = "API"
	catOutput      = "Output"
)

// wpFlags are WP-CLI's global parameters. --user is not among them: a command that has it means
// the plan's owner.
func wpFlags() []cli.Flag {
	text := func(name, usage string) cli.Flag {
		return &cli.StringFlag{Name: name, Usage: usage, Category: catWP}
	}
	return []cli.Flag{
		text("path", "`PATH` of the WordPress files"),
		text(
			"ssh",
			"run wp on `HOST`: [scheme:][user@]host[:port][path], scheme ssh, docker, docker-compose, vagrant",
		),
		text("url", "`URL` of the site on a network"),
		text("http", "`URL` for WP-CLI's --http"),
		text("context", "WordPress `CONTEXT` to load"),
		&cli.StringSliceFlag{
			Name:     "require",
			Usage:    "PHP `FILE` for wp to load first",
			Category: catWP,
		},
		&cli.StringSliceFlag{
			Name:     "exec",
			Usage:    "PHP `CODE` for wp to run first",
			Category: catWP,
		},
		&cli.BoolFlag{Name: "allow-root", Usage: "let wp run as root", Category: catWP},
		&cli.BoolFlag{Name: "skip-packages", Usage: "load no WP-CLI packages", Category: catWP},
		&cli.StringFlag{
			Name:     "skip-plugins",
			Usage:    "taken as WP-CLI takes it; none but Jetpack and the plan's are loaded anyway",
			Category: catWP,
		},
		&cli.StringFlag{
			Name:     "skip-themes",
			Usage:    "taken as WP-CLI takes it; none is loaded anyway",
			Category: catWP,
		},
		&cli.StringFlag{
			Name:     "wp-cli-path",
			Usage:    "the wp to run: a `PATH`, or words such as \"php /opt/wp-cli.phar\" [$" + envWPCLI + "]",
			Category: catWP,
		},
		&cli.DurationFlag{
			Name:     "wp-timeout",
			Usage:    "end a call of wp after `TIME`",
			Value:    5 * time.Minute,
			Category: catWP,
		},
		&cli.StringFlag{Name: "wp-alias", Hidden: true}, // set from @alias
	}
}

func outputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{
			Name:     "quiet",
			Usage:    "no warnings and no progress on standard error; errors remain",
			Category: catOutput,
		},
		&cli.BoolFlag{Name: "no-color", Usage: "no colour and no progress", Category: catOutput},
		&cli.StringFlag{
			Name:     "debug",
			Usage:    "show each wp call and request, without secrets; --debug=wp shows WP-CLI's --debug too, --debug=`GROUP` one group of it",
			Category: catOutput,
		},
	}
}

func apiFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{
			Name:     "partner-id",
			Aliases:  []string{"partner_id"},
			Usage:    "partner `ID` [$" + envPartnerID + "]",
			Category: catCredentials,
		},
		&cli.StringFlag{
			Name:     "partner-secret-file",
			Aliases:  []string{"partner_secret_file"},
			Usage:    "`FILE` with the partner secret, readable by nobody else; - is standard input [$" + envSecretFile + "]",
			Category: catCredentials,
		},
		&cli.StringFlag{
			Name:     "partner-secret",
			Aliases:  []string{"partner_secret"},
			Usage:    "the partner `SECRET`; better in the environment [$" + envPartnerSecret + "]",
			Category: catCredentials,
		},
		&cli.StringFlag{
			Name:     "api-url",
			Usage:    "base `URL` of the API; http only to loopback [$" + envAPIURL + ", or a host in $" + envAPIHost + "]",
			Category: catAPI,
		},
		&cli.DurationFlag{
			Name:     "api-timeout",
			Usage:    "give up a request after `TIME`",
			Value:    60 * time.Second,
			Category: catAPI,
		},
		&cli.DurationFlag{
			Name:     "retry-for",
			Usage:    "repeat what is safe to repeat for `TIME`; 0 never repeats",
			Value:    30 * time.Second,
			Category: catAPI,
		},
		&cli.DurationFlag{
			Name:     "poll-interval",
			Usage:    "`TIME` between two looks at the status",
			Value:    5 * time.Second,
			Category: catAPI,
		},
		&cli.BoolFlag{
			Name:     "no-token-cache",
			Usage:    "fetch a token anew and keep none",
			Category: catAPI,
		},
	}
}

// siteOptions are how to reach WordPress.
type siteOptions struct {
	alias, wpCLI string
	global       []string
	timeout      time.Duration
}

func siteFlags(c *cli.Context, a *app) siteOptions {
	s := siteOptions{
		alias:   c.String("wp-alias"),
		wpCLI:   c.String("wp-cli-path"),
		timeout: c.Duration("wp-timeout"),
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
	// WP-CLI's own --debug is hundreds of lines a call: it has to be asked for.
	switch debug := c.String("debug"); debug {
	case "", "true", "false":
	case "wp":
		s.global = append(s.global, "--debug")
	default:
		s.global = append(s.global, "--debug="+debug)
	}
	return s
}

func (a *app) wp(s siteOptions) *wpcli.CLI {
	return &wpcli.CLI{
		Command: wpcli.ParseCommand(s.wpCLI),
		Alias:   s.alias,
		Global:  s.global,
		Env:     childEnv(a.environ),
		Timeout: s.timeout,
		SiteKey: jetpack.SiteKey,
		OnCall:  func(args []string) { a.debugf("run: %s", wpcli.Quote(args)) },
		OnStderr: func(stderr string) {
			if a.debug {
				_, _ = a.stderr.Write([]byte(stderr))
			}
		},
	}
}

// expectWordPress says whether one should be there, because it was named or can be seen.
func (s siteOptions) expectWordPress() bool {
	if s.alias != "" {
		return true
	}
	dir, err := os.Getwd()
	for _, parameter := range s.global {
		name, _, _ := strings.Cut(parameter, "=")
		switch name {
		case "--ssh", "--http", "--path":
			return true
		}
	}
	return err == nil && wordPressAbove(dir) != ""
}

// apiOptions are how to reach the API, and as whom.
type apiOptions struct {
	url, hostHeader   string
	creds             credentials
	timeout, retryFor time.Duration
	poll              time.Duration
	noCache           bool
}

func apiFlagValues(c *cli.Context, a *app) (apiOptions, error) {
	o := apiOptions{
		url: c.String(
			"api-url",
		), timeout: c.Duration("api-timeout"), retryFor: c.Duration("retry-for"),
		poll: c.Duration("poll-interval"), noCache: c.Bool("no-token-cache"),
	}
	if o.url == "" {
		o.url, o.hostHeader = apiFromEnv(a.getenv)
	}
	for _, name := range []string{"api-timeout", "wp-timeout", "poll-interval"} {
		if c.IsSet(name) && c.Duration(name) <= 0 {
			return o, &usageError{text: "--" + name + " must be longer than 0"}
		}
	}
	if o.retryFor <= 0 {
		o.retryFor = -1
	}
	creds, err := readCredentials(a, credentialFlags{
		id: c.String("partner-id"), idSet: c.IsSet("partner-id"),
		secret: c.String("partner-secret"), secretSet: c.IsSet("partner-secret"),
		file: c.String("partner-secret-file"),
	})
	o.creds = creds
	return o, err
}

func (a *app) api(o apiOptions) (*jetpack.Client, error) {
	if o.url != "" {
		if u, err := url.Parse(o.url); err != nil || u.Host == "" {
			return nil, &usageError{
				text: "not an API address: " + o.url,
				hint: "such as https://public-api.wordpress.com",
			}
		}
	}
	cfg := jetpack.Config{
		BaseURL: o.url, HostHeader: o.hostHeader, PartnerID: o.creds.id, PartnerSecret: o.creds.secret,
		UserAgent: "jetpack-start/" + Version, Timeout: o.timeout, RetryFor: o.retryFor,
	}
	if !o.noCache {
		cfg.CacheDir = cacheDir(a.getenv)
	}
	if a.debug {
		cfg.Logf = a.debugf
	}
	client, err := jetpack.NewClient(cfg)
	if err != nil {
		return nil, addressError(err)
	}
	return client, nil
}

// addressError is what a client says of an address or credentials that it can't use.
func addressError(err error) error {
	return &usageError{
		text: strings.TrimPrefix(err.Error(), "jetpack: "),
		hint: "it comes from --api-url, $" + envAPIURL + " or $" + envAPIHost,
	}
}

// driver puts the two sides together.
func (a *app) driver(api provision.API, s siteOptions, poll time.Duration) *provision.Driver {
	return &provision.Driver{
		API:       api,
		WP:        a.wp(s),
		Warn:      a.warn,
		Notice:    a.notice,
		Progress:  a.progress,
		LookEvery: poll,
		Lock:      a.siteLock,
	}
}

// noAPI stands in where a command was found not to need the API.
type noAPI struct{ provision.API }

func (noAPI) Token(context.Context) error { return nil }
