package provision

import (
	"errors"
	"testing"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
)

// A plan that the status shows is pending as long as the site isn't connected, whatever the
// product says.
func TestLostAnswerThatIsFound(t *testing.T) {
	plan, pending := product("premium"), product("premium")
	pending.Pending = true
	for _, c := range []struct {
		connected bool
		product   jetpack.ProductStatus
		want      string
	}{
		{true, plan, Provisioned},
		{false, plan, Pending},
		{true, pending, Pending},
		{false, pending, Pending},
	} {
		api := &fakeAPI{status: statuses(jetpack.Status{
			Connected: c.connected, Products: []jetpack.ProductStatus{c.product},
		})}
		r := (&Driver{API: api}).newRun(request())
		r.opts.Request.SiteURL = "https://example.com"
		found := r.lookUpPlan(t.Context())
		if found != planFound || r.result.Outcome != c.want ||
			r.result.AuthRequired != (c.want == Pending) {
			t.Errorf("%+v: result %+v, found %v", c, r.result, found)
		}
	}
}

func TestMeansAlready(t *testing.T) {
	for text, want := range map[string]bool{
		"You already have this plan from this partner.":    true,
		" you ALREADY have  this plan\nfrom this partner ": true,
		"This site already has the same product!":          true,
		"You already have this plan from another partner.": false,
		"You already have a different plan.":               false,
		"You don't have this plan from this partner.":      false,
	} {
		e := &jetpack.Error{Call: "provision", Status: 400, Code: "invalid_input", Message: text}
		if meansAlready(e) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
	lost := &jetpack.Error{
		Call: "provision", Status: 400, Code: jetpack.CodeHTTPError,
		Message: "You already have this plan from this partner.",
	}
	if meansAlready(lost) {
		t.Error("a lost answer is taken for the API's")
	}
}

// A plan that isn't an upgrade path passes if the site has it from this partner, not if it has it
// from another one.
func TestCheckUpgradeOfAPlanThatIsThere(t *testing.T) {
	foreign := jetpack.ProductStatus{Slug: "premium", ByPartner: true}
	for _, p := range []jetpack.ProductStatus{product("premium"), foreign} {
		api := &fakeAPI{status: statuses(
			jetpack.Status{Connected: true, Products: []jetpack.ProductStatus{p}},
		)}
		r := (&Driver{API: api}).newRun(request())
		r.opts.CheckUpgrade, r.opts.Request.SiteURL = true, "https://example.com"
		err := r.checkUpgrade(t.Context())
		var ours *failure.Error
		refused := errors.As(err, &ours) && ours.Code == CodeUpgrade
		if refused == p.ByCallingPartner || err != nil && !refused {
			t.Errorf("%+v: error %v", p, err)
		}
	}
}
