package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/sandbox"
)

func sandboxCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "sandbox",
		Usage: "run a partner API on this machine for integration tests; it isn't WordPress.com",
		Flags: sandboxFlags(),
		Action: a.action(func(c *cli.Context) (int, error) {
			return sandboxRun(c.Context, a, sandbox.Config{
				Listen: c.String("listen"), HTTP: c.Bool("http"),
				CAOut: c.String("ca-out"), AddrOut: c.String("addr-out"),
				State: c.String("state"), Log: c.String("log"), Stdout: a.stdout,
				Partners: c.StringSlice("partner"), Licensing: c.StringSlice("licensing-token"),
				Sites: c.StringSlice("site"), Faults: c.StringSlice("fault"),
				Latency: c.Duration("latency"), CallSites: c.Bool("call-sites"),
				RepeatCode: c.String("repeat-code"), NextURL: c.String("next-url"),
			})
		}),
	}
}

func sandboxFlags() []cli.Flag {
	text := func(name, usage string) cli.Flag { return textFlag("", name, usage) }
	listen := textFlag("", "listen", "loopback `ADDRESS`; port 0 takes a free one")
	listen.Value = "127.0.0.1:0"
	return []cli.Flag{
		listen,
		boolFlag("", "http", "plain HTTP instead of HTTPS"),
		text("ca-out", "write the certificate to trust to `FILE` (for SSL_CERT_FILE)"),
		text("addr-out", "write the base URL to `FILE` once it listens"),
		text("state", "keep the state in `FILE` (default: in memory)"),
		text("log", "append each request to `FILE` as a line of JSON, with masked secrets; "+
			"- is standard output"),
		listFlag("", "partner", "a test partner, `ID:SECRET[,OPTION…]`; options test, disabled, "+
			"no-scope, token=TOKEN, PLAN=LIMIT"),
		listFlag("", "licensing-token", "a `TOKEN` that the licensing calls accept"),
		listFlag("", "site", "the state of a site, `URL=STATE[,…]`"),
		listFlag("", "fault", "a fault, `CALL:KIND[=VALUE][*TIMES]`"),
		zeroDurationFlag("", "latency", 0, "wait `DURATION` before each answer"),
		boolFlag("", "call-sites",
			"call the sites' xmlrpc.php, only on loopback, as WordPress.com would"),
		text("repeat-code", "answer a repeated provision call with this error `CODE`"),
		text("next-url", "base `URL` of next_url, instead of the sandbox's own page"),
	}
}

func sandboxRun(ctx context.Context, a *app, cfg sandbox.Config) (int, error) {
	server, err := sandbox.New(cfg)
	if err != nil {
		return exitUsage, &usageError{text: err.Error(), hint: "see docs/sandbox.md"}
	}
	err = server.Run(ctx, func(base string) {
		a.say("sandbox: listening on " + base + " (not WordPress.com)")
		fmt.Fprintln(a.stdout, base)
	})
	if err != nil && ctx.Err() == nil {
		a.fail("sandbox: "+err.Error(), "")
		return exitFailed, nil
	}
	return exitOK, nil
}
