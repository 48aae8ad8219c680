// Package whmcs is what stands behind the WHMCS module of Jetpack: one command of WHMCS for one
// service or addon, as a document in and a reply out. It keeps the licenses in WHMCS's own
// database, beside and in the table of Jetpack's module, and asks the Licensing API for them.
package whmcs

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

// API is what a command needs of the Licensing API; *jetpack.Licensing is one.
type API interface {
	licensing.API
	ConnectSite(ctx context.Context, siteURL, localUser string) (jetpack.SiteConnection, error)
	ProductFamilies(ctx context.Context) ([]jetpack.ProductFamily, error)
	PartnerProductFamilies(ctx context.Context) ([]jetpack.ProductFamily, error)
}

// Config is what a command needs besides its document.
type Config struct {
	// NewAPI gives the API with a token; "" is enough for the list of products.
	NewAPI func(token jetpack.Secret) (API, error)
	Now    func() time.Time
	// LockWait is for how long a command waits for another one that works on the same service or
	// addon.
	LockWait time.Duration
	// Patience is for how long an outcome is tried to be written to a database that went away.
	Patience time.Duration
	// MinAge is how old a call of which nothing was heard has to be before it may be settled:
	// longer than a command lasts.
	MinAge time.Duration
}

// Reply is what a command came to. Result is what WHMCS is told: "success", or a sentence for the
// staff.
type Reply struct {
	Success   bool   `json:"success"`
	Outcome   string `json:"outcome,omitempty"`
	Result    string `json:"result"`
	ErrorCode string `json:"error_code,omitempty"`
	Retryable bool   `json:"retryable,omitempty"` // the same command may sensibly be given again later
	RequestID string `json:"request_id,omitempty"`
	// Warnings are sentences for WHMCS's activity log.
	Warnings []string `json:"warnings,omitempty"`
	// Properties are service properties to be saved; "" clears one.
	Properties map[string]string `json:"properties,omitempty"`

	LicenseKey  string `json:"license_key,omitempty"`
	Product     string `json:"product,omitempty"`
	ProductName string `json:"product_name,omitempty"`
	State       State  `json:"state,omitempty"`
	Site        string `json:"site,omitempty"`      // where the license is attached, as far as this module did it
	Domain      string `json:"domain,omitempty"`    // for people
	AdminURL    string `json:"admin_url,omitempty"` // where the customer enters the key
	IssuedAt    string `json:"issued_at,omitempty"` // RFC 3339
	Note        string `json:"note,omitempty"`      // for the staff: what is open, and what to do

	Products []Product `json:"products,omitempty"`
	Cached   bool      `json:"cached,omitempty"` // the list of products wasn't asked for now
	Stale    bool      `json:"stale,omitempty"`  // and is older than it should be, because the API didn't answer

	Open []Open `json:"open,omitempty"`
}

// Outcomes of commands.
const (
	Issued          = "issued"
	Unchanged       = "unchanged"
	Revoked         = "revoked"
	NothingToRevoke = "nothing_to_revoke"
	Changed         = "changed"
	Attached        = "attached"
	Suspended       = "suspended"
	Unsuspended     = "unsuspended"
	Active          = "active"
	Reconciled      = "reconciled"
	Tested          = "tested"
	Listed          = "listed"
	Failed          = "failed"
)

// licenseKeyProperty is the service property that has the license key; WHMCS keeps some by this
// very name.
const licenseKeyProperty = "License Key"

// command is one of the commands that Run knows.
type command struct {
	run                func(*job) error
	needsService       bool // needs a service
	changes            bool // needs the lock
	syncs              bool // brings the tables together itself
	toleratesAmbiguity bool // goes on where it isn't clear whose a license of Jetpack's module is
}

var commands = map[string]command{
	"create":         {run: (*job).create, needsService: true, changes: true},
	"terminate":      {run: (*job).terminate, needsService: true, changes: true},
	"suspend":        {run: (*job).suspend, needsService: true, changes: true, toleratesAmbiguity: true},
	"unsuspend":      {run: (*job).unsuspend, needsService: true, changes: true, toleratesAmbiguity: true},
	"change-package": {run: (*job).changePackage, needsService: true, changes: true},
	"renew":          {run: (*job).renew, needsService: true},
	"attach":         {run: (*job).attach, needsService: true, changes: true},
	"reconcile":      {run: (*job).reconcile, needsService: true, changes: true, syncs: true},
	"status":         {run: (*job).status, needsService: true},
	"test":           {run: (*job).test},
	"products":       {run: (*job).products},
	"create-table":   {run: (*job).createTable},
	"open":           {run: (*job).openCalls},
}

