package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"
)

type upgradePathsOptions struct {
	api  apiOptions
	site siteOptions
	name string // a URL, domain::path or blog ID; "" is the WordPress here
	view view
}

func upgradePathsCommand(a *app) *cli.Command {
	fields := []string{"product", "family"}
	return &cli.Command{
		Name:      "upgrade-paths",
		Usage:     "list the plans and products of which a site can be given one now",
		ArgsUsage: "[SITE] [@alias]",
		Flags:     slices.Concat(listFlags(fields), wpFlags(), apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o := upgradePathsOptions{
				site: siteValues(c, a), name: c.Args().First(),
				view: viewValue(c, fields, []string{"family", "product"}),
			}
			var err error
			if o.api, err = partnerValues(c, a); err == nil && c.Args().Present() {
				err = checkSite(o.name, o.site.alias)
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
	paths, site, err := a.driver(api, o.site, o.api.poll).UpgradePaths(ctx, o.name)
	if err != nil {
		known := record{}
		known.add("site", site, site != "")
		return a.reportFailure(ctx, err, known), nil
	}
	rows := []record{}
	for _, family := range paths.Families {
		for _, slug := range family.Slugs {
			rows = append(rows, record{"family": family.Name, "product": slug})
		}
	}
	return exitOK, o.view.list(a.stdout, rows)
}
