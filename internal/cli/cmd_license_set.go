package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

func licenseSetCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "set", Usage: "add licenses to the WordPress here, beside those that it has", ArgsUsage: "[KEY…] [@alias]",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "issue", Usage: "issue a license for `PRODUCT` and add it"},
			&cli.StringFlag{
				Name:  "reference",
				Usage: "the `ORDER` that --issue is for: a second license for it is never issued",
			},
		}, wpFlags(), ledgerFlags(), licensingFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := licensingFlagValues(c, a)
			keys := c.Args().Slice()
			switch {
			case err != nil:
			case c.String("issue") == "" && len(keys) == 0:
				err = &usageError{text: "no license", hint: "give keys, or --issue=PRODUCT"}
			case c.String("issue") == "" && c.IsSet("reference"):
				err = &usageError{text: "--reference without --issue"}
			case c.String("issue") != "":
				err = o.required()
			}
			for _, key := range keys {
				if _, ok := jetpack.ProductOf(key); !ok && err == nil {
					err = &usageError{
						text: "not a license key: " + quoted(key),
						hint: "a key is a product's slug, _ and 25 characters",
					}
				}
			}
			if err != nil {
				return exitUsage, err
			}
			site := siteFlags(c, a)
			if c.String("issue") == "" {
				return licenseSetRun(c.Context, a, site, keys, record{})
			}
			return a.withLicensing(c.Context, o, func(service *licensing.Service) (int, error) {
				return licenseIssueAndSet(c, a, service, site, keys)
			})
		}, "[KEY…]"),
	}
}

// licenseIssueAndSet looks at the site before it spends money on it.
func licenseIssueAndSet(
	c *cli.Context, a *app, service *licensing.Service, site siteOptions, keys []string,
) (int, error) {
	found, err := a.wp(site).Probe(c.Context, "")
	if err != nil {
		return a.failed(c.Context, err, nil), nil
	}
	issued, err := service.Issue(c.Context, c.String("issue"), c.String("reference"), found.SiteURL)
	if err != nil {
		return a.issued(c.Context, issued, err)
	}
	known := record{
		"license_key": issued.License.Key,
		"entry":       issued.Entry.ID,
		"product":     issued.Entry.Product,
	}
	return licenseSetRun(c.Context, a, site, append(keys, issued.License.Key), known)
}

// licenseSetRun adds the keys; known is printed with the result, also beside a failure.
func licenseSetRun(
	ctx context.Context, a *app, site siteOptions, keys []string, known record,
) (int, error) {
	set, err := a.wp(site).AddLicenses(ctx, keys)
	if err != nil {
		return a.failed(ctx, err, known), nil
	}
	known["success"], known["outcome"], known["siteurl"], known["licenses"] = true, "set", set.SiteURL, set.Count
	if set.Added == 0 {
		known["outcome"] = "unchanged"
	}
	return exitOK, a.printJSON(known)
}
