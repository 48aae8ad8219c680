package cli

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/jetpack"
)

func siteCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "site", Usage: "connect sites for licenses",
		Subcommands: []*cli.Command{siteConnectCommand(a)},
	}
}

func siteConnectCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "connect", Usage: "connect a site that has Jetpack active, without a WordPress.com user", ArgsUsage: "SITE",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "user", Usage: "a user on the site: `ID`, login or e-mail"},
		}, licensingFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := licensingFlagValues(c, a)
			if err == nil {
				err = o.required()
			}
			if err == nil && c.String("user") == "" {
				err = &usageError{
					text: "no --user",
					hint: "a user on the site: --user=ID, login or e-mail",
				}
			}
			if err == nil && checkURLs(map[string]string{"site": c.Args().First()}) != nil {
				err = &usageError{
					text: "not an URL with http:// or https://: " + quoted(c.Args().First()),
				}
			}
			if err != nil {
				return exitUsage, err
			}
			return siteConnectRun(c.Context, a, o, c.Args().First(), c.String("user"))
		}, "SITE"),
	}
}

func siteConnectRun(
	ctx context.Context, a *app, o licensingOptions, site, user string,
) (int, error) {
	client, err := a.licensing(o)
	if err != nil {
		return exitUsage, err
	}
	connection, err := client.ConnectSite(ctx, site, user)
	out := record{"siteurl": site}
	if connection.BlogID != 0 {
		out["blog_id"] = connection.BlogID
	}
	if err == nil && !connection.Connected() {
		// A good HTTP status that is no connection.
		err = &jetpack.Error{
			Call: "site-connection", Status: 200, Code: connection.Code, RequestID: connection.RequestID,
			Message: "the site is not connected: the API answers " + connection.Code,
		}
	}
	if err != nil {
		return a.failed(ctx, err, out), nil
	}
	out["success"], out["outcome"] = true, "connected"
	if connection.Code == "already_connected" {
		out["outcome"] = "unchanged"
	}
	if connection.RequestID != "" {
		out["request_id"] = connection.RequestID
	}
	return exitOK, a.printJSON(out)
}
