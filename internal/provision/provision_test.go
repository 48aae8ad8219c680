package provision

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

func TestRefusedTokenEndsTheProbe(t *testing.T) {
	refused := &jetpack.Error{Call: "token", Code: "invalid_client"}
	api := &fakeAPI{token: func(context.Context) error { return refused }}
	wp := &fakeWP{probe: func(ctx context.Context) error {
		<-ctx.Done() // the boot of a big site, whose answer isn't needed any more
		return context.Cause(ctx)
	}}
	d := Driver{API: api, WP: wp}
	if _, err := d.Provision(t.Context(), request()); !errors.Is(err, refused) {
		t.Errorf("error %v, want the refused token", err)
	}
}

// Without a WordPress the token decides: the API alone can do.
func TestRefusedTokenWithoutWordPress(t *testing.T) {
	refused := &jetpack.Error{Call: "token", Code: "invalid_client"}
	api := &fakeAPI{token: func(context.Context) error {
		time.Sleep(10 * time.Millisecond)
		return refused
	}}
	missing := &wpcli.Error{Kind: wpcli.ErrNoWordPress}
	d := Driver{API: api, WP: &fakeWP{probe: func(context.Context) error { return missing }}}
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

// Two runs for one site, started together, must not request the plan at the same time. They share
// a Driver, which may be used more than once.
func TestOneRunPerSite(t *testing.T) {
	var site sync.Mutex
	inside, most := 0, 0
	var count sync.Mutex
	api := &fakeAPI{provision: func(jetpack.ProvisionRequest) (jetpack.ProvisionAnswer, error) {
		count.Lock()
		inside++
		most = max(most, inside)
		count.Unlock()
		time.Sleep(20 * time.Millisecond)
		count.Lock()
		inside--
		count.Unlock()
		return jetpack.ProvisionAnswer{Success: true}, nil
	}}
	lock := func(_ context.Context, names []string) (func(), bool, error) {
		if !slices.Equal(names, []string{"42", "example.com"}) {
			t.Errorf("locked %q", names)
		}
		site.Lock()
		return site.Unlock, false, nil
	}
	d := Driver{API: api, WP: &fakeWP{site: readySite()}, Lock: lock}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			r, err := d.Provision(t.Context(), request())
			if err != nil || len(r.Done) != 1 {
				t.Errorf("done %q, error %v", r.Done, err)
			}
		})
	}
	both.Wait()
	if most != 1 || len(api.calls) != 2 {
		t.Errorf("%d at once in %d calls, want 1 in 2", most, len(api.calls))
	}
}

// A run that had to wait for another one reads the site again: it may be in safe mode by then.
func TestSafeModeAfterWaiting(t *testing.T) {
	api := &fakeAPI{}
	wp := &fakeWP{site: readySite()}
	d := Driver{API: api, WP: wp, Lock: func(context.Context, []string) (func(), bool, error) {
		wp.site.SafeMode = true
		return func() {}, true, nil
	}}
	_, err := d.Provision(t.Context(), request())
	var ours *failure.Error
	if !errors.As(err, &ours) || ours.Code != CodeSafeMode || len(api.calls) != 0 {
		t.Errorf("error %v after %v, want safe mode and no call", err, api.calls)
	}
}

// The run that had to wait reports the blog ID that the site got meanwhile.
func TestBlogIDAfterWaiting(t *testing.T) {
	api := &fakeAPI{status: statuses(
		jetpack.Status{Connected: true, Products: []jetpack.ProductStatus{product("premium")}},
	)}
	wp := &fakeWP{site: readySite()}
	wp.site.BlogID = 0
	d := Driver{API: api, WP: wp, Lock: func(context.Context, []string) (func(), bool, error) {
		wp.site.BlogID = 42
		return func() {}, true, nil
	}}
	r, err := d.Provision(t.Context(), request())
	if err != nil || r.BlogID != 42 || r.Outcome != Unchanged || api.count("provision") != 0 {
		t.Errorf("result %+v, error %v", r, err)
	}
}

// Whatever changes the site does it under the lock.
func TestChangesAreLocked(t *testing.T) {
	locked := false
	check := func(what string) {
		if !locked {
			t.Errorf("%s without the lock", what)
		}
	}
	api := &fakeAPI{
		provision: func(jetpack.ProvisionRequest) (jetpack.ProvisionAnswer, error) {
			check("provision")
			return jetpack.ProvisionAnswer{Success: true, AuthRequired: true, NextURL: "x"}, nil
		},
		status: statuses(
			jetpack.Status{Connected: true, Products: []jetpack.ProductStatus{product("premium")}},
		),
		cancel: func() { check("cancel") },
	}
	setUps := 0
	wp := &fakeWP{site: readySite(), setUp: func(wpcli.Setup) {
		setUps++
		check("SetUp")
	}}
	wp.site.AkismetKey = false
	d := Driver{API: api, WP: wp, Lock: func(context.Context, []string) (func(), bool, error) {
		if locked {
			t.Error("the run waits for itself")
		}
		locked = true
		return func() { locked = false }, false, nil
	}}
	o := request()
	o.Wait = time.Minute
	_, err := d.Provision(t.Context(), o)
	if err != nil || locked || setUps != 2 { // before and after the approval
		t.Errorf("Provision: locked %v, %d SetUps, error %v", locked, setUps, err)
	}
	if api.site != "example.com" { // not by the blog ID, which may be another one by now
		t.Errorf("waited for the status of %q", api.site)
	}
	_, err = d.Activate(t.Context(), ActivateOptions{Plan: "premium"})
	if err != nil || locked || setUps != 3 {
		t.Errorf("Activate: locked %v, %d SetUps, error %v", locked, setUps, err)
	}
	_, err = d.Cancel(t.Context(), CancelOptions{BlogID: "42"})
	if err != nil || locked || api.count("cancel") != 1 {
		t.Errorf("Cancel: locked %v, error %v", locked, err)
	}
}

// After a lost answer the plan is looked up and never requested again, whatever the status shows.
func TestLostAnswerIsNotRequestedAgain(t *testing.T) {
	lost := &jetpack.Error{Call: "provision", Code: jetpack.CodeConnectionLost}
	if !lost.Lost() {
		t.Fatal("the error isn't a lost one")
	}
	foreign := jetpack.ProductStatus{Slug: "premium", ByPartner: true}
	for name, status := range map[string]func() (jetpack.Status, error){
		"not there": statuses(jetpack.Status{Connected: true}),
		"no answer": func() (jetpack.Status, error) {
			return jetpack.Status{}, &jetpack.Error{Code: jetpack.CodeServerError, Status: 500}
		},
		"of another partner": statuses(
			jetpack.Status{Connected: true, Products: []jetpack.ProductStatus{foreign}},
		),
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
			if n := api.count("provision"); n != 1 {
				t.Errorf("requested %d times", n)
			}
		})
	}
}
