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
	own := []cli.Flag{
		textFlag("", "license-key", "ENTRY's license has this `KEY`, which the API is asked about"),
		&cli.Int64Flag{Name: "key-id", Usage: "ENTRY's partner key has this `ID`"},
		boolFlag("", "void", "ENTRY created nothing; its reference can be used again"),
		zeroDurationFlag("", "min-age", 2*time.Minute,
			"leave entries younger than `DURATION` to the process that made them"),
		textFlag("", "by", "`WHO` settles (default: the user of this process)"),
	}
	return &cli.Command{
		Name: "reconcile", Usage: "show the calls with an unknown outcome, and settle them",
		ArgsUsage: "[ENTRY]",
		Flags: slices.Concat(own, listFlags(reconcileFields), ledgerFlags(), credentialFlags(),
			licensingFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := licensingValues(c, a)
			if err == nil {
				err = checkReconcile(c, o)
			}
			if err != nil {
				return exitUsage, err
			}
			return a.withLicensing(c.Context, o, func(service *licensing.Service) (int, error) {
				if c.Args().Present() {
					return a.settle(c, service)
				}
				return a.reconcile(c, service)
			})
		}, "[ENTRY]"),
	}
}

// checkReconcile rejects missing and contradictory flags.
func checkReconcile(c *cli.Context, o licensingOptions) error {
	given := 0
	for _, name := range []string{"license-key", "key-id", "void"} {
		if c.IsSet(name) {
			given++
		}
	}
	entry := c.Args().First()
	switch {
	case c.Args().Present() && given != 1:
		return &usageError{
			text: "no outcome for the entry, or more than one",
			hint: "give one of --license-key=KEY, --key-id=ID, --void",
		}
	case !c.Args().Present() && given > 0:
		return &usageError{
			text: "no entry is named", hint: "jetpack-start license reconcile shows the open ones",
		}
	case c.Args().Present() && !isID(entry):
		return &usageError{text: "not the number of an entry: " + quoted(entry)}
	case c.IsSet("key-id") && c.Int64("key-id") <= 0:
		return &usageError{text: "--key-id is not a key's ID: " + quoted(c.String("key-id"))}
	case c.IsSet("license-key"):
		return o.required()
	}
	return nil
}

// settle records the outcome of one entry as the operator found it.
func (a *app) settle(c *cli.Context, service *licensing.Service) (int, error) {
	a.noJSON = false // the result is JSON, whatever --format
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
	ctx, minAge := c.Context, c.Duration("min-age")
	switch {
	case c.IsSet("license-key"):
		entry, err = service.SettleLicense(ctx, id, c.String("license-key"), by, minAge)
	case c.IsSet("key-id"):
		entry, err = service.SettleKey(ctx, id, c.Int64("key-id"), by, minAge)
	default:
		entry, err = service.SettleVoid(ctx, id, by, minAge)
	}
	if err != nil {
		return a.reportFailure(ctx, err, record{"entry": id}), nil
	}
	return exitOK, a.printJSON(record{
		"success": true, "outcome": "settled", "entry": entry.ID,
		"state": string(entry.State), "settled_by": entry.SettledBy,
	})
}

// reconcile lists the open entries, after it has settled those whose site the API knows. The exit
// code is 1 if entries remain open.
func (a *app) reconcile(c *cli.Context, service *licensing.Service) (int, error) {
	partner, err := apiValues(c, a)
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
		return a.reportLedgerFailure(c.Context, err)
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
	v := viewValue(c, reconcileFields, []string{
		"id", "kind", "product", "reference", "site", "state", "created_at", "note",
	})
	return code, v.list(a.stdout, rows)
}
