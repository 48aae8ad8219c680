package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/ledger"
)

// entryFields are the fields of a ledger entry.
var entryFields = []string{
	"id", "kind", "product", "reference", "site", "state", "license_key", "license_id", "key_id",
	"blog_id", "request_id", "error_code", "error_message", "settled_by", "created_at",
	"updated_at", "revoked_at",
}

// entryRecord returns the entry as a row with entryFields.
func entryRecord(e ledger.Entry) record {
	return record{
		"id": e.ID, "kind": string(e.Kind), "product": e.Product, "reference": e.Reference,
		"site": e.Site, "state": string(e.State), "license_key": e.LicenseKey,
		"license_id": e.LicenseID, "key_id": e.KeyID, "blog_id": e.BlogID,
		"request_id": e.RequestID, "error_code": e.ErrorCode, "error_message": e.ErrorMessage,
		"settled_by": e.SettledBy, "created_at": timestamp(e.CreatedAt),
		"updated_at": timestamp(e.UpdatedAt), "revoked_at": timestamp(e.RevokedAt),
	}
}

// The values of --state and --kind. allKinds is not a kind of the ledger, but no filter.
var (
	entryStates = []string{
		string(ledger.Intended), string(ledger.Done), string(ledger.Failed),
		string(ledger.Unknown), string(ledger.Void),
	}
	entryKinds = []string{
		string(ledger.License), string(ledger.PartnerKey), string(ledger.Provision), allKinds,
	}
)

const allKinds = "all"

func licenseListCommand(a *app) *cli.Command {
	state := textFlag("", "state", "only this `STATE`: "+strings.Join(entryStates, ", "))
	kind := textFlag("", "kind", "`KIND` of entries: "+strings.Join(entryKinds, ", "))
	kind.Value = string(ledger.License)
	own := []cli.Flag{
		textFlag("", "reference", "only this `ORDER`"),
		textFlag("", "product", "only this `SLUG`"),
		textFlag("", "site", "only this `URL`"),
		&choiceFlag{StringFlag: state, values: entryStates},
		&choiceFlag{StringFlag: kind, values: entryKinds},
		&cli.IntFlag{Name: "limit", Usage: "at most `N` entries; 0 lists all"},
	}
	return &cli.Command{
		Name: "list", Usage: "list the entries of this ledger; the API has no such list",
		Flags: slices.Concat(own, listFlags(entryFields), ledgerFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			if err := checkCounts(c, "limit"); err != nil {
				return exitUsage, err
			}
			filter := ledger.Filter{
				Product: c.String("product"), Reference: c.String("reference"),
				Site: c.String("site"), Limit: c.Int("limit"),
			}
			if kind := c.String("kind"); kind != allKinds {
				filter.Kind = ledger.Kind(kind)
			}
			if c.IsSet("state") {
				filter.States = []ledger.State{ledger.State(c.String("state"))}
			}
			v := viewValue(c, entryFields, []string{
				"id", "product", "reference", "site", "state", "license_key", "created_at",
			})
			return licenseListRun(c.Context, a, ledgerValue(c, a), filter, v)
		}),
	}
}

func licenseListRun(
	ctx context.Context, a *app, dsn string, filter ledger.Filter, v view,
) (int, error) {
	book, err := openLedger(ctx, dsn)
	if err != nil {
		return a.reportLedgerFailure(ctx, err)
	}
	defer book.Close()
	rows := []record{}
	for entry, err := range book.List(ctx, filter) {
		if err != nil {
			return a.reportLedgerFailure(ctx, err)
		}
		rows = append(rows, entryRecord(entry))
	}
	return exitOK, v.list(a.stdout, rows)
}
