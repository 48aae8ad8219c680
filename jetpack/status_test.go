package jetpack

import (
	"fmt"
	"testing"
)

func TestStatusFind(t *testing.T) {
	var (
		ours    = ProductStatus{Slug: "jetpack_premium", ByPartner: true, ByCallingPartner: true}
		pending = ProductStatus{
			Slug: "premium", ByPartner: true, ByCallingPartner: true, Pending: true,
		}
		theirs = ProductStatus{Slug: "jetpack-premium", ByPartner: true}
		later  = ProductStatus{Slug: "premium", Pending: true}
		other  = ProductStatus{Slug: "personal", ByCallingPartner: true}
	)
	for name, test := range map[string]struct {
		products []ProductStatus
		want     ProductStatus
	}{
		"none":                            {nil, ProductStatus{}},
		"another plan":                    {[]ProductStatus{other}, ProductStatus{}},
		"the only one":                    {[]ProductStatus{other, later}, later},
		"ours before theirs":              {[]ProductStatus{theirs, ours}, ours},
		"ours, pending, before theirs":    {[]ProductStatus{theirs, pending, other}, pending},
		"ours before ours that's pending": {[]ProductStatus{pending, ours, pending}, ours},
		"theirs before a pending one":     {[]ProductStatus{later, theirs}, theirs},
		"the first of two alike":          {[]ProductStatus{theirs, {Slug: "premium", ByPartner: true}}, theirs},
	} {
		got, found := Status{Products: test.products}.Find("premium")
		if got != test.want || found != (test.want != ProductStatus{}) {
			t.Errorf("%s: got %+v, %t", name, got, found)
		}
	}
}

func TestIsPlan(t *testing.T) {
	for slug, want := range map[string]bool{
		"premium": true, "jetpack-premium": true, "jetpack_premium": true,
		"": false, "Premium": false, "premium-2": false, "jetpackpremium": false, "jetpack__premium": false,
	} {
		if got := IsPlan(slug, "premium"); got != want {
			t.Errorf("%q: got %t", slug, got)
		}
	}
}

func TestStatusAnswers(t *testing.T) {
	scan := `{"slug":"jetpack-scan","is_provisioned_by_partner":true,"is_provisioned_by_calling_partner":"1","is_pending":0}`
	for body, want := range map[string]string{
		`{"blog":{"is_connected":true,"has_backups_credentials":false},"products":[` + scan + `]}`: `true false [{jetpack-scan true true false}]`,
		`{"blog":{"is_connected":false},"products":[]}`:                                            `false nil []`,
		`{"blog":[{"is_connected":"true"}],"products":{"2":` + scan + `}}`:                         `true nil [{jetpack-scan true true false}]`,
		`{"blog":[],"products":[{"slug":"x"}]}`:                                                    `false nil [{x false false false}]`,
		`{"blog":{},"products":[]}`:                                                                CodeInvalidAnswer,
		`{"blog":{"is_connected":null},"products":[]}`:                                             CodeInvalidAnswer,
		`{"blog":"x","products":[]}`:                                                               CodeInvalidAnswer,
		`{"products":[]}`:                                                                          CodeInvalidAnswer,
		`{"blog":{"is_connected":true}}`:                                                           CodeInvalidAnswer,
		`{"blog":{"is_connected":true},"products":["x"]}`:                                          CodeInvalidAnswer,
		`{"blog":{"is_connected":true},"products":[{"slug":""}]}`:                                  CodeInvalidAnswer,
		`{"blog":{"is_connected":true},"products":[{"slug":"x","is_pending":"soon"}]}`:             CodeInvalidAnswer,
		`{"blog":{"is_connected":true},"products":[{"slug":"x","is_pending":[]},{"slug":"y"}]}`:    CodeInvalidAnswer,
		`{"error":"invalid_blog"}`:                                                                 "invalid_blog",
	} {
		a := newAPI(t, respond(200, body))
		c, _ := a.client(t, nil)
		got, err := c.Status(t.Context(), "1")
		text := ""
		if err != nil {
			e := asError(t, err)
			if text = e.Code; e.Lost() {
				t.Errorf("%s: a status is never lost", body)
			}
		} else {
			has := "nil"
			if got.HasBackupsCredentials != nil {
				has = fmt.Sprint(*got.HasBackupsCredentials)
			}
			text = fmt.Sprintf("%v %s %v", got.Connected, has, got.Products)
			if string(got.Raw) != body {
				t.Errorf("raw: %s", got.Raw)
			}
		}
		if text != want {
			t.Errorf("%s: got %s, want %s", body, text, want)
		}
	}
}
