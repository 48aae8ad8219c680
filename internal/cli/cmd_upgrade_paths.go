package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"
)

type upgradePathsOptions struct {
	api   apiOptions
	site  siteOptions
	named string
	view  view
}

func upgradePathsCommand(a *app) *cli.Command {
	fields := []string{"product", "family"}
	return &cli.Command{
		Name: "upgrade-paths", Usage: "list the plans and products that a site can be given now: one of them, not all", ArgsUsage: "[SITE] [@alias]",
		Flags: slices.Concat(listFlags(fields), wpFlags(), apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o := upgradePathsOptions{site: siteFlags(c, a), named: c.Args().First()}
			var err error
			if o.view, err = viewOf(c, fields, []string{"family", "product"}); err == nil {
				o.api, err = apiFlagValues(c, a)
			}
			if err == nil {
				err = o.api.creds.required()
			}
			if err == nil && c.Args().Present() {
				err = checkSite(o.named, o.site)
			}
			if err != nil {
				return exitUsage, err
			}
			return upgradePathsRun(c.Context, a, o)
		}, "[SITE]"),
	}
}

func upgradePathsRun(ctx context.Context, a *app, o upgradePathsOptions) (int, error) {
	api, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	paths, asked, err := a.driver(api, o.site, o.api.poll).UpgradePaths(ctx, o.named)
	if err != nil {
		known := record{}
		if asked != "" {
			known["site"] = asked
		}
		return a.failed(ctx, err, known), nil
	}
	rows := []record{}
	for _, family := range paths.Families {
		for _, slug := range family.Slugs {
			rows = append(rows, record{"family": family.Name, "product": slug})
		}
	}
	return exitOK, o.view.list(a.stdout, rows)
}
