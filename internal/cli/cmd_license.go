package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

func licenseCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "license", Usage: "issue, revoke and attach licenses, and keep account of them",
		Subcommands: []*cli.Command{
			licenseIssueCommand(
				a,
			), licenseShowCommand(a), licenseRevokeCommand(a), licenseAttachCommand(a), licenseDetachCommand(a),
			licenseSetCommand(a), licenseListCommand(a), licenseReconcileCommand(a),
		},
	}
}

// licenseFlagsWith are the flags of a license command: its own, then those that all share.
func licenseFlagsWith(own ...cli.Flag) []cli.Flag {
	return slices.Concat(own, ledgerFlags(), licensingFlags(), outputFlags())
}

// atLicenses is the Action of a command that calls the Licensing API with the ledger open.
func (a *app) atLicenses(
	run func(c *cli.Context, service *licensing.Service) (int, error),
	arguments ...string,
) cli.ActionFunc {
	return a.action(func(c *cli.Context) (int, error) {
		o, err := licensingFlagValues(c, a)
		if err == nil {
			err = o.required()
		}
		if err != nil {
			return exitUsage, err
		}
		return a.withLicensing(
			c.Context,
			o,
			func(service *licensing.Service) (int, error) { return run(c, service) },
		)
	}, arguments...)
}

func licenseIssueCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "issue", Usage: "issue a license; the same --reference again gives the same license", ArgsUsage: "PRODUCT",
		Flags: licenseFlagsWith(
			&cli.StringFlag{
				Name:  "reference",
				Usage: "the `ORDER` that it is for: a second license for it is never issued",
			},
			&cli.StringFlag{Name: "site", Usage: "note the `URL` that it is meant for"},
		),
		Action: a.atLicenses(func(c *cli.Context, service *licensing.Service) (int, error) {
			if c.IsSet("reference") && c.String("reference") == "" {
				return exitUsage, &usageError{
					text: "--reference is empty",
					hint: "an empty one would not keep a second license from being issued",
				}
			}
			issued, err := service.Issue(
				c.Context, c.Args().First(), c.String("reference"), c.String("site"),
			)
			return a.issued(c.Context, issued, err)
		}, "PRODUCT"),
	}
}

// issued prints the license that was issued; also beside an error where there is one: nobody else
// has its key.
func (a *app) issued(ctx context.Context, issued licensing.Issued, err error) (int, error) {
	out := record{}
	add := func(name string, value any, there bool) {
		if there {
			out[name] = value
		}
	}
	l, e := issued.License, issued.Entry
	add("license_key", l.Key, l.Key != "")
	add("license_id", l.ID, l.ID != 0)
	add("product", e.Product, e.Product != "")
	add("reference", e.Reference, e.Reference != "")
	add("issued_at", l.IssuedAtText, l.IssuedAtText != "")
	add("entry", e.ID, e.ID != 0)
	if err != nil {
		return a.failed(ctx, err, out), nil
	}
	out["success"], out["outcome"] = true, "issued"
	if issued.Unchanged {
		out["outcome"] = "unchanged"
	}
	add("request_id", l.RequestID, l.RequestID != "")
	return exitOK, a.printJSON(out)
}

var licenseFields = []string{"license_key", "license_id", "product", "issued_at", "revoked_at"}

func licenseShowCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "show", Usage: "show what the API says of a license", ArgsUsage: "KEY",
		Flags: slices.Concat(listFlags(licenseFields), licensingFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			v, err := viewOf(c, licenseFields, licenseFields)
			var o licensingOptions
			if err == nil {
				o, err = licensingFlagValues(c, a)
			}
			if err == nil {
				err = o.required()
			}
			if err != nil {
				return exitUsage, err
			}
			client, err := a.licensing(o)
			if err != nil {
				return exitUsage, err
			}
			license, err := client.License(c.Context, c.Args().First())
			if err != nil {
				return a.failed(c.Context, err, nil), nil
			}
			return exitOK, v.item(a.stdout, licenseRecord(license))
		}, "KEY"),
	}
}

func licenseRecord(l jetpack.License) record {
	product, _ := jetpack.ProductOf(l.Key)
	return record{
		"license_key": l.Key,
		"license_id":  l.ID,
		"product":     product,
		"issued_at":   l.IssuedAtText,
		"revoked_at":  l.RevokedAtText,
	}
}

func licenseRevokeCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "revoke", Usage: "revoke a license, for good", ArgsUsage: "KEY",
		Flags: licenseFlagsWith(&cli.BoolFlag{Name: "yes", Usage: "don't ask"}),
		Action: a.atLicenses(func(c *cli.Context, service *licensing.Service) (int, error) {
			key := c.Args().First()
			if !c.Bool("yes") {
				sure, err := a.confirm("revoke " + key + " for good?")
				if err != nil || !sure {
					return exitFailed, err
				}
			}
			license, err := service.Revoke(c.Context, key)
			return a.changed(c.Context, "revoked", key, license, err)
		}, "KEY"),
	}
}

