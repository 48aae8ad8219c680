package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"jetpack-start/internal/failure"

	"github.com/urfave/cli/v2"
)

type errorListOptions struct {
	api     apiOptions
	code    string // "" = all
	offline bool
	view    view
}

func errorsCommand(a *app) *cli.Command {
	fields := []string{"code", "description", "cause", "solution"}
	return &cli.Command{
		Name: "errors", Usage: "explain error codes: the API's, and this program's own", ArgsUsage: "[CODE]",
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{
				Name:  "offline",
				Usage: "don't ask the API: use the table in this program",
			},
		}, listFlags(fields), endpointFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o := errorListOptions{code: c.Args().First(), offline: c.Bool("offline")}
			var err error
			if o.view, err = viewOf(c, fields, fields); err == nil {
				o.api, err = endpointFlagValues(c, a)
			}
			if err != nil {
				return exitUsage, err
			}
			if !c.IsSet("retry-for") {
				o.api.retryFor = -1 // there is a table at hand: nobody has to wait
			}
			return errorListRun(c.Context, a, o)
		}, "[CODE]"),
	}
}

func errorListRun(ctx context.Context, a *app, o errorListOptions) (int, error) {
	list := maps.Clone(errorTable)
	if !o.offline {
		api, err := a.api(o.api)
		if err != nil {
			return exitUsage, err
		}
		texts, err := api.Errors(ctx)
		switch {
		case ctx.Err() != nil:
			return a.failed(ctx, err, nil), nil
		case err != nil:
			a.warn(
				"the API's list can't be had, this is the one in the program: "+explain(
					ctx, err,
				).text(),
				"--offline doesn't ask",
			)
		}
		for code, text := range texts { // the API knows its own codes best; what it leaves out stays
			own := list[code]
			list[code] = errorText{
				cmp.Or(text.Description, own.description),
				cmp.Or(text.Cause, own.cause),
				cmp.Or(text.Solution, own.solution),
			}
		}
	}
	row := func(code string) record {
		text := list[code]
		return record{
			"code":        code,
			"description": text.description,
			"cause":       text.cause,
			"solution":    text.solution,
		}
	}
	if o.code != "" {
		if _, known := list[o.code]; !known {
			return a.failed(
				ctx,
				&failure.Error{
					Code:    codeUnknownCode,
					Message: fmt.Sprintf("no error has the code %q", o.code),
				},
				nil,
			), nil
		}
		return exitOK, o.view.item(a.stdout, row(o.code))
	}
	rows := []record{}
	for _, code := range slices.Sorted(maps.Keys(list)) {
		rows = append(rows, row(code))
	}
	return exitOK, o.view.list(a.stdout, rows)
}
