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
	user := textFlag("", "user", "a user on the site: `ID`, login or e-mail address")
	return &cli.Command{
		Name: "connect", Usage: "connect a site with active Jetpack, without a WordPress.com user",
		ArgsUsage: "SITE",
		Flags:     slices.Concat([]cli.Flag{user}, licensingFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := tokenValues(c, a)
			site := c.Args().First()
			switch {
			case err != nil:
			case c.String("user") == "":
				err = &usageError{
					text: "no --user",
					hint: "a user on the site: --user=ID, login or e-mail address",
				}
			default:
				err = checkSiteURL("SITE", site)
			}
			if err != nil {
				return exitUsage, err
			}
			return siteConnectRun(c.Context, a, o, site, c.String("user"))
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
	out.add("blog_id", connection.BlogID, connection.BlogID != 0)
	if err == nil && !connection.Connected() {
		// The status was 200, but the site is not connected.
		err = &jetpack.Error{
			Call: "site-connection", Status: 200, Code: connection.Code,
			RequestID: connection.RequestID,
			Message:   "the site is not connected: the API answered " + connection.Code,
		}
	}
	if err != nil {
		return a.reportFailure(ctx, err, out), nil
	}
	out["success"], out["outcome"] = true, "connected"
	if connection.Code == "already_connected" {
		out["outcome"] = "unchanged"
	}
	out.add("request_id", connection.RequestID, connection.RequestID != "")
	return exitOK, a.printJSON(out)
}
