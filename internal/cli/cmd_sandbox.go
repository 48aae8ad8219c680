package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/sandbox"
)

func sandboxCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "sandbox", Usage: "run a partner API on this machine, for integration tests; it isn't WordPress.com",
		Flags: []cli.Flag{
			&cli.StringFlag{
				Name:  "listen",
				Value: "127.0.0.1:0",
				Usage: "loopback `ADDRESS`; port 0 takes a free one",
			},
			&cli.BoolFlag{Name: "http", Usage: "plain HTTP instead of HTTPS"},
			&cli.StringFlag{
				Name:  "ca-out",
				Usage: "write the certificate to trust to `FILE` (for SSL_CERT_FILE)",
			},
			&cli.StringFlag{
				Name:  "addr-out",
				Usage: "write the base URL to `FILE` once it listens",
			},
			&cli.StringFlag{
				Name:  "state",
				Usage: "keep the state in `FILE`; without it, in memory",
			},
			&cli.StringFlag{
				Name:  "log",
				Usage: "append each request to `FILE` as a JSON line, secrets masked; - is standard output",
			},
			&cli.StringSliceFlag{
				Name:  "partner",
				Usage: "a test partner, `ID:SECRET[,OPTION…]`; options test, disabled, no-scope, token=TOKEN, PLAN=LIMIT",
			},
			&cli.StringSliceFlag{
				Name:  "licensing-token",
				Usage: "a `TOKEN` that the licensing calls accept",
			},
			&cli.StringSliceFlag{
				Name:  "site",
				Usage: "what would be found at a site, `URL=STATE[,…]`",
			},
			&cli.StringSliceFlag{Name: "fault", Usage: "a fault, `CALL:KIND[=VALUE][*TIMES]`"},
			&cli.DurationFlag{Name: "latency", Usage: "wait `TIME` before each answer"},
			&cli.BoolFlag{
				Name:  "call-sites",
				Usage: "call the sites' xmlrpc.php, on loopback only, as WordPress.com would",
			},
			&cli.StringFlag{
				Name:  "repeat-code",
				Usage: "answer a repeated provision call with this error `CODE`",
			},
			&cli.StringFlag{
				Name:  "next-url",
				Usage: "base `URL` of next_url, instead of the sandbox's own page",
			},
		},
		Action: a.action(func(c *cli.Context) (int, error) {
			return sandboxRun(c.Context, a, sandbox.Config{
				Listen: c.String(
					"listen",
				), HTTP: c.Bool("http"), CAOut: c.String("ca-out"), AddrOut: c.String("addr-out"),
				State: c.String(
					"state",
				), Log: c.String("log"), Stdout: a.stdout, Partners: c.StringSlice("partner"), Licensing: c.StringSlice("licensing-token"),
				Sites: c.StringSlice(
					"site",
				), Faults: c.StringSlice("fault"), Latency: c.Duration("latency"),
				CallSites: c.Bool(
					"call-sites",
				), RepeatCode: c.String("repeat-code"), NextURL: c.String("next-url"),
			})
		}),
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
