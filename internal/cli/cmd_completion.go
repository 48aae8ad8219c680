package cli

import (
	"embed"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

//go:embed completion
var completionScripts embed.FS

// shells are the shells that there is a completion script for.
var shells = []string{"bash", "zsh", "fish"}

func completionCommand(a *app) *cli.Command {
	argument := strings.Join(shells, "|")
	return &cli.Command{
		Name: "completion", Usage: "print the completion script of a shell", ArgsUsage: argument,
		Action: a.action(func(c *cli.Context) (int, error) {
			shell := c.Args().First()
			if !slices.Contains(shells, shell) {
				return exitUsage, &usageError{
					text: "no completion for " + quoted(shell),
					hint: "give one of " + strings.Join(shells, ", "),
				}
			}
			script, err := completionScripts.ReadFile("completion/jetpack-start." + shell)
			if err == nil {
				_, err = a.stdout.Write(script)
			}
			return exitOK, err
		}, argument),
	}
}
