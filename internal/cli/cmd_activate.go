package cli

import (
	"context"
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
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := activateValues(c, a)
			if err != nil {
				return exitUsage, err
			}
			return activateRun(c.Context, a, o)
		}),
	}
}

func activateValues(c *cli.Context, a *app) (o activateOptions, err error) {
	o.site, o.do.Plan = siteValues(c, a), c.String("plan")
	if o.api, err = apiValues(c, a); err != nil {
		return o, err
	}
	if o.which, err = identityValues(c, a); err != nil {
		return o, err
	}
	if o.do.Plugins, err = pluginsValue(c); err != nil {
		return o, err
	}
	o.do.Wait = c.Duration("wait")
	if o.do.NeedsAPI() {
		err = o.api.creds.required()
	}
	return o, err
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
