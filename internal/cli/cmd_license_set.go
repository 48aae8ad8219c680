package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/licensing"
	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

func licenseSetCommand(a *app) *cli.Command {
	own := []cli.Flag{
		textFlag("", "issue", "issue a license for `PRODUCT` and add it"),
		textFlag("", "reference",
			"the `ORDER` that --issue is for; no second license is issued for it"),
		ignoreOpenFlag(),
	}
	return &cli.Command{
		Name: "set", Usage: "add licenses to the WordPress here, and keep those it has",
		ArgsUsage: "[KEY…] [@alias]",
		Flags: slices.Concat(
			own, wpFlags(), identityFlags(), licensingFlags(), outputFlags(),
		),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := licensingValues(c, a)
			if err == nil {
				err = checkLicenseSet(c, o)
			}
			var which identityOptions
			if err == nil {
				which, err = identityValues(c, a)
			}
			if err != nil {
				return exitUsage, err
			}
			api, err := a.api(o.api) // it needs no credentials to tell whose a site is
			if err != nil {
				return exitUsage, err
			}
			keys, site := c.Args().Slice(), siteValues(c, a)
			if c.String("issue") == "" {
				_, err := a.probeIdentified(c.Context, api, site, which, false)
				if err != nil {
					return a.reportFailure(c.Context, err, nil), nil
				}
				return licenseSetRun(c.Context, a, site, keys, record{})
			}
			return a.withLicensing(c.Context, o, func(service *licensing.Service) (int, error) {
				return licenseIssueAndSet(c, a, service, api, site, which, keys)
			})
		}, "[KEY…]"),
	}
}

// checkLicenseSet rejects missing and contradictory flags, and malformed keys.
func checkLicenseSet(c *cli.Context, o licensingOptions) error {
	issue := c.String("issue") != ""
	switch {
	case !issue && !c.Args().Present():
		return &usageError{text: "no license", hint: "give keys, or --issue=PRODUCT"}
	case !issue && c.IsSet("reference"):
		return &usageError{text: "--reference without --issue"}
	case issue:
		if err := o.required(); err != nil {
			return err
		}
	}
	for _, key := range c.Args().Slice() {
		if _, ok := jetpack.ProductOf(key); !ok {
			return &usageError{
				text: "not a license key: " + quoted(key),
				hint: "a key is a product's slug, _ and 25 characters",
			}
		}
	}
	return nil
}

// licenseIssueAndSet issues a license and adds it with keys. It looks at the site first, so that a
// site that can't be used doesn't cost a license.
func licenseIssueAndSet(
	c *cli.Context, a *app, service *licensing.Service, api provision.API, site siteOptions,
	which identityOptions, keys []string,
) (int, error) {
	found, err := a.probeIdentified(c.Context, api, site, which, false)
	if err != nil {
		return a.reportFailure(c.Context, err, nil), nil
	}
	if found.SafeMode {
		err := &failure.Error{Code: provision.CodeSafeMode, Message: wpcli.ErrSafeMode.Error()}
		return a.reportFailure(c.Context, err, nil), nil
	}
	service.IgnoreOpen = c.Bool("yes")
	issued, err := service.Issue(c.Context, c.String("issue"), c.String("reference"), found.SiteURL)
	if err != nil {
		return a.reportIssued(c.Context, issued, err)
	}
	known := record{
		"license_key": issued.License.Key, "entry": issued.Entry.ID,
		"product": issued.Entry.Product,
	}
	return licenseSetRun(c.Context, a, site, append(keys, issued.License.Key), known)
}

// licenseSetRun adds keys to the site. The fields of known are printed with the result, also on
// failure.
func licenseSetRun(
	ctx context.Context, a *app, site siteOptions, keys []string, known record,
) (int, error) {
	set, err := a.wp(site).AddLicenses(ctx, keys)
	if err != nil {
		return a.reportFailure(ctx, err, known), nil
	}
	known["siteurl"], known["licenses"] = set.SiteURL, set.Count
	known["attached"] = set.Attached
	switch set.Attached {
	case wpcli.AttachFailed:
		known["licensing_error"] = set.Error
		err := &failure.Error{
			Code: codeNotAttached, Retryable: true,
			Message: "the site has the license, but Jetpack could not attach it: " + set.Error,
		}
		return a.reportFailure(ctx, err, known), nil
	case wpcli.AttachNotAttempted:
		a.warn("Jetpack isn't active on the site, so the license isn't attached",
			"activate Jetpack, then run the same command again")
	}
	known["success"], known["outcome"] = true, "set"
	if set.Added == 0 {
		known["outcome"] = "unchanged"
	}
	return exitOK, a.printJSON(known)
}
