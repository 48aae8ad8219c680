// Package provision implements what jetpack-start does for one site: provision a plan, cancel it,
// activate its plugins, and report its status. It decides what to do; jetpack makes the calls to
// the partner API, and wpcli those of WP-CLI.
package provision

import (
	"context"
	"slices"
	"strconv"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// API is the part of the partner API that a Driver needs. *jetpack.Client implements it.
type API interface {
	Token(ctx context.Context) error
	Provision(ctx context.Context, r jetpack.ProvisionRequest) (jetpack.ProvisionAnswer, error)
	Cancel(ctx context.Context, site string, r jetpack.CancelRequest) (jetpack.CancelAnswer, error)
	Status(ctx context.Context, site string) (jetpack.Status, error)
	SiteInfo(ctx context.Context, blogID int64) (jetpack.SiteInfo, error)
	UpgradePaths(ctx context.Context, site string) (jetpack.UpgradePaths, error)
}

// WP is the part of WP-CLI that a Driver needs. *wpcli.CLI implements it.
type WP interface {
	Probe(ctx context.Context, user string) (*wpcli.Site, error)
	ActivatePlugin(ctx context.Context, slug string) error
	InstallPlugin(ctx context.Context, source, version string) error
	SetUp(ctx context.Context, s wpcli.Setup) (*wpcli.SetupReport, error)
}

// Driver carries out commands on a site. Its fields must not change while a command runs.
type Driver struct {
	API API
	WP  WP
	// Warn is called with a warning for the user and a hint what to do about it, which can be "".
	// Nil prints nothing; warnings are in the Result too.
	Warn func(text, hint string)
	// Notice is called with what the user needs to know before the result is there: the link to
	// approve the connection, while the command waits for the approval. Nil prints nothing.
	Notice func(text string)
	// Progress is called with what the command waits for, and with "" once the wait is over. Nil
	// prints nothing.
	Progress func(text string)
	// Changed is called with each change as soon as it was made, for a report if the program ends
	// before there is a Result. Nil is allowed.
	Changed func(text string)
	// LookEvery is the interval between two requests for the status while waiting; 0 means 5 s.
	LookEvery time.Duration
	// Lock takes the lock of the site that has names. Two holders at the same time must not have a
	// name in common. It reports whether it had to wait for another holder. Nil locks nothing.
	Lock func(ctx context.Context, names []string) (unlock func(), waited bool, err error)

	// Ledger is written before and after each call that costs money. Nil writes nothing.
	Ledger Ledger
	// LedgerErr is the reason why there is no Ledger although one was wanted; each run warns of it.
	LedgerErr error
	// ForceIdentity accepts a site although CheckIdentity doesn't, and remembers it as it is.
	ForceIdentity bool
	// StrictIdentity refuses a site if nobody but itself says that it has its URL and blog ID.
	StrictIdentity bool
	// Docroot returns the docroot of the WordPress that Probe read, as far as it is known, or an
	// error if it was another one than it should have been. Nil knows none.
	Docroot func(site *wpcli.Site) (ledger.Docroot, error)
	// ExpectURL is the URL that the site must have; see [CheckExpected]. "" expects nothing.
	ExpectURL string
}

// run is one command being carried out.
type run struct {
	Driver // a copy: Ledger becomes nil once it can't be used
	opts   Options
	site   *wpcli.Site // nil if there is no WordPress here, or none that may be changed
	result *Result
	token  jetpack.Secret // the user token in the API's answer, "" if it had none
	forced bool           // the provision call had force_register

	namedURL    string   // the URL by which the operator named the site, "" if they didn't
	namesToLock []string // besides the others
	// connected is true if the site's connection was approved since it was read.
	connected bool
	pair      pair // what is known of the site's URL and blog ID
}

func (d *Driver) newRun(o Options) *run {
	r := &run{Driver: *d, opts: o, result: &Result{Plan: o.Request.Plan}}
	if d.ExpectURL != "" {
		r.WP = expectingWP{d.WP, d.ExpectURL}
	}
	if d.LedgerErr != nil {
		r.dropLedger(d.LedgerErr)
	}
	return r
}

// setSite enters the WordPress here as the run's site.
func (r *run) setSite(site *wpcli.Site) {
	r.site, r.result.SiteURL, r.result.BlogID = site, site.SiteURL, site.BlogID
}

// lockSite takes the site's lock under every name that this run knows the site by: another run may
// have been given the blog ID, this one the URL. It reports whether it had to wait.
func (r *run) lockSite(ctx context.Context) (unlock func(), waited bool, err error) {
	if r.Lock == nil {
		return func() {}, false, nil
	}
	return r.Lock(ctx, r.siteNames(ctx))
}

// siteNames returns the names of the site: its URLs in their normal form, and its blog ID. If the
// site doesn't know its blog ID, the ledger may.
//
// Two runs need only one name in common, so a cancel that was given a blog ID or a URL opens no
// ledger to find the other one: whatever provisions the site has both.
func (r *run) siteNames(ctx context.Context) []string {
	var names []string
	if r.result.SiteURL != "" {
		names = append(names, jetpack.SiteKey(r.result.SiteURL))
	}
	if r.site != nil {
		names = append(names, jetpack.SiteKey(r.site.SiteURL)) // --siteurl can have another "www."
	}
	id := r.result.BlogID
	if id == 0 {
		id = r.rememberedBlogID(ctx, r.result.SiteURL)
	}
	if id != 0 {
		names = append(names, strconv.FormatInt(id, 10))
	}
	names = append(names, r.namesToLock...)
	slices.Sort(names)
	return slices.Compact(names)
}

// warn adds a warning to the result, and passes it on with a hint.
func (r *run) warn(text, hint string) {
	r.result.Warnings = append(r.result.Warnings, text)
	if r.Warn != nil {
		r.Warn(text, hint)
	}
}

// recordChange adds a change that was made to the result: if a later step fails, the user must
// know.
func (r *run) recordChange(text string) {
	r.result.Done = append(r.result.Done, text)
	if r.Changed != nil {
		r.Changed(text)
	}
}

// interval returns LookEvery or its default.
func (r *run) interval() time.Duration {
	if r.LookEvery > 0 {
		return r.LookEvery
	}
	return 5 * time.Second
}
