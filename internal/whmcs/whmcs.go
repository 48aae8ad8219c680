// Package whmcs implements the commands of the WHMCS module: each takes a JSON document about one
// service or addon and returns a JSON reply. It issues and revokes licenses through the Licensing
// API and keeps them in WHMCS's own database, in a table of its own and in that of Jetpack's
// module.
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

// Reply is the result of a command. Result is what WHMCS expects from a module: "success", or a
// sentence for the staff.
type Reply struct {
	Success   bool   `json:"success"`
	Outcome   string `json:"outcome,omitempty"`
	Result    string `json:"result"`
	ErrorCode string `json:"error_code,omitempty"`
	Retryable bool   `json:"retryable,omitempty"` // the same command may succeed later
	RequestID string `json:"request_id,omitempty"`
	// Warnings are sentences for WHMCS's activity log.
	Warnings []string `json:"warnings,omitempty"`
	// Properties are service properties to save; "" clears one.
	Properties map[string]string `json:"properties,omitempty"`

	LicenseKey  string `json:"license_key,omitempty"`
	Product     string `json:"product,omitempty"`
	ProductName string `json:"product_name,omitempty"`
	State       State  `json:"state,omitempty"`
	Site        string `json:"site,omitempty"`      // where this module attached the license
	Domain      string `json:"domain,omitempty"`    // for people
	AdminURL    string `json:"admin_url,omitempty"` // where the customer enters the key
	IssuedAt    string `json:"issued_at,omitempty"` // RFC 3339
	Note        string `json:"note,omitempty"`      // for the staff: what is open, and what to do

	Products []Product `json:"products,omitempty"`
	Cached   bool      `json:"cached,omitempty"` // the list of products comes from the cache
	Stale    bool      `json:"stale,omitempty"`  // it is too old, but the API didn't answer

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

// licenseKeyProperty is the service property that holds the license key. WHMCS treats some
// properties of this name specially.
const licenseKeyProperty = "License Key"

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

// job is one run of a command.
type job struct {
	ctx     context.Context
	cfg     Config
	service Service
	store   *store
	api     API
	token   jetpack.Secret // the token of api
	records records
	adopted bool // this command has taken over a license of Jetpack's module
	reply   Reply
}

// withStore calls run with the store open.
func (j *job) withStore(d Database, run func() error) error {
	connector, err := d.connector()
	if err != nil {
		return refuse("database_settings", "WHMCS's database settings can't be used: %v.", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1) // the lock belongs to the connection; no second one may bypass it
	j.store = &store{
		db: db, now: j.cfg.Now, patience: j.cfg.Patience, database: d.Name, service: j.service,
	}
	defer j.store.close()
	return run()
}

// runPrepared takes the lock, loads the records and syncs the tables, as far as the command needs
// that, and runs it.
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
		if err := j.inferOrder(); err != nil {
			return err
		}
	}
	if c.changes && !c.syncs {
		err := j.syncTables()
		if c.lenient && isAmbiguous(err) {
			j.warn(err.Error(), "") // a license that was never taken over was never suspended
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return c.run(j)
}

// inferOrder takes the order of the newest license if WHMCS didn't pass one. Order 0 would be that
// of other customers' services.
func (j *job) inferOrder() error {
	own := j.records.own
	if len(own) == 0 {
		return refuse("no_order", "WHMCS didn't say which order the service belongs to, "+
			"so its license can't be found: nothing was sent.")
	}
	j.service.OrderID, j.service.HasOrder = own[len(own)-1].orderID, true
	return errNothingSent(j.load())
}

// load reads the records. The licenses of a service that was moved to another order have their
// rows in Jetpack's table under the old order.
func (j *job) load() (err error) {
	orderID := j.service.OrderID
	if !j.service.HasOrder {
		orderID = -1
	}
	if j.records, err = j.store.load(j.ctx, j.service.Related, orderID); err != nil {
		return err
	}
	var elsewhere []any
	for _, e := range j.records.own {
		_, mirrored := j.records.mirror(e.LicenseKey)
		if e.LicenseKey != "" && e.orderID != orderID && !mirrored {
			elsewhere = append(elsewhere, e.LicenseKey)
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

// warn adds a sentence for the activity log. It ignores the hint, which is for the command line.
func (j *job) warn(text, _ string) { j.reply.Warnings = append(j.reply.Warnings, sentence(text)) }

// client returns the API for the service's token.
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
		return nil, refuse("token_missing",
			"There is no API Token: enter it in the Module Settings of the product.")
	}
	j.token = token
	api, err := j.cfg.NewAPI(token)
	if err != nil {
		return nil, refuse("invalid_token", "The API Token can't be used: %v.", err)
	}
	j.api = api
	return api, nil
}

// licenseService returns a licensing.Service whose ledger is the store.
func (j *job) licenseService(api API) *licensing.Service {
	return &licensing.Service{API: api, Ledger: j.store, Warn: j.warn, Now: j.cfg.Now}
}
