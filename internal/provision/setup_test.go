package provision

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// A user token connects the site, so a plugin that is active already can get its key in the same
// boot. After a wait the token isn't stored a second time.
func TestTokenIsStoredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakeAPI{
			provision: func(jetpack.ProvisionRequest) (jetpack.ProvisionAnswer, error) {
				return jetpack.ProvisionAnswer{
					Success: true, AuthRequired: true, NextURL: "x", AccessToken: "k.s",
				}, nil
			},
			status: statuses(jetpack.Status{}, jetpack.Status{
				Connected: true, Products: []jetpack.ProductStatus{product("personal")},
			}),
		}
		var setups []wpcli.Setup
		wp := &fakeWP{site: readySite(), setUp: func(s wpcli.Setup) { setups = append(setups, s) }}
		wp.site.MasterUser, wp.site.AkismetKey = 0, false
		d := Driver{API: api, WP: wp}
		o := request()
		o.Request.Plan, o.Request.WPComUserID, o.Wait = "personal", "7", time.Minute
		r, err := d.Provision(t.Context(), o)
		if err != nil || r.UserToken != "stored" || r.Plugins["akismet"] != pluginActive {
			t.Errorf("result %+v, error %v", r, err)
		}
		akismet := []wpcli.PluginSetup{{Slug: "akismet", Source: "akismet"}}
		if len(setups) != 2 || setups[0].Token != "k.s" || setups[0].UserID != 1 ||
			!slices.Equal(setups[0].Plugins, akismet) || setups[1].Token != "" {
			t.Errorf("setups %+v", setups)
		}
	})
}

// An entry that was settled meanwhile is no reason to do without the ledger.
func TestCloseEntriesThatWereSettled(t *testing.T) {
	d := Driver{Ledger: fakeLedger{}}
	r := d.newRun(request())
	r.closeEntries(t.Context(), []int64{1, 2})
	if r.Ledger == nil || len(r.result.Warnings) > 0 {
		t.Errorf("warnings %q", r.result.Warnings)
	}
}

var (
	errDied    = errors.New("token: out of memory")
	errStopped = &wpcli.Error{Kind: wpcli.ErrTimeout, Timeout: time.Minute}
)

// The state of a plugin says how far the setup came with it.
func TestPluginStates(t *testing.T) {
	active := wpcli.PluginReport{Active: true}
	for _, c := range []struct {
		part   *wpcli.PluginReport
		report wpcli.SetupReport
		want   string
	}{
		{&wpcli.PluginReport{Active: true, Key: true}, wpcli.SetupReport{Err: errDied}, "active"},
		{&active, wpcli.SetupReport{}, "pending_connection"},
		{&active, wpcli.SetupReport{Connected: true}, "failed: active, but its key did not come"},
		{&wpcli.PluginReport{Error: "broke"}, wpcli.SetupReport{Connected: true}, "failed: broke"},
		{&wpcli.PluginReport{}, wpcli.SetupReport{Connected: true}, "failed: not active afterwards"},
		{nil, wpcli.SetupReport{Unfinished: "akismet", Err: errStopped}, "failed: the setup was stopped after 1m0s"},
		{
			&active,
			wpcli.SetupReport{Unfinished: "akismet", Err: errStopped, Connected: true},
			"failed: active, but its key did not come: the setup was stopped after 1m0s",
		},
		{
			nil,
			wpcli.SetupReport{Unfinished: "token", Err: errDied},
			"skipped: not reached: token: out of memory",
		},
		{nil, wpcli.SetupReport{}, "skipped: not reached: the time for the setup was over"},
	} {
		site := readySite()
		r := (&Driver{}).newRun(request())
		r.site = &site
		if c.part != nil {
			c.report.Plugins = map[string]wpcli.PluginReport{"akismet": *c.part}
		}
		r.recordPlugin("akismet", &c.report, nil)
		if got := r.result.Plugins["akismet"]; got != c.want {
			t.Errorf("%+v, %+v: %s, want %s", c.part, c.report, got, c.want)
		}
		wantFailed := c.want != pluginActive && c.want != pluginPending
		if r.result.PluginFailed() != wantFailed {
			t.Errorf("%s: PluginFailed %v", c.want, !wantFailed)
		}
	}
}

// The error of a token that wasn't stored names the most exact reason that is known.
func TestTokenThatIsNotStored(t *testing.T) {
	for _, c := range []struct {
		report *wpcli.SetupReport
		err    error
		reason string
	}{
		{nil, errors.New("wp timed out"), ": wp timed out"},
		{&wpcli.SetupReport{TokenError: "malformed", Err: errDied}, nil, ": malformed"},
		{&wpcli.SetupReport{Err: errDied}, nil, ": token: out of memory"},
		{&wpcli.SetupReport{Err: errStopped}, nil, ": the setup was stopped after 1m0s"},
		{&wpcli.SetupReport{}, nil, ": the site did not keep it"},
	} {
		r := (&Driver{}).newRun(request())
		err := r.recordToken(c.report, c.err)
		if err == nil || !strings.HasSuffix(err.Error(), c.reason) ||
			r.result.UserToken != "not_stored" {
			t.Errorf("error %v, want the reason %q", err, c.reason)
		}
	}
}