// Run carries out a command: create, terminate, suspend, unsuspend, change-package, renew, attach,
// reconcile, status, test, products, create-table or open. Errors are in the Reply.
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
	j.mask(d)
	return j.reply
}

// mask takes secrets out of the texts for people: the database and the API may quote what they
// were given.
func (j *job) mask(d Document) {
	hidden := []string{
		string(d.Database.Password),
		string(d.Service.Token),
		string(j.token),
		string(d.Service.Property),
		j.reply.LicenseKey,
		j.reply.Properties[licenseKeyProperty],
	}
	for _, l := range j.records.own {
		hidden = append(hidden, l.LicenseKey)
	}
	for _, t := range j.records.jetpack {
		hidden = append(hidden, t.key)
	}
	// The longest first: one may begin another.
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

// job is one command at work.
type job struct {
	ctx     context.Context
	cfg     Config
	service Service
	store   *store
	api     API
	token   jetpack.Secret // what api was made with
	records records
	adopted bool // a license of Jetpack's module was taken over just now
	reply   Reply
}

func (j *job) withStore(d Database, run func() error) error {
	connector, err := d.connector()
	if err != nil {
		return refuse("database_settings", "WHMCS's database settings can't be used: %v.", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(
		1,
	) // what went wrong with one connection must not go on behind the next one's back
	j.store = &store{
		db:       db,
		now:      j.cfg.Now,
		patience: j.cfg.Patience,
		database: d.Name,
		service:  j.service,
	}
	defer j.store.close()
	return run()
}

// runPrepared runs a command with what it needs: the lock, and a look at what there is.
func (j *job) runPrepared(c command) error {
	if c.changes {
		if err := j.store.lock(j.ctx, j.service.Related, j.cfg.LockWait); err != nil {
			return errNothingSent(err)
		}
	}
	if c.needsService {
		if err := j.load(); err != nil {
			return errNothingSent(err)
		}
	}
	if c.changes && !j.service.HasOrder {
		// Nothing may be taken for order 0, which other customers' services have.
		if len(j.records.own) == 0 {
			return refuse(
				"no_order",
				"WHMCS didn't say which order the service belongs to, so its license can't be found: nothing was sent.",
			)
		}
		j.service.OrderID, j.service.HasOrder = j.records.own[len(j.records.own)-1].orderID, true
		if err := j.load(); err != nil {
			return errNothingSent(err)
		}
	}
	if c.changes && !c.syncs {
		err := j.syncTables()
		if c.toleratesAmbiguity && isAmbiguous(err) {
			j.warn(err.Error(), "") // what was never taken over was never suspended
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return c.run(j)
}

// load reads what there is. Licenses of a service that was moved to another order have their lines
// in Jetpack's table under the old one.
func (j *job) load() (err error) {
	orderID := j.service.OrderID
	if !j.service.HasOrder {
		orderID = -1
	}
	if j.records, err = j.store.load(j.ctx, j.service.Related, orderID); err != nil {
		return err
	}
	var elsewhere []any
	for _, l := range j.records.own {
		if _, there := j.records.mirror(l.LicenseKey); l.LicenseKey != "" && l.orderID != orderID &&
			!there {
			elsewhere = append(elsewhere, l.LicenseKey)
		}
	}
	if len(elsewhere) == 0 {
		return nil
	}
	moved, err := j.store.jetpackRowsByKey(j.ctx, elsewhere)
	for _, t := range moved {
		t.owner = j.service.Related
		j.records.jetpack = append(j.records.jetpack, t)
	}
	return err
}

// warn is told what the staff should know although the command goes on.
func (j *job) warn(text, _ string) { j.reply.Warnings = append(j.reply.Warnings, sentence(text)) }

// client gives the API with the service's token.
func (j *job) client() (API, error) {
	if j.api != nil {
		return j.api, nil
	}
	token := j.service.Token
	if token == "" {
		var err error
		if token, err = j.store.token(j.ctx); err != nil {
			return nil, errNothingSent(err)
		}
	}
	if token == "" {
		return nil, refuse(
			"token_missing",
			"There is no API Token: enter it in the Module Settings of the product.",
		)
	}
	j.token = token
	api, err := j.cfg.NewAPI(token)
	if err != nil {
		return nil, refuse("invalid_token", "The API Token can't be used: %v.", err)
	}
	j.api = api
	return api, nil
}

func (j *job) licenseService(api API) *licensing.Service {
	return &licensing.Service{API: api, Ledger: j.store, Warn: j.warn, Now: j.cfg.Now}
}
