package cli

import (
	"os/user"
	"slices"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
)

var reconcileFields = append(slices.Clone(entryFields), "note")

func licenseReconcileCommand(a *app) *cli.Command {
	defaults := []string{
		"id",
		"kind",
		"product",
		"reference",
		"site",
		"state",
		"created_at",
		"note",
	}
	credentials := slices.DeleteFunc(apiFlags(), func(f cli.Flag) bool {
		category, ok := f.(cli.CategorizableFlag)
		return !ok || category.GetCategory() != catCredentials
	})
	return &cli.Command{
		Name: "reconcile", Usage: "show the calls whose outcome nobody knows, and settle them", ArgsUsage: "[ENTRY]",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{
				Name:  "license-key",
				Usage: "ENTRY's license is this `KEY`; the API is asked for it",
			},
			&cli.Int64Flag{Name: "key-id", Usage: "ENTRY's partner key has this `ID`"},
			&cli.BoolFlag{Name: "void", Usage: "ENTRY made nothing: its reference is free again"},
			&cli.DurationFlag{
				Name:  "min-age",
				Value: 2 * time.Minute,
				Usage: "leave entries younger than `TIME` to the process that made them",
			},
			&cli.StringFlag{
				Name:  "by",
				Usage: "`WHO` settles; the user of this process if not said",
			},
		}, listFlags(reconcileFields), ledgerFlags(), credentials, licensingFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			v, err := viewOf(c, reconcileFields, defaults)
			var o licensingOptions
			if err == nil {
				o, err = licensingFlagValues(c, a)
			}
			if err == nil {
				err = reconcileFlags(c, o)
			}
			if err != nil {
				return exitUsage, err
			}
			return a.withLicensing(c.Context, o, func(service *licensing.Service) (int, error) {
				if c.Args().Present() {
					return a.settle(c, service)
				}
				return a.reconcile(c, service, o, v)
			})
		}, "[ENTRY]"),
	}
}

func reconcileFlags(c *cli.Context, o licensingOptions) error {
	given := 0
	for _, name := range []string{"license-key", "key-id", "void"} {
		if c.IsSet(name) {
			given++
		}
	}
	switch {
	case c.Args().Present() && given != 1:
		return &usageError{
			text: "say what became of the entry",
			hint: "give one of --license-key=KEY, --key-id=ID, --void",
		}
	case !c.Args().Present() && given > 0:
		return &usageError{
			text: "no entry is named",
			hint: "jetpack-start license reconcile shows the open ones",
		}
	case c.Args().Present() && !isBlogID(c.Args().First()):
		return &usageError{text: "not the number of an entry: " + quoted(c.Args().First())}
	case c.IsSet("license-key"):
		return o.required()
	}
	return nil
}

// settle settles one entry by the operator's word.
func (a *app) settle(c *cli.Context, service *licensing.Service) (int, error) {
	id, err := strconv.ParseInt(c.Args().First(), 10, 64)
	if err != nil {
		return exitUsage, &usageError{text: err.Error()}
	}
	by := c.String("by")
	if by == "" {
		by = "operator"
		if me, err := user.Current(); err == nil {
			by = me.Username
		}
	}
	var entry ledger.Entry
	switch {
	case c.IsSet("license-key"):
		entry, err = service.SettleLicense(
			c.Context, id, c.String("license-key"), by, c.Duration("min-age"),
		)
	case c.IsSet("key-id"):
		entry, err = service.SettleKey(c.Context, id, c.Int64("key-id"), by, c.Duration("min-age"))
	default:
		entry, err = service.SettleVoid(c.Context, id, by, c.Duration("min-age"))
	}
	if err != nil {
		return a.failed(c.Context, err, record{"entry": id}), nil
	}
	return exitOK, a.printJSON(
		record{
			"success":    true,
			"outcome":    "settled",
			"entry":      entry.ID,
			"state":      string(entry.State),
			"settled_by": entry.SettledBy,
		},
	)
}

// reconcile lists what is open; exit code 1 says that something still is.
func (a *app) reconcile(
	c *cli.Context, service *licensing.Service, o licensingOptions, v view,
) (int, error) {
	partner, err := apiFlagValues(c, a)
	if err != nil {
		return exitUsage, err
	}
	var status licensing.StatusAPI
	if partner.creds.required() == nil {
		client, err := a.api(partner)
		if err != nil {
			return exitUsage, err
		}
		status = client
	}
	reconciled, err := service.Reconcile(c.Context, status, c.Duration("min-age"))
	if err != nil {
		return a.ledgerFailed(c.Context, err)
	}
	rows, code := []record{}, exitOK
	for _, f := range reconciled {
		row := entryRecord(f.Entry)
		row["note"] = f.Note
		rows = append(rows, row)
		if !f.Settled {
			code = exitFailed
		}
	}
	return code, v.list(a.stdout, rows)
}
