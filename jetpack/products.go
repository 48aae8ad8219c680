package jetpack

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/tidwall/gjson"
)

// ProductFamily is a family of products that licenses are issued for.
type ProductFamily struct {
	Name, Slug  string
	Description string // "" where the answer has none: the published description doesn't have it, Jetpack's WHMCS module reads it
	Products    []Product
}

// Product is what a license is issued for. Without a price Currency, PriceInterval and Amount are
// "".
type Product struct {
	ID            int64
	Name, Slug    string
	Currency      string // as "usd"
	PriceInterval string // "month" or "day"
	Amount        string // of one interval, in the currency's unit; as the answer wrote the number, because a float isn't money
}

// ProductFamilies lists what there is, without prices; it needs no token. It is repeated when no
// good answer comes. Errors are *Error.
func (l *Licensing) ProductFamilies(ctx context.Context) ([]ProductFamily, error) {
	return l.families(
		ctx,
		&call{
			name:    "product-families",
			method:  http.MethodGet,
			path:    "/product-families",
			noToken: true,
		},
	)
}

// PartnerProductFamilies lists what this partner can issue, with its prices. It is repeated when
// no good answer comes. Errors are *Error.
func (l *Licensing) PartnerProductFamilies(ctx context.Context) ([]ProductFamily, error) {
	return l.families(
		ctx,
		&call{
			name:   "partner-product-families",
			method: http.MethodGet,
			path:   "/partner/product-families",
		},
	)
}

func (l *Licensing) families(ctx context.Context, cl *call) ([]ProductFamily, error) {
	var list []ProductFamily
	cl.read = func(p reply) (e *Error) {
		list, e = readFamilies(p)
		return e
	}
	if e := l.do(ctx, cl); e != nil {
		return nil, e
	}
	return list, nil
}

func readFamilies(p reply) ([]ProductFamily, *Error) {
	root, e := p.checkList()
	if e != nil {
		return nil, e
	}
	list, good := each(root, readFamily)
	if !good {
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
	if !v.IsObject() || !nameOK || slug == "" ||
		given(products) && !products.IsArray() && !products.IsObject() {
		return f, false
	}
	f = ProductFamily{Name: name, Slug: slug, Description: text(v, "description")}
	f.Products, ok = each(products, readOffer)
	return f, ok
}

func readOffer(v gjson.Result) (p Product, ok bool) {
	id, idOK := wholeNumber(v.Get("product_id"))
	idOK = idOK || !given(v.Get("product_id"))
	name, nameOK := optional(v.Get("name"))
	currency, currencyOK := optional(v.Get("currency"))
	interval, intervalOK := optional(v.Get("price_interval"))
	amount, amountOK := amountOf(v.Get("amount"))
	p = Product{
		ID:            id,
		Name:          name,
		Slug:          text(v, "slug"),
		Currency:      currency,
		PriceInterval: interval,
		Amount:        amount,
	}
	return p, v.IsObject() && p.Slug != "" && idOK && nameOK && currencyOK && intervalOK && amountOK
}

// amountOf reads a number, or text that looks like one, without changing it; "" when there is none.
func amountOf(v gjson.Result) (amount string, ok bool) {
	switch v.Type {
	case gjson.Null:
		return "", true
	case gjson.Number, gjson.String:
		s := words(v)
		return s, s == "" || json.Valid([]byte(s)) && gjson.Parse(s).Type == gjson.Number
	}
	return "", false
}
