package jetpack

import "testing"

func TestStatusFind(t *testing.T) {
	var (
		ours    = ProductStatus{Slug: "jetpack_premium", ByPartner: true, ByCallingPartner: true}
		pending = ProductStatus{Slug: "premium", ByPartner: true, ByCallingPartner: true, Pending: true}
		theirs  = ProductStatus{Slug: "jetpack-premium", ByPartner: true}
		later   = ProductStatus{Slug: "premium", Pending: true}
		other   = ProductStatus{Slug: "personal", ByCallingPartner: true}
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
