package cli

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/whmcs"
	"jetpack-start/jetpack"
)

// The limits of a command of the WHMCS module. Somebody may be waiting for a page, and web servers
// give up after a minute.
const (
	whmcsTimeout  = 45 * time.Second // for everything that can be interrupted
	whmcsPatience = 15 * time.Second // for writing an outcome to a database that went away
	whmcsLockWait = 30 * time.Second
	whmcsMinAge   = 2 * time.Minute // longer than timeout and patience together
)

// whmcsCommands are the commands of the WHMCS module.
var whmcsCommands = []struct{ name, usage string }{
	{"create", "issue the license of a service or addon, unless it has one"},
	{"terminate", "revoke all licenses of a service or addon, if it has any"},
	{"suspend", "detach the license from its site, if the product is set to"},
	{"unsuspend", "attach the license again that suspend detached"},
	{"change-package", "issue the license of another product, attach it, and revoke the old one"},
	{"renew", "check that the license is good; changes nothing"},
	{"attach", "attach the license to the site of the service's domain"},
	{"reconcile", "compare the tables with Jetpack, and settle a lost answer by the service's " +
		"License Key field"},
	{"status", "show the state of a service or addon, from the database only"},
	{"test", "test the API token and the product"},
	{"products", "list the products that licenses are issued for; cached for five minutes"},
	{"create-table", "create the tables that are missing"},
	{"open", "list the license requests whose answer was lost; fails if there are any"},
}

func whmcsCommand(a *app) *cli.Command {
	commands := []*cli.Command{}
	for _, row := range whmcsCommands {
		own := []cli.Flag{
			durationFlag("", "timeout", whmcsTimeout,
				"timeout of the command: a `DURATION` such as 30s; what has happened is still recorded"),
			zeroDurationFlag("", "min-age", whmcsMinAge,
				"reconcile leaves requests younger than `DURATION` to the process that made them"),
		}
		commands = append(commands, &cli.Command{
			Name: row.name, Usage: row.usage,
			Description: "Reads one JSON document from standard input, as the WHMCS module sends " +
				"it, and prints one on standard output.",
			// Shorter than elsewhere: somebody waits for a page.
			Flags: slices.Concat(
				own, endpointFlags(20*time.Second, 10*time.Second), outputFlags(),
			),
			Action: a.action(func(c *cli.Context) (int, error) { return a.whmcs(c, row.name) }),
		})
	}
	return &cli.Command{
		Name:        "whmcs",
		Usage:       "the WHMCS module's calls: licenses of services and addons in its database",
		Subcommands: commands,
	}
}

// whmcsValues returns the values of the flags, and rejects a call from a terminal.
func whmcsValues(c *cli.Context, a *app) (api apiOptions, err error) {
	api = endpointValues(c, a)
	if !c.IsSet("api-timeout") { // the module passes no flags
		api.timeout, err = timeoutFromEnv(a.getenv, envAPITimeout, api.timeout)
	}
	if err == nil && a.terminal(a.stdin) {
		err = &usageError{
			text: "no document on standard input",
			hint: "the WHMCS module calls this; docs/whmcs.md shows a document",
		}
	}
	return api, err
}

// whmcs runs one command of the module. A document that can't be read gets a reply too, because the
// module shows that.
func (a *app) whmcs(c *cli.Context, name string) (int, error) {
	api, err := whmcsValues(c, a)
	if err != nil {
		return exitUsage, err
	}
	ctx, stop := context.WithTimeoutCause(
		c.Context, c.Duration("timeout"), errors.New("time ran out"),
	)
	defer stop()
	text, err := a.whmcsDocument(ctx)
	if errors.Is(err, errInterrupted) {
		return exitInterrupted, err
	}
	var document whmcs.Document
	if err == nil {
		document, err = whmcs.Parse(text)
	}
	if err != nil {
		return a.whmcsReply(whmcs.Reply{
			Outcome: whmcs.Failed, ErrorCode: "invalid_document",
			Result: "The module's call can't be read: " + err.Error() + ".",
		})
	}
	return a.whmcsReply(whmcs.Run(ctx, name, document, whmcs.Config{
		NewAPI: func(token jetpack.Secret) (whmcs.API, error) {
			return a.licensing(licensingOptions{api: api, token: token})
		},
		Now: time.Now, LockWait: min(whmcsLockWait, c.Duration("timeout")*2/3),
		Patience: whmcsPatience, MinAge: c.Duration("min-age"),
	}))
}

// whmcsDocument returns all of stdin, or an error if ctx ends first.
func (a *app) whmcsDocument(ctx context.Context) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(a.stdin, whmcs.MaxDocument+1))
		read <- result{text, err}
	}()
	select {
	case r := <-read:
		return r.text, r.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, errors.New("standard input didn't end in time")
		}
		return nil, errInterrupted
	}
}

// whmcsReply prints the reply on stdout, and its warnings and failure on stderr.
func (a *app) whmcsReply(r whmcs.Reply) (int, error) {
	for _, text := range r.Warnings {
		a.warn(text, "")
	}
	code := exitOK
	if !r.Success {
		code = exitFailed
		a.fail(r.Result, "")
	}
	return code, a.printJSON(r)
}
