package cli

import (
	"strings"

	"github.com/urfave/cli/v2"
)

func helpCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "help",
		Usage:     "show the help of a command, or of " + strings.Join(topicNames(), ", "),
		ArgsUsage: "[COMMAND…]",
		Action: a.action(
			func(c *cli.Context) (int, error) { return a.help(c.App.Commands, c.Args().Slice()) },
			"[COMMAND…]",
		),
	}
}
