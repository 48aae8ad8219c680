package cli

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/internal/provision"
)

// ledgerFlags are the flags of the commands that need the ledger or use it.
func ledgerFlags() []cli.Flag {
	return []cli.Flag{
		textFlag(catLedger, "ledger", "where calls that cost money are recorded: a `FILE`, or "+
			"mysql://user:password@host/database (better in the environment), or none if the "+
			"command doesn't need it [$"+envLedger+"]"),
	}
}

// ledgerValue returns the ledger's file or DSN: that of --ledger, or the default.
func ledgerValue(c *cli.Context, a *app) string {
	if c.IsSet("ledger") {
		return c.String("ledger")
	}
	return a.folders().ledger
}

// withLedger opens the ledger for the driver and returns the function that closes it. If it can't
// be opened, the driver continues without one.
func (a *app) withLedger(ctx context.Context, d *provision.Driver, dsn string) (closing func()) {
	switch dsn {
	case "":
		d.LedgerErr = errors.New(noHome + "; set " + envLedger)
		return func() {}
	case "none":
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

// openLedger opens the ledger of a command that can't work without one.
func openLedger(ctx context.Context, dsn string) (*ledger.Ledger, error) {
	if dsn == "" || dsn == "none" {
		text := "no ledger"
		if dsn == "" {
			text += ": " + noHome
		}
		return nil, &usageError{text: text, hint: "give --ledger=FILE or set " + envLedger}
	}
	return ledger.Open(ctx, dsn, ledger.Options{})
}

// reportLedgerFailure reports that the ledger can't be opened or written, and returns the exit
// code. It is for failures before anything was sent.
func (a *app) reportLedgerFailure(ctx context.Context, err error) (int, error) {
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage, err
	}
	return a.reportFailure(ctx, &failure.Error{
		Code: licensing.CodeLedger, Err: err, Retryable: errors.Is(err, ledger.ErrBusy),
		Message: "the ledger can't be used; nothing was sent: " + err.Error(),
	}, nil), nil
}
