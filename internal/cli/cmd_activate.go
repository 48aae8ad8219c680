package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/provision"
)

type activateOptions struct {
	api  apiOptions
	site siteOptions
	do   provision.ActivateOptions
}

func activateCommand(a *app) *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{
			Name:  "plan",
			Usage: "plan `SLUG` whose plugins to set going; without it the API is asked what the site has",
		},
		&cli.StringFlag{
			Name:  "plugins",
			Usage: "`LIST` of akismet,vaultpress, or none, instead of what the plan calls for",
		},
		&cli.StringFlag{
			Name:  "wait",
			Usage: "wait until the connection is approved, `TIME` at the most (5m if not said)",
		},
	}
	return &cli.Command{
		Name: "activate", Usage: "set Akismet and VaultPress going, once the connection is approved", ArgsUsage: "[@alias]",
		Flags: slices.Concat(flags, wpFlags(), apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := activateFlags(c, a)
			if err != nil {
				return exitUsage, err
			}
			return activateRun(c.Context, a, o)
		}),
	}
}

func activateFlags(c *cli.Context, a *app) (o activateOptions, err error) {
	o.site, o.do.Plan = siteFlags(c, a), c.String("plan")
	if o.api, err = apiFlagValues(c, a); err != nil {
		return o, err
	}
	if o.do.Plugins, err = pluginList(c); err != nil {
		return o, err
	}
	if o.do.Wait, err = waitFlag(c); err != nil {
		return o, err
	}
	if o.do.NeedsAPI() {
		err = o.api.creds.required()
	}
	return o, err
}

func activateRun(ctx context.Context, a *app, o activateOptions) (int, error) {
	var api provision.API = noAPI{}
	if o.do.NeedsAPI() {
		client, err := a.api(o.api)
		if err != nil {
			return exitUsage, err
		}
		api = client
	}
	result, err := a.driver(api, o.site, o.api.poll).Activate(ctx, o.do)
	return a.report(ctx, result, err, false), nil
}
