package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
)

type cancelOptions struct {
	api  apiOptions
	site siteOptions
	do   provision.CancelOptions

	ledger string
	force  bool // --force-identity
}

func cancelCommand(a *app) *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{
			Name:    "blog-id",
			Aliases: []string{"blog_id"},
			Usage:   "WordPress.com's blog `ID`; WordPress isn't looked at",
		},
		&cli.StringFlag{
			Name:  "siteurl",
			Usage: "the site's `URL`; WordPress isn't looked at, nor is it with --url",
		},
		&cli.StringFlag{
			Name:  "plan",
			Usage: "plan or product `SLUG`; required by the API for backup, scan and other single products",
		},
		&cli.BoolFlag{
			Name:  "all",
			Usage: "cancel everything that this partner provisioned for the site",
		},
		&cli.StringFlag{
			Name:    "partner-tracking-id",
			Aliases: []string{"partner_tracking_id"},
			Usage:   "your own `ID` for the call",
		},
	}
	return &cli.Command{
		Name: "cancel", Usage: "cancel the plan of the WordPress here, or of a blog ID or URL", ArgsUsage: "[@alias]",
		Flags: slices.Concat(flags, wpFlags(), identityFlags(), apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := cancelFlags(c, a)
			if err != nil {
				return exitUsage, err
			}
			return cancelRun(c.Context, a, o)
		}),
	}
}

func cancelFlags(c *cli.Context, a *app) (o cancelOptions, err error) {
	o.site, o.ledger, o.force = siteFlags(c, a), ledgerDSN(c, a), c.Bool("force-identity")
	if o.api, err = apiFlagValues(c, a); err == nil {
		err = o.api.creds.required()
	}
	if err != nil {
		return o, err
	}
	o.do = provision.CancelOptions{
		BlogID: c.String("blog-id"), SiteURL: c.String("siteurl"),
		Request: jetpack.CancelRequest{
			Plan:       c.String("plan"),
			All:        c.Bool("all"),
			TrackingID: c.String("partner-tracking-id"),
		},
	}
	named := o.do.BlogID != "" || o.do.SiteURL != ""
	if !named {
		o.do.SiteURL = c.String("url")
	}
	switch {
	case c.String("blog-id") != "" && c.String("siteurl") != "":
		return o, &usageError{
			text: "--blog-id and --siteurl are both given",
			hint: "one names the site",
		}
	case o.do.Request.All && o.do.Request.Plan != "":
		return o, &usageError{
			text: "--all and --plan are both given",
			hint: "--all cancels every plan of the site",
		}
	case c.IsSet("blog-id") && !isBlogID(o.do.BlogID):
		return o, &usageError{text: "--blog-id is not a blog ID: " + quoted(o.do.BlogID)}
	case c.IsSet("siteurl") && o.do.SiteURL == "", c.IsSet("url") && c.String("url") == "":
		// An empty variable in a host's script must not cancel the site that happens to be here.
		return o, &usageError{text: "the site's URL is empty"}
	}
	return o, nil
}

func cancelRun(ctx context.Context, a *app, o cancelOptions) (int, error) {
	api, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	driver := a.driver(api, o.site, o.api.poll)
	if driver.ForceIdentity = o.force; o.do.BlogID == "" &&
		o.do.SiteURL == "" { // else there is no site to know again
		defer a.withLedger(ctx, driver, o.ledger)()
	}
	result, err := driver.Cancel(ctx, o.do)
	return a.report(ctx, result, err, false), nil
}
