// Package whmcs implements the commands of the WHMCS module: each takes a JSON document about one
// service or addon and returns a JSON reply. It issues and revokes licenses through the Licensing
// API and keeps them in WHMCS's own database, in a table of its own and in that of Jetpack's
// module.
package whmcs

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

// API is the part of the Licensing API that the commands call. *jetpack.Licensing implements it.
type API interface {
	licensing.API
	ConnectSite(ctx context.Context, siteURL, localUser string) (jetpack.SiteConnection, error)
	ProductFamilies(ctx context.Context) ([]jetpack.ProductFamily, error)
	PartnerProductFamilies(ctx context.Context) ([]jetpack.ProductFamily, error)
}

// Config is what Run needs besides the document. All of its fields must be set.
type Config struct {
	// NewAPI returns the API for a token; "" is enough for the list of products.
	NewAPI func(token jetpack.Secret) (API, error)
	Now    func() time.Time
	// LockWait is how long a command waits for another one for the same service or addon.
	LockWait time.Duration
	// Patience is how long a command tries to write an outcome to a database that went away.
	Patience time.Duration
	// MinAge is how old an open call must be before it may be settled. It must be longer than any
	// command runs.
	MinAge time.Duration
}

// command is one of the commands that Run knows.
type command struct {
	run          func(*job) error
	needsService bool
	changes      bool // needs the lock
	syncs        bool // syncs the tables itself
	lenient      bool // goes on if it is unclear whose a license of Jetpack's module is
}

var commands = map[string]command{
	"create":         {run: (*job).create, needsService: true, changes: true},
	"terminate":      {run: (*job).terminate, needsService: true, changes: true},
	"suspend":        {run: (*job).suspend, needsService: true, changes: true, lenient: true},
	"unsuspend":      {run: (*job).unsuspend, needsService: true, changes: true, lenient: true},
	"change-package": {run: (*job).changePackage, needsService: true, changes: true},
	"renew":          {run: (*job).renew, needsService: true},
	"attach":         {run: (*job).attach, needsService: true, changes: true},
	"reconcile":      {run: (*job).reconcile, needsService: true, changes: true, syncs: true},
	"status":         {run: (*job).status, needsService: true},
	"test":           {run: (*job).test},
	"products":       {run: (*job).products},
	"create-table":   {run: (*job).createTable},
	"open":           {run: (*job).listOpen},
}

// Run runs a command: create, terminate, suspend, unsuspend, change-package, renew, attach,
// reconcile, status, test, products, create-table or open. An error is reported in the Reply.
func Run(ctx context.Context, name string, d Document, cfg Config) Reply {
	j := &job{ctx: ctx, cfg: cfg, service: d.Service}
	c, known := commands[name]
	err := errors.New("there is no command " + name)
	switch {
	case !known:
	case c.needsService && !d.HasService:
		err = refuse("invalid_parameters", "WHMCS passed no parameters of a service.")
	default:
		err = j.withStore(d.Database, func() error { return j.runPrepared(c) })
	}
	if err != nil {
		j.fillFailure(err)
	} else {
		j.reply.Success, j.reply.Result = true, "success"
	}
	j.maskSecrets(d)
	return j.reply
}

// maskSecrets masks secrets in the texts for people, because errors of the database and the API
// may quote what was sent to them.
func (j *job) maskSecrets(d Document) {
	hidden := []string{
		string(d.Database.Password), string(d.Service.Token), string(j.token),
		string(d.Service.Property), j.reply.LicenseKey, j.reply.Properties[licenseKeyProperty],
	}
	for _, e := range j.records.own {
		hidden = append(hidden, e.LicenseKey)
	}
	for _, t := range j.records.jetpack {
		hidden = append(hidden, t.key)
	}
	// The longest first: one may begin with another.
	slices.SortFunc(hidden, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, secret := range hidden {
		if len(secret) > 4 { // "none" is a word
			pairs = append(pairs, secret, "[redacted]", url.QueryEscape(secret), "[redacted]")
		}
	}
	clean := strings.NewReplacer(pairs...)
	if j.reply.Note = clean.Replace(j.reply.Note); !j.reply.Success {
		j.reply.Result = clean.Replace(j.reply.Result)
	}
	for i, text := range j.reply.Warnings {
		j.reply.Warnings[i] = clean.Replace(text)
	}
}
