package provision

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// fakeAPI answers as it is told and counts; the golden scripts run against the sandbox, these
// tests are about timing.
type fakeAPI struct {
	token     func(ctx context.Context) error
	provision func(r jetpack.ProvisionRequest) (jetpack.ProvisionAnswer, error)
	status    func() (jetpack.Status, error)

	mu    sync.Mutex
	calls []string
}

func (f *fakeAPI) note(call string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
}

func (f *fakeAPI) Token(ctx context.Context) error {
	if f.token == nil {
		return nil
	}
	return f.token(ctx)
}

func (f *fakeAPI) Provision(
	_ context.Context, r jetpack.ProvisionRequest,
) (jetpack.ProvisionAnswer, error) {
	f.note("provision")
	return f.provision(r)
}

func (f *fakeAPI) Cancel(
	context.Context, string, jetpack.CancelRequest,
) (jetpack.CancelAnswer, error) {
	f.note("cancel")
	return jetpack.CancelAnswer{Success: true}, nil
}

func (f *fakeAPI) Status(context.Context, string) (jetpack.Status, error) {
	f.note("status")
	return f.status()
}

func (f *fakeAPI) UpgradePaths(context.Context, string) (jetpack.UpgradePaths, error) {
	f.note("upgrade-paths")
	return jetpack.UpgradePaths{}, nil
}

// fakeWP is a site; probe may take its time.
type fakeWP struct {
	WP
	site  wpcli.Site
	probe func(ctx context.Context) error
}

func (f *fakeWP) Probe(ctx context.Context, _ string) (*wpcli.Site, error) {
	if f.probe != nil {
		if err := f.probe(ctx); err != nil {
			return nil, err
		}
	}
	site := f.site
	return &site, nil
}

func readySite() wpcli.Site {
	active := wpcli.Plugin{Installed: true, Active: true}
	return wpcli.Site{
		SiteURL: "https://example.com", Home: "https://example.com", User: &wpcli.User{ID: 1, Administrator: true}, FileMods: true,
		BlogID: 42, BlogToken: true, MasterUser: 1, AkismetKey: true, VaultPressKey: true,
		Plugins: map[string]wpcli.Plugin{
			"jetpack":    active,
			"akismet":    active,
			"vaultpress": active,
		},
	}
}

func request() Options {
	return Options{Request: jetpack.ProvisionRequest{LocalUser: "admin", Plan: "premium"}}
}

func TestRefusedTokenEndsTheProbe(t *testing.T) {
	refused := &jetpack.Error{Call: "token", Code: "invalid_client"}
	api := &fakeAPI{token: func(context.Context) error { return refused }}
	wp := &fakeWP{probe: func(ctx context.Context) error {
		<-ctx.Done() // a boot of a big site, which nobody waits for any more
		return context.Cause(ctx)
	}}
	d := Driver{API: api, WP: wp}
	if _, err := d.Provision(t.Context(), request()); !errors.Is(err, refused) {
		t.Errorf("error %v, want the refused token", err)
	}
}

func TestFailedProbeEndsTheToken(t *testing.T) {
	broken := &wpcli.Error{Kind: wpcli.ErrDatabase}
	api := &fakeAPI{token: func(ctx context.Context) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}}
	d := Driver{API: api, WP: &fakeWP{probe: func(context.Context) error { return broken }}}
	if _, err := d.Provision(t.Context(), request()); !errors.Is(err, wpcli.ErrDatabase) {
		t.Errorf("error %v, want the database's", err)
	}
	if len(api.calls) != 0 {
		t.Errorf("calls were made: %v", api.calls)
	}
}

