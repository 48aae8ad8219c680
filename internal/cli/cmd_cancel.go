package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
)

type cancelOptions struct {
	api   apiOptions
	site  siteOptions
	do    provision.CancelOptions
	which identityOptions
}

func cancelCommand(a *app) *cli.Command {
	flags := withUnderscores(
		textFlag("", "blog-id", "WordPress.com's blog `ID`; wp isn't run then"),
		textFlag("", "siteurl", "the site's `URL`; wp isn't run then, and with --url only if "+
			"WordPress.com has nothing at that URL"),
		textFlag("", "plan",
			"plan or product `SLUG`; the API requires it for single products, such as scan"),
		boolFlag("", "all", "cancel everything that this partner provisioned for the site"),
		textFlag("", "partner-tracking-id", "your own `ID` for the call"),
	)
	return &cli.Command{
		Name: "cancel", Usage: "cancel the plan of the WordPress here, or of a blog ID or URL",
		ArgsUsage: "[@alias]",
		Flags: slices.Concat(
			flags, wpFlags(), lockFlags(), identityFlags(), apiFlags(), outputFlags(),
		),
		Action: checked(a,
			func(c *cli.Context) (cancelOptions, error) { return cancelValues(c, a) },
			func(c *cli.Context, o cancelOptions) (int, error) {
				return cancelRun(c.Context, a, o)
			}),
	}
}

func cancelValues(c *cli.Context, a *app) (o cancelOptions, err error) {
	o.site = siteValues(c, a)
	var apiErr, whichErr error
	o.api, apiErr = partnerValues(c, a)
	o.which, whichErr = identityValues(c, a)
	o.do = provision.CancelOptions{
		BlogID: c.String("blog-id"), SiteURL: c.String("siteurl"),
		Request: jetpack.CancelRequest{
			Plan: c.String("plan"), All: c.Bool("all"), TrackingID: c.String("partner-tracking-id"),
		},
	}
	if o.do.BlogID == "" && o.do.SiteURL == "" {
		o.do.SiteURL = c.String("url")
		o.do.Here = o.do.SiteURL != ""
	}
	return o, errors.Join(checkCancel(c, o), whichErr, apiErr)
}

// checkCancel rejects contradictory flags and invalid sites.
func checkCancel(c *cli.Context, o cancelOptions) error {
	switch {
	case c.String("blog-id") != "" && c.String("siteurl") != "":
		return &usageError{
			text: "--blog-id and --siteurl are both given", hint: "give one of the two",
		}
	case o.do.Request.All && o.do.Request.Plan != "":
		return &usageError{
			text: "--all and --plan are both given", hint: "--all cancels every plan of the site",
		}
	case c.IsSet("blog-id") && !isID(o.do.BlogID):
		return &usageError{text: "--blog-id is not a blog ID: " + quoted(o.do.BlogID)}
	case c.IsSet("siteurl") && o.do.SiteURL == "", c.IsSet("url") && c.String("url") == "":
		// An empty variable in a host's script must not cancel the plan of the working directory.
		return &usageError{text: "the site's URL is empty"}
	}
	return nil
}

func cancelRun(ctx context.Context, a *app, o cancelOptions) (int, error) {
	api, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	driver := a.driver(api, o.site, o.api.poll)
	o.which.apply(driver)
	result, err := a.cancel(ctx, driver, o.which.ledger, o.do)
	return a.report(ctx, result, err, false), nil
}

// cancel cancels a plan. It opens the ledger only if the WordPress here is read.
func (a *app) cancel(
	ctx context.Context, driver *provision.Driver, dsn string, o provision.CancelOptions,
) (*provision.Result, error) {
	closeLedger := func() {}
	defer func() { closeLedger() }()
	o.OpenLedger = func(d *provision.Driver) { closeLedger = a.withLedger(ctx, d, dsn) }
	if o.BlogID == "" && o.SiteURL == "" {
		o.OpenLedger(driver)
	}
	return driver.Cancel(ctx, o)
}
