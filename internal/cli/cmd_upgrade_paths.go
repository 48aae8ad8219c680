package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/jetpack"
)

type upgradePathsOptions struct {
	api   apiOptions
	site  siteOptions
	named string
	view  view
}

func upgradePathsCommand(w *world) *cli.Command {
	fields := []string{"product", "family"}
	return &cli.Command{
		Name: "upgrade-paths", Usage: "list the plans and products that a site can be given now: one of them, not all", ArgsUsage: "[SITE] [@alias]",
		Flags: slices.Concat(listFlags(fields), wpFlags(), apiFlags(), outputFlags()),
		Action: w.action(func(c *cli.Context) (int, error) {
			o := upgradePathsOptions{site: siteFlags(c, w), named: c.Args().First()}
			var err error
			if o.view, err = viewOf(c, fields, []string{"family", "product"}); err == nil {
				o.api, err = apiFlagValues(c, w)
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
			return upgradePathsRun(c.Context, w, o)
		}, "[SITE]"),
	}
}

// checkSite refuses a site that is none, or that is named twice.
func checkSite(named string, site siteOptions) error {
	if _, err := jetpack.SiteIdentifier(named); err != nil {
		return &usageError{
			text: "not a site: " + err.Error(),
			hint: "give its URL, domain::path or blog ID",
		}
	}
	if site.alias != "" {
		return &usageError{
			text: "a site and " + site.alias + " are both given",
			hint: "one names the site",
		}
	}
	return nil
}

func upgradePathsRun(ctx context.Context, w *world, o upgradePathsOptions) (int, error) {
	api, err := w.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	paths, asked, err := w.driver(api, o.site, o.api.poll).UpgradePaths(ctx, o.named)
	if err != nil {
		known := record{}
		if asked != "" {
			known["site"] = asked
		}
		return w.failed(ctx, err, known), nil
	}
	rows := []record{}
	for _, family := range paths.Families {
		for _, slug := range family.Slugs {
			rows = append(rows, record{"family": family.Name, "product": slug})
		}
	}
	return exitOK, o.view.list(w.stdout, rows)
}