// changed prints what a call on a license came to.
func (a *app) changed(
	ctx context.Context, outcome, key string, l jetpack.License, err error,
) (int, error) {
	if err != nil {
		return a.failed(ctx, err, record{"license_key": key}), nil
	}
	out := record{
		"success":     true,
		"outcome":     outcome,
		"license_key": key,
		"request_id":  l.RequestID,
	}
	if l.RevokedAtText != "" {
		out["revoked_at"] = l.RevokedAtText
	}
	return exitOK, a.printJSON(out)
}

func licenseAttachCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "attach", Usage: "attach a license to a site", ArgsUsage: "KEY SITE",
		Flags: licenseFlagsWith(),
		Action: a.atLicenses(func(c *cli.Context, service *licensing.Service) (int, error) {
			license, err := service.Attach(c.Context, c.Args().Get(0), c.Args().Get(1))
			return a.changed(c.Context, "attached", c.Args().First(), license, err)
		}, "KEY", "SITE"),
	}
}

func licenseDetachCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "detach", Usage: "detach a license from its site", ArgsUsage: "KEY",
		Flags: licenseFlagsWith(
			&cli.BoolFlag{
				Name:  "no-email",
				Usage: "don't mail the customer; meant for moves from one site to another",
			},
		),
		Action: a.atLicenses(func(c *cli.Context, service *licensing.Service) (int, error) {
			license, err := service.Detach(c.Context, c.Args().First(), !c.Bool("no-email"))
			return a.changed(c.Context, "detached", c.Args().First(), license, err)
		}, "KEY"),
	}
}

var entryFields = []string{
	"id", "kind", "product", "reference", "site", "state", "license_key", "license_id", "key_id", "blog_id",
	"request_id", "error_code", "error_message", "settled_by", "created_at", "updated_at", "revoked_at",
}

func entryRecord(e ledger.Entry) record {
	return record{
		"id": e.ID, "kind": string(e.Kind), "product": e.Product, "reference": e.Reference, "site": e.Site, "state": string(e.State),
		"license_key": e.LicenseKey, "license_id": e.LicenseID, "key_id": e.KeyID, "blog_id": e.BlogID, "request_id": e.RequestID,
		"error_code": e.ErrorCode, "error_message": e.ErrorMessage, "settled_by": e.SettledBy,
		"created_at": stamp(
			e.CreatedAt,
		), "updated_at": stamp(e.UpdatedAt), "revoked_at": stamp(e.RevokedAt),
	}
}

func licenseListCommand(a *app) *cli.Command {
	defaults := []string{"id", "product", "reference", "site", "state", "license_key", "created_at"}
	return &cli.Command{
		Name: "list", Usage: "list what this ledger knows; the API has no such list",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "reference", Usage: "only this `ORDER`"},
			&cli.StringFlag{Name: "product", Usage: "only this `SLUG`"},
			&cli.StringFlag{Name: "site", Usage: "only this `URL`"},
			&cli.StringFlag{
				Name:  "state",
				Usage: "only this `STATE`: intended, done, failed, unknown, void",
			},
			&cli.StringFlag{
				Name:  "kind",
				Value: string(ledger.License),
				Usage: "`KIND` of entries: license, partner_key, provision, all",
			},
			&cli.IntFlag{Name: "limit", Usage: "`N` entries at the most; 0 lists all"},
		}, listFlags(entryFields), ledgerFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			v, err := viewOf(c, entryFields, defaults)
			filter := ledger.Filter{
				Kind:      ledger.Kind(c.String("kind")),
				Product:   c.String("product"),
				Reference: c.String("reference"),
				Site:      c.String("site"),
				Limit:     c.Int("limit"),
			}
			if filter.Kind == "all" {
				filter.Kind = ""
			}
			if c.String("state") != "" {
				filter.States = []ledger.State{ledger.State(c.String("state"))}
			}
			if err != nil {
				return exitUsage, err
			}
			return licenseListRun(c.Context, a, ledgerDSN(c, a), filter, v)
		}),
	}
}

func licenseListRun(
	ctx context.Context, a *app, dsn string, filter ledger.Filter, v view,
) (int, error) {
	book, err := openLedger(ctx, dsn)
	if err != nil {
		return a.ledgerFailed(ctx, err)
	}
	defer book.Close()
	rows := []record{}
	for entry, err := range book.List(ctx, filter) {
		if err != nil {
			return a.ledgerFailed(ctx, err)
		}
		rows = append(rows, entryRecord(entry))
	}
	return exitOK, v.list(a.stdout, rows)
}
