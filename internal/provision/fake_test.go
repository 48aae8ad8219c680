package provision

import (
	"context"
	"slices"
	"sync"

	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// fakeAPI implements API with functions of the test, and records the calls. The golden scripts run
// against the sandbox; these tests are about timing and order.
type fakeAPI struct {
	token     func(ctx context.Context) error
	provision func(r jetpack.ProvisionRequest) (jetpack.ProvisionAnswer, error)
	status    func() (jetpack.Status, error)
	cancel    func()

	mu    sync.Mutex
	calls []string
	site  string // of the last request for a status
}

func (f *fakeAPI) record(call string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
}

// count returns how often a call was made.
func (f *fakeAPI) count(call string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if c == call {
			n++
		}
	}
	return n
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
	f.record("provision")
	return f.provision(r)
}

func (f *fakeAPI) Cancel(
	context.Context, string, jetpack.CancelRequest,
) (jetpack.CancelAnswer, error) {
	f.record("cancel")
	if f.cancel != nil {
		f.cancel()
	}
	return jetpack.CancelAnswer{Success: true}, nil
}

func (f *fakeAPI) Status(_ context.Context, site string) (jetpack.Status, error) {
	f.record("status")
	f.site = site
	return f.status()
}

func (f *fakeAPI) SiteInfo(_ context.Context, blogID int64) (jetpack.SiteInfo, error) {
	f.record("site-info")
	return jetpack.SiteInfo{BlogID: blogID, URL: "https://example.com"}, nil
}

func (f *fakeAPI) UpgradePaths(context.Context, string) (jetpack.UpgradePaths, error) {
	f.record("upgrade-paths")
	return jetpack.UpgradePaths{}, nil
}

// fakeWP implements WP for a site. probe can wait or fail; setUp is called before SetUp succeeds.
type fakeWP struct {
	WP
	site  wpcli.Site
	probe func(ctx context.Context) error
	setUp func(s wpcli.Setup)
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

// SetUp activates the plugins, and stores the token. The keys come if the site is connected.
func (f *fakeWP) SetUp(
	_ context.Context, s wpcli.Setup,
) (*wpcli.SetupReport, error) {
	if f.setUp != nil {
		f.setUp(s)
	}
	if s.Token != "" {
		f.site.MasterUser = s.UserID
	}
	connected := f.site.Connected()
	report := &wpcli.SetupReport{
		TokenStored: s.Token != "", Connected: connected, Plugins: map[string]wpcli.PluginReport{},
	}
	for _, plugin := range s.Plugins {
		report.Plugins[plugin.Slug] = wpcli.PluginReport{Active: true, Key: connected}
	}
	return report, nil
}

// fakeLedger implements the part of Ledger that knows sites: URL to blog ID. No entry can be done.
type fakeLedger struct {
	Ledger
	sites map[string]int64
}

func (fakeLedger) Done(context.Context, int64, ledger.Outcome) error { return ledger.ErrState }

func (f fakeLedger) Identity(_ context.Context, siteURL string) (ledger.Identity, error) {
	if id, ok := f.sites[siteURL]; ok {
		return ledger.Identity{SiteURL: siteURL, BlogID: id}, nil
	}
	return ledger.Identity{}, ledger.ErrNotFound
}

// readySite returns a connected site with all plugins active.
func readySite() wpcli.Site {
	active := wpcli.Plugin{Installed: true, Active: true}
	return wpcli.Site{
		SiteURL: "https://example.com", Home: "https://example.com", FileMods: true,
		User:   &wpcli.User{ID: 1, Administrator: true},
		BlogID: 42, BlogToken: true,
		MasterUser: 1, MasterUserExists: true, UserTokens: []int{1},
		AkismetKey: true, VaultPressKey: true,
		Plugins: map[string]wpcli.Plugin{
			"jetpack": active, "akismet": active, "vaultpress": active,
		},
	}
}

func request() Options {
	return Options{Request: jetpack.ProvisionRequest{LocalUser: "admin", Plan: "premium"}}
}

func product(slug string) jetpack.ProductStatus {
	return jetpack.ProductStatus{Slug: slug, ByPartner: true, ByCallingPartner: true}
}

// statuses returns a status function that returns the answers one after the other, and the last one
// from then on.
func statuses(answers ...jetpack.Status) func() (jetpack.Status, error) {
	answers = slices.Clone(answers)
	return func() (jetpack.Status, error) {
		answer := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		return answer, nil
	}
}
