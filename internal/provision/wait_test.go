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
	there := jetpack.Status{Connected: true, Products: []jetpack.ProductStatus{product("premium")}}
	pending := product("premium")
	pending.Pending = true
	notYet := jetpack.Status{Products: []jetpack.ProductStatus{pending}}
	for name, c := range map[string]struct {
		answers []jetpack.Status
		looks   int
		code    string
	}{
		"twice":                   {[]jetpack.Status{missing, missing, there}, 3, ""},
		"twice, with a pause":     {[]jetpack.Status{missing, notYet, missing, there}, 4, ""},
		"three times":             {[]jetpack.Status{missing, missing, missing, there}, 3, CodePlanMissing},
		"never, before connected": {[]jetpack.Status{{}, {}, {}, {}, there}, 5, ""},
		"always, not connected":   {[]jetpack.Status{{}}, 13, CodeWaitRanOut},
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
