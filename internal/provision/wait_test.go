package provision

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
)

// The status of a connected site may lack the plan twice, because it can lag behind; the third time
// the plan is gone.
func TestWaitForAPlanThatIsMissing(t *testing.T) {
	missing := jetpack.Status{Connected: true}
	plan := product("premium")
	there := jetpack.Status{Connected: true, Products: []jetpack.ProductStatus{plan}}
	plan.Pending = true
	notYet := jetpack.Status{Products: []jetpack.ProductStatus{plan}}
	plan = jetpack.ProductStatus{Slug: "premium", ByPartner: true}
	foreign := jetpack.Status{Connected: true, Products: []jetpack.ProductStatus{plan}}
	type list = []jetpack.Status
	for name, c := range map[string]struct {
		answers list
		looks   int
		code    string
	}{
		"twice":                   {list{missing, missing, there}, 3, ""},
		"twice, not in a row":     {list{missing, notYet, missing, there}, 4, ""},
		"three times":             {list{missing, missing, missing, there}, 3, CodePlanMissing},
		"another partner's":       {list{foreign}, 3, CodePlanMissing},
		"never, before connected": {list{{}, {}, {}, {}, there}, 5, ""},
		"always, not connected":   {list{{}}, 13, CodeWaitRanOut},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &fakeAPI{status: statuses(c.answers...)}
				d := Driver{API: api} // looks every 5 s
				err := d.newRun(request()).waitForPlan(t.Context(), "42", "premium", 61*time.Second)
				code := ""
				var ours *failure.Error
				if errors.As(err, &ours) {
					code = ours.Code
				}
				if code != c.code || api.count("status") != c.looks {
					t.Errorf("error %v after %d looks", err, api.count("status"))
				}
			})
		})
	}
}
