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
		err := r.lookUpLostAnswer(t.Context(), errors.New("cut"))
		if err != nil || r.result.Outcome != c.want ||
			r.result.AuthRequired != (c.want == Pending) {
			t.Errorf("%+v: result %+v, error %v", c, r.result, err)
		}
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
