package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/whmcs"
	"jetpack-start/jetpack"
)

// The times of a command behind WHMCS. Somebody may be waiting for a page, and web servers give up
// after a minute.
const (
	whmcsTimeout  = 45 * time.Second // for all that can be broken off
	whmcsPatience = 15 * time.Second // for an outcome to be written to a database that went away
	whmcsLockWait = 30 * time.Second
	whmcsMinAge   = 2 * time.Minute // longer than timeout and patience together
)

func whmcsCommand(a *app) *cli.Command {
	commands := []*cli.Command{}
	for _, command := range []struct{ name, usage string }{
		{"create", "issue the license of a service or addon; one that has its license is left alone"},
		{"terminate", "revoke all licenses of a service or addon; one that has none is left alone"},
		{"suspend", "detach the license from its site, where the product says so"},
		{"unsuspend", "attach the license again that was detached by suspend"},
		{"change-package", "issue the license of another product, attach it, and revoke the old one"},
		{"renew", "look whether the license is good; changes nothing"},
		{"attach", "attach the license to the site of the service's domain"},
		{"reconcile", "compare the tables with Jetpack, and settle a lost answer by the service's field License Key"},
		{"status", "say how a service or addon stands; asks the database alone"},
		{"test", "test the API token and the product"},
		{"products", "list the products that licenses are issued for; kept for five minutes"},
		{"create-table", "make the tables that are missing"},
		{"open", "list the requests for licenses whose answer was lost; fails where there are some"},
	} {
		commands = append(commands, &cli.Command{
			Name: command.name, Usage: command.usage,
			Description: "Reads one JSON document on standard input, as the WHMCS module sends it, and prints one on standard output.",
			Flags: append([]cli.Flag{
				&cli.DurationFlag{
					Name:  "timeout",
					Value: whmcsTimeout,
					Usage: "give up after `TIME`; what has happened by then is still written down",
				},
				&cli.DurationFlag{
					Name:  "min-age",
					Value: whmcsMinAge,
					Usage: "reconcile leaves requests younger than `TIME` to the process that made them",
				},
			}, append(whmcsEndpointFlags(), outputFlags()...)...),
			Action: a.action(func(c *cli.Context) (int, error) { return a.whmcs(c, command.name) }),
		})
	}
	return &cli.Command{
		Name:        "whmcs",
		Usage:       "what the WHMCS module calls: licenses of services and addons in WHMCS's database",
		Subcommands: commands,
	}
}

// whmcsEndpointFlags are those that say where the API is, with times that fit a page that somebody
// waits for.
func whmcsEndpointFlags() []cli.Flag {
	flags := endpointFlags()
	for _, flag := range flags {
		if d, ok := flag.(*cli.DurationFlag); ok {
			switch d.Name {
			case "api-timeout":
				d.Value = 20 * time.Second
			case "retry-for":
				d.Value = 10 * time.Second
			}
		}
	}
	return flags
}

// whmcs runs one command for the module. A document that can't be read has its reply, too: the
// module shows that one.
func (a *app) whmcs(c *cli.Context, name string) (int, error) {
	api, err := endpointFlagValues(c, a)
	if err == nil && !c.IsSet("api-timeout") { // the module gives no flags
		api.timeout, err = dropTimeout(a.getenv, envAPITimeout, api.timeout)
	}
	if err == nil && c.Duration("timeout") <= 0 {
		err = &usageError{text: "--timeout must be longer than 0"}
	}
	if err == nil && a.terminal(a.stdin) {
		err = &usageError{
			text: "no document on standard input",
			hint: "the WHMCS module calls this; docs/whmcs.md shows a document",
		}
	}
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
		return a.whmcsReply(
			whmcs.Reply{
				Outcome:   whmcs.Failed,
				ErrorCode: "invalid_document",
				Result:    "The module's call can't be read: " + err.Error() + ".",
			},
		)
	}
	return a.whmcsReply(whmcs.Run(ctx, name, document, whmcs.Config{
		NewAPI: func(token jetpack.Secret) (whmcs.API, error) {
			return a.licensing(licensingOptions{api: api, token: token})
		},
		Now: time.Now, LockWait: min(whmcsLockWait, c.Duration("timeout")*2/3), Patience: whmcsPatience, MinAge: c.Duration("min-age"),
	}))
}

// whmcsDocument reads standard input to its end, which may never come.
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

// whmcsReply prints a reply, and on standard error what went wrong.
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
