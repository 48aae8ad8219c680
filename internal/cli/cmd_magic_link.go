package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

func magicLinkCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "magic-link", Usage: "e-mail a user a link that logs in to the mobile app",
		ArgsUsage: "EMAIL",
		Flags:     slices.Concat(apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := partnerValues(c, a)
			email := c.Args().First()
			name, host, _ := strings.Cut(email, "@")
			if err == nil && (name == "" || host == "") {
				err = &usageError{text: "not an e-mail address: " + quoted(email)}
			}
			if err != nil {
				return exitUsage, err
			}
			return magicLinkRun(c.Context, a, o, email)
		}, "EMAIL"),
	}
}

func magicLinkRun(ctx context.Context, a *app, o apiOptions, email string) (int, error) {
	api, err := a.api(o)
	if err != nil {
		return exitUsage, err
	}
	requestID, err := api.MagicLink(ctx, email)
	if err != nil {
		return a.reportFailure(ctx, err, record{"email": email}), nil
	}
	out := record{"success": true, "outcome": "sent", "email": email}
	out.add("request_id", requestID, requestID != "")
	return exitOK, a.printJSON(out)
}
