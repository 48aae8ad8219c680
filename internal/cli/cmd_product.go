package cli

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/jetpack"
)

func productCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "product", Usage: "show the products that licenses can be issued for",
		Subcommands: []*cli.Command{productListCommand(a)},
	}
}

func productListCommand(a *app) *cli.Command {
	fields := []string{
		"slug", "family", "name", "product_id", "currency", "amount", "price_interval",
	}
	return &cli.Command{
		Name: "list", Usage: "list the products; with a licensing token those that the partner " +
			"can issue, with their prices",
		Flags: slices.Concat(listFlags(fields), licensingFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := licensingValues(c, a)
			if err != nil {
				return exitUsage, err
			}
			shown := []string{"family", "slug", "name", "product_id"}
			if o.token != "" {
				shown = append(shown, "currency", "amount", "price_interval")
			}
			return productListRun(c.Context, a, o, viewValue(c, fields, shown))
		}),
	}
}

func productListRun(ctx context.Context, a *app, o licensingOptions, v view) (int, error) {
	client, err := a.licensing(o)
	if err != nil {
		return exitUsage, err
	}
	list := client.ProductFamilies
	if o.token != "" {
		list = client.PartnerProductFamilies
	}
	families, err := list(ctx)
	if err != nil {
		return a.reportFailure(ctx, err, nil), nil
	}
	rows := []record{}
	for _, family := range families {
		for _, product := range family.Products {
			rows = append(rows, productRecord(family, product))
		}
	}
	return exitOK, v.list(a.stdout, rows)
}

func productRecord(family jetpack.ProductFamily, product jetpack.Product) record {
	row := record{
		"family": family.Slug, "slug": product.Slug, "name": product.Name,
		"product_id": product.ID, "currency": product.Currency, "amount": nil,
		"price_interval": product.PriceInterval,
	}
	if product.Amount != "" {
		row["amount"] = json.Number(product.Amount) // as the API wrote it; a float isn't exact
	}
	return row
}
