package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/failure"
)

type errorsOptions struct {
	api     apiOptions
	code    string // "" lists all
	offline bool
	view    view
}

func errorsCommand(a *app) *cli.Command {
	fields := []string{"code", "description", "cause", "solution"}
	endpoint := endpointFlags(defaultAPITimeout, defaultRetryFor)
	return &cli.Command{
		Name: "errors", Usage: "explain error codes: the API's, and this program's own",
		ArgsUsage: "[CODE]",
		Flags: slices.Concat([]cli.Flag{
			boolFlag("", "offline", "use the built-in table instead of asking the API"),
		}, listFlags(fields), endpoint, outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			api := endpointValues(c, a)
			if !c.IsSet("retry-for") {
				api.retryFor = -1 // the built-in table is there at once
			}
			return errorsRun(c.Context, a, errorsOptions{
				api: api, code: c.Args().First(), offline: c.Bool("offline"),
				view: viewValue(c, fields, fields),
			})
		}, "[CODE]"),
	}
}

func errorsRun(ctx context.Context, a *app, o errorsOptions) (int, error) {
	list := maps.Clone(errorTable)
	if !o.offline {
		api, err := a.api(o.api)
		if err != nil {
			return exitUsage, err
		}
		texts, err := api.Errors(ctx)
		switch {
		case ctx.Err() != nil:
			return a.reportFailure(ctx, err, nil), nil
		case err != nil:
			a.warn("can't get the API's list, using the built-in one: "+explain(ctx, err).text(),
				"--offline doesn't ask the API")
		}
		for code, text := range texts { // the API's own texts, completed from the table
			own := list[code]
			list[code] = errorText{
				cmp.Or(text.Description, own.description),
				cmp.Or(text.Cause, own.cause),
				cmp.Or(text.Solution, own.solution),
			}
		}
	}
	rows := []record{}
	for _, code := range slices.Sorted(maps.Keys(list)) {
		text := list[code]
		row := record{
			"code": code, "description": text.description,
			"cause": text.cause, "solution": text.solution,
		}
		if code == o.code {
			return exitOK, o.view.item(a.stdout, row)
		}
		rows = append(rows, row)
	}
	if o.code != "" {
		return a.reportFailure(ctx, &failure.Error{
			Code: codeUnknownCode, Message: fmt.Sprintf("no error has the code %q", o.code),
		}, nil), nil
	}
	return exitOK, o.view.list(a.stdout, rows)
}
