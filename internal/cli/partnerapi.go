package cli

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// credentialFlags are the flags with the partner's credentials.
func credentialFlags() []cli.Flag {
	return withUnderscores(
		textFlag(catCredentials, "partner-id", "partner `ID` [$"+envPartnerID+"]"),
		textFlag(catCredentials, "partner-secret-file", "`FILE` with the partner secret, "+
			"readable only by its owner; - is standard input [$"+envSecretFile+"]"),
		textFlag(catCredentials, "partner-secret",
			"the partner `SECRET`; better in the environment [$"+envPartnerSecret+"]"),
	)
}

// endpointFlags are the flags that say where the API is and how long to wait for it.
func endpointFlags(timeout, retryFor time.Duration) []cli.Flag {
	return []cli.Flag{
		textFlag(catAPI, "api-url", "base `URL` of the API; http only for loopback [$"+envAPIURL+
			", or a host in $"+envAPIHost+"]"),
		durationFlag(catAPI, "api-timeout", timeout, "timeout per request: a `DURATION` such as 90s"),
		zeroDurationFlag(catAPI, "retry-for", retryFor,
			"retry what is safe to retry for `DURATION`; 0 disables retries"),
	}
}

const (
	defaultAPITimeout = 60 * time.Second
	defaultRetryFor   = 30 * time.Second
)

// apiFlags are the flags of the commands that call the partner API.
func apiFlags() []cli.Flag {
	return slices.Concat(
		credentialFlags(),
		endpointFlags(defaultAPITimeout, defaultRetryFor),
		[]cli.Flag{
			durationFlag(catAPI, "poll-interval", 5*time.Second,
				"`DURATION` between two status requests"),
			boolFlag(catAPI, "no-token-cache", "get a new token and don't store it"),
		},
	)
}

// apiOptions say how to reach the API, and with which credentials.
type apiOptions struct {
	url, hostHeader   string
	creds             credentials
	timeout, retryFor time.Duration
	poll              time.Duration // between two status requests
	noCache           bool
}

// endpointValues returns the values of endpointFlags.
func endpointValues(c *cli.Context, a *app) apiOptions {
	o := apiOptions{
		url: c.String("api-url"), timeout: c.Duration("api-timeout"),
		retryFor: c.Duration("retry-for"),
	}
	if o.url == "" {
		o.url, o.hostHeader = apiFromEnv(a.getenv)
	}
	if o.retryFor <= 0 {
		o.retryFor = -1
	}
	return o
}

// apiValues returns the values of apiFlags. Missing credentials are no error; see required.
func apiValues(c *cli.Context, a *app) (o apiOptions, err error) {
	o = endpointValues(c, a)
	o.poll, o.noCache = c.Duration("poll-interval"), c.Bool("no-token-cache")
	o.creds, err = readCredentials(c, a)
	return o, err
}

// partnerValues is apiValues for commands that can't work without credentials.
func partnerValues(c *cli.Context, a *app) (apiOptions, error) {
	o, err := apiValues(c, a)
	if err == nil {
		err = o.creds.required()
	}
	return o, err
}

// clientConfig returns the configuration of a client for the API, without credentials.
func (a *app) clientConfig(o apiOptions) jetpack.Config {
	cfg := jetpack.Config{
		BaseURL: o.url, HostHeader: o.hostHeader, UserAgent: "jetpack-start/" + Version,
		Timeout: o.timeout, RetryFor: o.retryFor, Logf: a.logCall,
	}
	return cfg
}

// api returns a client for the partner API.
func (a *app) api(o apiOptions) (*jetpack.Client, error) {
	if o.url != "" {
		if u, err := url.Parse(o.url); err != nil || u.Host == "" {
			return nil, &usageError{
				text: "not an API URL: " + o.url, hint: "such as https://public-api.wordpress.com",
			}
		}
	}
	cfg := a.clientConfig(o)
	cfg.PartnerID, cfg.PartnerSecret = o.creds.id, o.creds.secret
	if !o.noCache {
		cfg.CacheDir = a.folders().tokens
	}
	client, err := jetpack.NewClient(cfg)
	if err != nil {
		return nil, clientError(err)
	}
	return client, nil
}

// clientError returns the usage error for a URL or credentials with which no client can be made.
func clientError(err error) error {
	return &usageError{
		text: strings.TrimPrefix(err.Error(), "jetpack: "),
		hint: "it comes from --api-url, $" + envAPIURL + " or $" + envAPIHost,
	}
}

// driver returns the Driver for the site and the API.
func (a *app) driver(api provision.API, s siteOptions, poll time.Duration) *provision.Driver {
	return &provision.Driver{
		API: api, WP: a.wp(s), LookEvery: poll,
		Lock: func(ctx context.Context, names []string) (func(), bool, error) {
			return a.siteLock(ctx, names, cmp.Or(s.lockTimeout, defaultLockTimeout))
		},
		Warn: a.warn, Notice: a.notice, Progress: a.progress,
		Changed: a.history.addChange,
		Docroot: func(site *wpcli.Site) (ledger.Docroot, error) { return a.docrootOf(s, site) },
	}
}
