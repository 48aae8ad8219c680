package jetpack

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tidwall/gjson"
)

// ProductFamily is a family of products that licenses are issued for.
type ProductFamily struct {
	Name, Slug string
	// Description is missing in the published description of the API, but Jetpack's WHMCS module
	// reads it. It is "" if the answer has none.
	Description string
	Products    []Product
}

// Product is a product that licenses are issued for. If it has no price, Currency, PriceInterval
// and Amount are "".
type Product struct {
	ID            int64
	Name, Slug    string
	Currency      string // in lower case, such as "usd"
	PriceInterval string // "month" or "day"
	// Amount is the price of one interval in units of the currency, as the answer writes the
	// number: a float isn't exact enough for money.
	Amount string
}

// ProductFamilies returns all products, without prices. It needs no token. The call is repeated if
// no good answer comes. Errors are *Error.
func (l *Licensing) ProductFamilies(ctx context.Context) ([]ProductFamily, error) {
	return do(ctx, l, &call{
		name: "product-families", method: http.MethodGet, path: "/product-families", noToken: true,
	}, readFamilies)
}

// PartnerProductFamilies returns the products that this partner can issue, with the partner's
// prices. The call is repeated if no good answer comes. Errors are *Error.
func (l *Licensing) PartnerProductFamilies(ctx context.Context) ([]ProductFamily, error) {
	return do(ctx, l, &call{
		name: "partner-product-families", method: http.MethodGet, path: "/partner/product-families",
	}, readFamilies)
}

func readFamilies(p reply) ([]ProductFamily, error) {
	root, err := p.checkList()
	if err != nil {
		return nil, err
	}
	list, ok := each(root, readFamily)
	if !ok {
		return nil, p.errorf(
			CodeInvalidAnswer,
			"a family or a product without a slug, or with members of wrong types",
		)
	}
	return list, nil
}

func readFamily(v gjson.Result) (f ProductFamily, ok bool) {
	name, nameOK := optional(v.Get("name"))
	products := v.Get("products")
	slug := text(v, "slug")
	list := products.IsArray() || products.IsObject()
	if !v.IsObject() || !nameOK || slug == "" || given(products) && !list {
		return f, false
	}
	f = ProductFamily{Name: name, Slug: slug, Description: text(v, "description")}
	f.Products, ok = each(products, readProductOffer)
	return f, ok
}

func readProductOffer(v gjson.Result) (p Product, ok bool) {
	id, idOK := wholeNumber(v.Get("product_id"))
	idOK = idOK || !given(v.Get("product_id"))
	name, nameOK := optional(v.Get("name"))
	currency, currencyOK := optional(v.Get("currency"))
	interval, intervalOK := optional(v.Get("price_interval"))
	amount, amountOK := amountOf(v.Get("amount"))
	p = Product{
		ID: id, Name: name, Slug: text(v, "slug"),
		Currency: currency, PriceInterval: interval, Amount: amount,
	}
	return p, v.IsObject() && p.Slug != "" && idOK && nameOK && currencyOK && intervalOK && amountOK
}

// amountOf returns a number, or text that is one, unchanged. It returns "" if there is none, and
// reports false for anything else.
func amountOf(v gjson.Result) (amount string, ok bool) {
	switch v.Type {
	case gjson.Null:
		return "", true
	case gjson.Number, gjson.String:
		s := numberOrString(v)
		return s, s == "" || json.Valid([]byte(s)) && gjson.Parse(s).Type == gjson.Number
	}
	return "", false
}
