package cli

import (
	"context"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/provision"
)

const catLedger = "Ledger"

func ledgerFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{
			Name:     "ledger",
			Usage:    "where calls that cost money are written down: a `FILE`, or mysql://user:password@host/database in the environment, or none where it isn't needed [$" + envLedger + "]",
			Category: catLedger,
		},
	}
}

// identityFlags are those of the commands that look at a site and at what the ledger knows of it.
func identityFlags() []cli.Flag {
	return append(
		ledgerFlags(),
		&cli.BoolFlag{
			Name:     "force-identity",
			Usage:    "go on where the ledger knows this blog ID or URL otherwise",
			Category: catLedger,
		},
	)
}

// ledgerDSN is where the ledger is: the flag, the environment, or a file in the user's folder for
// data; "" where the user has none.
func ledgerDSN(c *cli.Context, a *app) string {
	if c.IsSet("ledger") {
		return c.String("ledger")
	}
	return defaultLedger(a.getenv)
}

// withLedger gives the driver its ledger. A provision goes on without one; closing is the caller's.
func (a *app) withLedger(ctx context.Context, d *provision.Driver, dsn string) (closing func()) {
	if dsn == "" || dsn == "none" {
		return func() {}
	}
	book, err := openLedger(ctx, dsn)
	if err != nil {
		d.LedgerErr = err
		return func() {}
	}
	d.Ledger = book
	return func() { book.Close() }
}

func openLedger(ctx context.Context, dsn string) (*ledger.Ledger, error) {
	if dsn == "" || dsn == "none" {
		return nil, &usageError{
			text: "there is no ledger",
			hint: "give --ledger=FILE or set " + envLedger,
		}
	}
	return ledger.Open(ctx, dsn, ledger.Options{})
}