// Two runs for one site, started together, must not ask for the plan together.
func TestOneRunASite(t *testing.T) {
	var mutex sync.Mutex
	lock := func(_ context.Context, siteURL string) (func(), bool, error) {
		if siteURL != "example.com" {
			t.Errorf("locked %q", siteURL)
		}
		mutex.Lock()
		return mutex.Unlock, false, nil
	}
	asking, most := 0, 0
	var count sync.Mutex
	api := &fakeAPI{provision: func(jetpack.ProvisionRequest) (jetpack.ProvisionAnswer, error) {
		count.Lock()
		asking++
		most = max(most, asking)
		count.Unlock()
		time.Sleep(20 * time.Millisecond)
		count.Lock()
		asking--
		count.Unlock()
		return jetpack.ProvisionAnswer{Success: true}, nil
	}}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			d := Driver{API: api, WP: &fakeWP{site: readySite()}, Lock: lock}
			if _, err := d.Provision(t.Context(), request()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if most != 1 || len(api.calls) != 2 {
		t.Errorf("%d at once in %d calls, want 1 in 2", most, len(api.calls))
	}
}

// A run that had to wait for another looks anew: the site may have gone into safe mode meanwhile.
func TestSafeModeAfterWaiting(t *testing.T) {
	api := &fakeAPI{}
	wp := &fakeWP{site: readySite()}
	d := Driver{API: api, WP: wp, Lock: func(context.Context, string) (func(), bool, error) {
		wp.site.SafeMode = true
		return func() {}, true, nil
	}}
	_, err := d.Provision(t.Context(), request())
	var ours *failure.Error
	if !errors.As(err, &ours) || ours.Code != CodeSafeMode || len(api.calls) != 0 {
		t.Errorf("error %v after %v, want safe mode and no call", err, api.calls)
	}
}

// A lost answer is looked after, never asked for again, whatever the status says.
func TestLostAnswerIsNeverAskedAgain(t *testing.T) {
	lost := &jetpack.Error{Call: "provision", Code: jetpack.CodeConnectionLost}
	if !lost.Lost() {
		t.Fatal("the error isn't a lost one")
	}
	for name, status := range map[string]func() (jetpack.Status, error){
		"not there": func() (jetpack.Status, error) { return jetpack.Status{Connected: true}, nil },
		"no answer": func() (jetpack.Status, error) {
			return jetpack.Status{}, &jetpack.Error{Code: jetpack.CodeServerError, Status: 500}
		},
		"of another partner": func() (jetpack.Status, error) {
			return jetpack.Status{Connected: true, Products: []jetpack.ProductStatus{{Slug: "premium", ByPartner: true}}}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			api := &fakeAPI{
				status: status,
				provision: func(jetpack.ProvisionRequest) (jetpack.ProvisionAnswer, error) {
					return jetpack.ProvisionAnswer{}, lost
				},
			}
			d := Driver{API: api, WP: &fakeWP{site: readySite()}, LookEvery: time.Millisecond}
			r, err := d.Provision(t.Context(), request())
			var ours *failure.Error
			if !errors.As(err, &ours) || ours.Code != failure.OutcomeUnknown || r.Success {
				t.Errorf("result %+v, error %v", r, err)
			}
			if n := len(slices.DeleteFunc(api.calls, func(call string) bool { return call != "provision" })); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestWithRedirect(t *testing.T) {
	for _, c := range []struct{ next, redirect, want string }{
		{"https://w.com/start?x=1", "https://h.com/a?b=c&d", "https://w.com/start?x=1&partner_redirect=https%3A%2F%2Fh.com%2Fa%3Fb%3Dc%26d"},
		{"https://w.com/start", "https://h.com", "https://w.com/start?partner_redirect=https%3A%2F%2Fh.com"},
		{"https://w.com/start?x=1#top", "https://h.com", "https://w.com/start?x=1&partner_redirect=https%3A%2F%2Fh.com#top"},
		{"", "https://h.com", ""},
		{"https://w.com/start?x=%2F", "", "https://w.com/start?x=%2F"},
	} {
		if got := withRedirect(c.next, c.redirect); got != c.want {
			t.Errorf("withRedirect(%q, %q) = %q, want %q", c.next, c.redirect, got, c.want)
		}
	}
}

func TestPluginsOf(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range planPlugins {
		for _, plan := range row.plans {
			if seen[plan] {
				t.Errorf("%s stands in two rows", plan)
			}
			seen[plan] = true
		}
		for _, plugin := range row.plugins {
			if !slices.Contains(KnownPlugins, plugin) {
				t.Errorf("%s isn't known", plugin)
			}
		}
	}
	if PluginsOf("a-product-of-tomorrow") != nil {
		t.Error("an unknown plan calls for plugins")
	}
}

func TestResultJSON(t *testing.T) {
	for _, c := range []struct {
		r    Result
		want string
	}{
		{Result{Success: true, Outcome: Provisioned, NextURL: "https://a/?b&c"}, `{"success":true,"outcome":"provisioned","next_url":"https://a/?b&c","auth_required":false}`},
		{Result{Outcome: Failed, ErrorCode: "x"}, `{"success":false,"outcome":"failed","error_code":"x"}`},
		{Result{Success: true, Outcome: Cancelled}, `{"success":true,"outcome":"cancelled"}`},
	} {
		got, err := c.r.MarshalJSON()
		if err != nil || !json.Valid(got) || string(got) != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	}
}
