package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/provision"
)

type activateOptions struct {
	api   apiOptions
	site  siteOptions
	do    provision.ActivateOptions
	which identityOptions
}

const (
	pluginsUsage = "`LIST` of akismet,vaultpress, or none, instead of the plan's plugins"
	waitUsage    = "wait until the connection is approved, at most `DURATION` (default: 5m)"
)

func activateCommand(a *app) *cli.Command {
	flags := []cli.Flag{
		textFlag("", "plan",
			"plan `SLUG` whose plugins to activate (default: ask the API which plan the site has)"),
		textFlag("", "plugins", pluginsUsage),
		durationFlag("", "wait", 0, waitUsage),
	}
	return &cli.Command{
		Name: "activate", Usage: "activate Akismet and VaultPress after the connection is approved",
		ArgsUsage: "[@alias]",
		Flags: slices.Concat(
			flags, wpFlags(), setupFlags(), lockFlags(), identityFlags(), apiFlags(),
			outputFlags(),
		),
		Action: checked(a,
			func(c *cli.Context) (activateOptions, error) { return activateValues(c, a) },
			func(c *cli.Context, o activateOptions) (int, error) {
				return activateRun(c.Context, a, o)
			}),
	}
}

func activateValues(c *cli.Context, a *app) (o activateOptions, err error) {
	o.site, o.do.Plan = siteValues(c, a), c.String("plan")
	var apiErr, whichErr, pluginsErr error
	o.api, apiErr = apiValues(c, a)
	o.which, whichErr = identityValues(c, a)
	o.do.Plugins, pluginsErr = pluginsValue(c)
	o.do.Wait = c.Duration("wait")
	if apiErr == nil && o.do.NeedsAPI() {
		apiErr = o.api.creds.required()
	}
	return o, errors.Join(pluginsErr, whichErr, apiErr)
}

func activateRun(ctx context.Context, a *app, o activateOptions) (int, error) {
	api, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	driver := a.driver(api, o.site, o.api.poll)
	o.which.apply(driver)
	defer a.withLedger(ctx, driver, o.which.ledger)()
	result, err := driver.Activate(ctx, o.do)
	return a.report(ctx, result, err, false), nil
}
