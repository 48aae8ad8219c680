package cli

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

// licensingFlags are the flags of the commands that call the Licensing API. There is none for the
// token itself, because arguments are visible to other users.
func licensingFlags() []cli.Flag {
	token := textFlag(catCredentials, "token-file",
		"`FILE` with the licensing token, readable only by its owner; - is standard input [$"+
			envTokenFile+", or the token in $"+envLicensing+"]")
	return append([]cli.Flag{token}, endpointFlags(defaultAPITimeout, defaultRetryFor)...)
}

// licensingOptions say how to reach the Licensing API and the ledger.
type licensingOptions struct {
	api    apiOptions
	token  jetpack.Secret
	ledger string
}

// licensingValues returns the values of licensingFlags and ledgerFlags. A missing token is no
// error; see required.
func licensingValues(c *cli.Context, a *app) (o licensingOptions, err error) {
	o.api = endpointValues(c, a)
	o.ledger, o.token = ledgerValue(c, a), jetpack.Secret(a.getenv(envLicensing))
	file := c.String("token-file")
	if file == "" && o.token == "" {
		file = a.getenv(envTokenFile)
	}
	if file != "" {
		var token string
		token, err = a.readSecret(file)
		o.token = jetpack.Secret(token)
	}
	return o, err
}

// tokenValues is licensingValues for commands that can't work without a token.
func tokenValues(c *cli.Context, a *app) (licensingOptions, error) {
	o, err := licensingValues(c, a)
	if err == nil {
		err = o.required()
	}
	return o, err
}

// required returns a usage error if the token is missing.
func (o licensingOptions) required() error {
	if o.token == "" {
		return &usageError{
			text:        "no licensing token",
			hint:        "set " + envLicensing + " or give --token-file (- is standard input)",
			credentials: true,
		}
	}
	return nil
}

// licensing returns a client for the Licensing API.
func (a *app) licensing(o licensingOptions) (*jetpack.Licensing, error) {
	cfg := a.clientConfig(o.api)
	cfg.LicensingToken = o.token
	client, err := jetpack.NewLicensing(cfg)
	if err != nil {
		return nil, clientError(err)
	}
	return client, nil
}

// withLicensing opens the ledger, calls run with a Service that uses it, and closes it.
func (a *app) withLicensing(
	ctx context.Context, o licensingOptions, run func(*licensing.Service) (int, error),
) (int, error) {
	client, err := a.licensing(o)
	if err != nil {
		return exitUsage, err
	}
	book, err := openLedger(ctx, o.ledger)
	if err != nil {
		return a.reportLedgerFailure(ctx, err)
	}
	defer book.Close()
	return run(&licensing.Service{API: client, Ledger: book, Warn: a.warn, Now: time.Now})
}
