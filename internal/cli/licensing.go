package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

// licensingOptions are how to reach the Licensing API and the ledger.
type licensingOptions struct {
	api    apiOptions
	token  jetpack.Secret
	ledger string
}

// licensingFlags are those of the commands that call the Licensing API. Its token is never an
// argument.
func licensingFlags() []cli.Flag {
	token := &cli.StringFlag{
		Name:     "token-file",
		Usage:    "`FILE` with the licensing token, readable by nobody else; - is standard input [$" + envTokenFile + ", or the token in $" + envLicensing + "]",
		Category: catCredentials,
	}
	return append([]cli.Flag{token}, endpointFlags()...)
}

// endpointFlags are those of apiFlags that say where the API is, not who calls.
func endpointFlags() []cli.Flag {
	return slices.DeleteFunc(apiFlags(), func(f cli.Flag) bool {
		category, ok := f.(cli.CategorizableFlag)
		return ok && category.GetCategory() == catCredentials ||
			slices.Contains([]string{"poll-interval", "no-token-cache"}, f.Names()[0])
	})
}

func endpointFlagValues(c *cli.Context, a *app) (apiOptions, error) {
	o := apiOptions{
		url:      c.String("api-url"),
		timeout:  c.Duration("api-timeout"),
		retryFor: c.Duration("retry-for"),
	}
	if o.url == "" {
		o.url, o.hostHeader = apiFromEnv(a.getenv)
	}
	if o.timeout <= 0 {
		return o, &usageError{text: "--api-timeout must be longer than 0"}
	}
	if o.retryFor <= 0 {
		o.retryFor = -1
	}
	return o, nil
}

func licensingFlagValues(c *cli.Context, a *app) (o licensingOptions, err error) {
	if o.api, err = endpointFlagValues(c, a); err != nil {
		return o, err
	}
	o.ledger = ledgerDSN(c, a)
	file := c.String("token-file")
	if o.token = jetpack.Secret(a.getenv(envLicensing)); file == "" && o.token == "" {
		file = a.getenv(envTokenFile)
	}
	if file != "" {
		var token string
		token, err = a.readSecret(file)
		o.token = jetpack.Secret(token)
	}
	return o, err
}

// required refuses to go on without a token.
func (o licensingOptions) required() error {
	if o.token == "" {
		return &usageError{
			text: "no licensing token",
			hint: "set " + envLicensing + " or give --token-file (- is standard input)",
		}
	}
	return nil
}

func (a *app) licensing(o licensingOptions) (*jetpack.Licensing, error) {
	cfg := jetpack.Config{
		BaseURL: o.api.url, HostHeader: o.api.hostHeader, LicensingToken: o.token,
		UserAgent: "jetpack-start/" + Version, Timeout: o.api.timeout, RetryFor: o.api.retryFor,
	}
	if a.debug {
		cfg.Logf = a.debugf
	}
	client, err := jetpack.NewLicensing(cfg)
	if err != nil {
		return nil, addressError(err)
	}
	return client, nil
}

// withLicensing opens the ledger, runs what is to be done with licenses, and closes it.
func (a *app) withLicensing(
	ctx context.Context,
	o licensingOptions,
	run func(*licensing.Service) (int, error),
) (int, error) {
	client, err := a.licensing(o)
	if err != nil {
		return exitUsage, err
	}
	book, err := openLedger(ctx, o.ledger)
	if err != nil {
		return a.ledgerFailed(ctx, err)
	}
	defer book.Close()
	return run(&licensing.Service{API: client, Ledger: book, Warn: a.warn, Now: time.Now})
}

// ledgerFailed tells of a ledger that can't be opened or written; nothing was sent then.
func (a *app) ledgerFailed(ctx context.Context, err error) (int, error) {
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage, err
	}
	return a.failed(ctx, &failure.Error{
		Code: licensing.CodeLedger, Err: err, Retryable: errors.Is(err, ledger.ErrBusy),
		Message: "the ledger can't be used; nothing was sent: " + err.Error(),
	}, nil), nil
}
