package whmcs

import (
	"context"
	"database/sql"

	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

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
