package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/licensing"
	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
)

func licenseCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "license", Usage: "issue, revoke and attach licenses, with a ledger of them",
		Subcommands: []*cli.Command{
			licenseIssueCommand(a), licenseShowCommand(a), licenseRevokeCommand(a),
			licenseAttachCommand(a), licenseDetachCommand(a), licenseSetCommand(a),
			licenseListCommand(a), licenseReconcileCommand(a),
		},
	}
}

// licenseFlagsWith returns the flags own and those that the license commands share.
func licenseFlagsWith(own ...cli.Flag) []cli.Flag {
	return slices.Concat(own, ledgerFlags(), licensingFlags(), outputFlags())
}

// licenseAction returns the Action of a command that calls the Licensing API and records the call
// in the ledger.
func (a *app) licenseAction(
	run func(c *cli.Context, service *licensing.Service) (int, error), arguments ...string,
) cli.ActionFunc {
	read := func(c *cli.Context) (licensingOptions, error) { return tokenValues(c, a) }
	return checked(a, read, func(c *cli.Context, o licensingOptions) (int, error) {
		return a.withLicensing(c.Context, o, func(service *licensing.Service) (int, error) {
			return run(c, service)
		})
	}, arguments...)
}

func licenseIssueCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "issue",
		Usage:     "issue a license; the same --reference again returns the same license",
		ArgsUsage: "PRODUCT",
		Flags: licenseFlagsWith(
			textFlag("", "reference",
				"the `ORDER` that it is for; no second license is issued for it"),
			textFlag("", "site", "record the `URL` that it is for"),
			ignoreOpenFlag(),
		),
		Action: a.licenseAction(func(c *cli.Context, service *licensing.Service) (int, error) {
			reference := c.String("reference")
			if c.IsSet("reference") && reference == "" {
				return exitUsage, &usageError{
					text: "--reference is empty",
					hint: "an empty one wouldn't prevent a second license",
				}
			}
			service.IgnoreOpen = c.Bool("yes")
			issued, err := service.Issue(c.Context, c.Args().First(), reference, c.String("site"))
			return a.reportIssued(c.Context, issued, err)
		}, "PRODUCT"),
	}
}

// ignoreOpenFlag is the flag for a call without a reference although an earlier one is open.
func ignoreOpenFlag() cli.Flag {
	return boolFlag("", "yes",
		"without --reference: go on although the outcome of an earlier call like it is unknown")
}

// reportIssued prints the license that was issued. There may be one beside an error; then it must
// be printed too, because nobody else has its key.
func (a *app) reportIssued(
	ctx context.Context, issued licensing.Issued, err error,
) (int, error) {
	out := record{}
	l, e := issued.License, issued.Entry
	out.add("license_key", l.Key, l.Key != "")
	out.add("license_id", l.ID, l.ID != 0)
	out.add("product", e.Product, e.Product != "")
	out.add("reference", e.Reference, e.Reference != "")
	out.add("issued_at", l.IssuedAtText, l.IssuedAtText != "")
	out.add("entry", e.ID, e.ID != 0)
	if err != nil {
		return a.reportFailure(ctx, err, out), nil
	}
	out["success"], out["outcome"] = true, "issued"
	if issued.Unchanged {
		out["outcome"] = "unchanged"
	}
	out.add("request_id", l.RequestID, l.RequestID != "")
	return exitOK, a.printJSON(out)
}

var licenseFields = []string{"license_key", "license_id", "product", "issued_at", "revoked_at"}

func licenseShowCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "show what the API knows about a license", ArgsUsage: "KEY",
		Flags: slices.Concat(listFlags(licenseFields), licensingFlags(), outputFlags()),
		Action: checked(a, func(c *cli.Context) (licensingOptions, error) {
			return tokenValues(c, a)
		}, func(c *cli.Context, o licensingOptions) (int, error) {
			client, err := a.licensing(o)
			if err != nil {
				return exitUsage, err
			}
			l, err := client.License(c.Context, c.Args().First())
			if err != nil {
				return a.reportFailure(c.Context, err, nil), nil
			}
			product, _ := jetpack.ProductOf(l.Key)
			return exitOK, viewValue(c, licenseFields, licenseFields).item(a.stdout, record{
				"license_key": l.Key, "license_id": l.ID, "product": product,
				"issued_at": l.IssuedAtText, "revoked_at": l.RevokedAtText,
			})
		}, "KEY"),
	}
}

func licenseRevokeCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "revoke", Usage: "revoke a license; this can't be undone", ArgsUsage: "KEY",
		Flags: licenseFlagsWith(boolFlag("", "yes", "don't ask for confirmation")),
		Action: a.licenseAction(func(c *cli.Context, service *licensing.Service) (int, error) {
			key := c.Args().First()
			if !c.Bool("yes") {
				sure, err := a.confirm("revoke " + key + "? This can't be undone.")
				if err != nil || !sure {
					return exitFailed, err
				}
			}
			license, unchanged, err := service.Revoke(c.Context, key)
			return a.reportLicense(
				c.Context, outcomeOr(unchanged, "revoked"), key, license, err)
		}, "KEY"),
	}
}

func licenseAttachCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "attach", Usage: "attach a license to a site", ArgsUsage: "KEY SITE",
		Flags: licenseFlagsWith(),
		Action: a.licenseAction(func(c *cli.Context, service *licensing.Service) (int, error) {
			key, site := c.Args().Get(0), c.Args().Get(1)
			license, err := service.Attach(c.Context, key, site)
			return a.reportLicense(c.Context, "attached", key, license, err)
		}, "KEY", "SITE"),
	}
}

func licenseDetachCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "detach", Usage: "detach a license from its site", ArgsUsage: "KEY",
		Flags: licenseFlagsWith(boolFlag("", "no-email",
			"don't e-mail the customer; for moves from one site to another")),
		Action: a.licenseAction(func(c *cli.Context, service *licensing.Service) (int, error) {
			key := c.Args().First()
			license, unchanged, err := service.Detach(c.Context, key, !c.Bool("no-email"))
			return a.reportLicense(
				c.Context, outcomeOr(unchanged, "detached"), key, license, err)
		}, "KEY"),
	}
}

// outcomeOr returns "unchanged", or else the outcome of a call that changed something.
func outcomeOr(unchanged bool, outcome string) string {
	if unchanged {
		return provision.Unchanged
	}
	return outcome
}

// reportLicense prints the result of a call that changes a license.
func (a *app) reportLicense(
	ctx context.Context, outcome, key string, l jetpack.License, err error,
) (int, error) {
	if err != nil {
		return a.reportFailure(ctx, err, record{"license_key": key}), nil
	}
	out := record{
		"success": true, "outcome": outcome, "license_key": key, "request_id": l.RequestID,
	}
	out.add("revoked_at", l.RevokedAtText, l.RevokedAtText != "")
	return exitOK, a.printJSON(out)
}
