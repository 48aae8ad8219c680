package whmcs

import (
	"context"
	"fmt"
	"time"

	"jetpack-start/ledger"
	"jetpack-start/mysqldb"
)

// addToTheirs gives a license its line in Jetpack's table. Repeated after a broken connection it looks first, because the
// table has nothing unique but its ID.
func (s *store) addToTheirs(ctx context.Context, l line, issued time.Time) error {
	again := false
	return s.record(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		statement, args := `INSERT INTO jetpack_product_licenses (order_id, product_id, license_key, issued_at) VALUES (?, ?, ?, FROM_UNIXTIME(?))`,
			[]any{l.orderID, l.productID, l.LicenseKey, issued.Unix()}
		if again {
			statement = `INSERT INTO jetpack_product_licenses (order_id, product_id, license_key, issued_at) SELECT ?, ?, ?, FROM_UNIXTIME(?)
				FROM (SELECT COUNT(*) AS n FROM jetpack_product_licenses WHERE license_key = ?) AS there WHERE n = 0`
			args = append(args, l.LicenseKey)
		}
		again = true
		_, err := q.ExecContext(ctx, statement, args...)
		return err
	})
}

// revokeTheirs writes into Jetpack's table that a license was revoked. On older servers a TIMESTAMP that is the first of
// its table is set anew by every UPDATE that doesn't name it.
func (s *store) revokeTheirs(ctx context.Context, t theirLine, at time.Time) error {
	return s.record(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		_, err := q.ExecContext(ctx, `UPDATE jetpack_product_licenses SET revoked_at = FROM_UNIXTIME(?), issued_at = issued_at
			WHERE id = ? AND revoked_at IS NULL`, at.Unix(), t.id)
		return err
	})
}

// heldElsewhere says whether Jetpack's table has a license for another order.
func (s *store) heldElsewhere(ctx context.Context, key string, orderID int64) (held bool, err error) {
	err = s.ask(ctx, func(q mysqldb.Queryer) error {
		return q.QueryRowContext(ctx, `SELECT COUNT(*) > 0 FROM jetpack_product_licenses WHERE license_key = ? AND order_id <> ?`, key, orderID).Scan(&held)
	})
	return held, err
}

// adopt takes over a license that Jetpack's module issued.
func (s *store) adopt(ctx context.Context, v Service, t theirLine, product string) (line, error) {
	if len(t.key) > 255 || !ascii(t.key) || len(product) > 200 || !ascii(product) {
		return line{}, fmt.Errorf("%w: line %d of jetpack_product_licenses holds no license key", ledger.ErrInvalid, t.id)
	}
	now := s.now().UTC()
	l, err := s.keep(ctx, t.key, `INSERT INTO jetpack_start_licenses
		(related, order_id, product_id, product, claim, token, state, license_key, settled_by, settled_at, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?)`,
		string(v.Related), t.orderID, t.productID, product, claim(string(v.Related), product), ledger.Done, t.key,
		"issued by Jetpack's module", now, t.issued, now)
	if err == nil && l.Reference != string(v.Related) { // by a command for it that ran at the same time
		err = fmt.Errorf("%w: %s has the license", ledger.ErrState, l.Reference)
	}
	return l, err
}

// keep inserts a line with a license key, which a broken connection may have done already.
func (s *store) keep(ctx context.Context, key, statement string, args ...any) (l line, err error) {
	err = s.record(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		_, err := q.ExecContext(ctx, statement, args...)
		if err != nil && mysqldb.Number(err) != mysqldb.DuplicateEntry {
			return err
		}
		l, err = one(ctx, q, `license_key = ?`, key)
		return err
	})
	return l, err
}

// peer is a service or addon of the same order that has this module.
type peer struct {
	related Related
	// A license of Jetpack's module stands under the product ID that WHMCS passed. For an addon no document says which
	// that is, its service's or its own.
	productIDs []int64
	product    string // the slug that is set for it now
	active     bool   // has been created, by what WHMCS says
}

// peers reads the services and addons of an order that have this module, services first, in the order of their IDs.
func (s *store) peers(ctx context.Context, orderID int64) (all []peer, err error) {
	const statement = `SELECT 0 AS addon, h.id AS id, h.packageid, h.packageid,
			CONVERT(p.configoption2 USING utf8mb4) COLLATE utf8mb4_bin, h.domainstatus IN ('Active', 'Suspended')
		FROM tblhosting h JOIN tblproducts p ON p.id = h.packageid WHERE h.orderid = ? AND p.servertype = 'jetpack'
		UNION ALL
		SELECT 1, a.id, h.packageid, a.addonid,
			COALESCE((SELECT CONVERT(c.value USING utf8mb4) COLLATE utf8mb4_bin FROM tblmodule_configuration c
				WHERE c.entity_type = 'addon' AND c.entity_id = a.addonid AND c.setting_name = 'configoption2' LIMIT 1), ''),
			a.status IN ('Active', 'Suspended')
		FROM tblhostingaddons a JOIN tbladdons d ON d.id = a.addonid JOIN tblhosting h ON h.id = a.hostingid
		WHERE a.orderid = ? AND d.module = 'jetpack' ORDER BY addon, id`
	err = s.ask(ctx, func(q mysqldb.Queryer) error {
		all = nil
		rows, err := q.QueryContext(ctx, statement, orderID, orderID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, pid, other int64
			var addon bool
			var p peer
			if err := rows.Scan(&addon, &id, &pid, &other, &p.product, &p.active); err != nil {
				return err
			}
			p.productIDs = []int64{pid, other}
			if p.related = relatedTo(id, 0); addon {
				p.related = relatedTo(0, id)
			}
			all = append(all, p)
		}
		return rows.Err()
	})
	return all, err
}

// owned says which of the peers have lines of ours, and which licenses those name: in one statement, because commands for
// the peers may take over theirs meanwhile.
func (s *store) owned(ctx context.Context, orderID int64) (all map[Related]bool, keys map[string]bool, err error) {
	err = s.ask(ctx, func(q mysqldb.Queryer) error {
		all, keys = map[Related]bool{}, map[string]bool{}
		rows, err := q.QueryContext(ctx, `SELECT related, COALESCE(license_key, '') FROM jetpack_start_licenses WHERE order_id = ? AND state NOT IN (?, ?)`,
			orderID, ledger.Failed, ledger.Void)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r, key string
			if err := rows.Scan(&r, &key); err != nil {
				return err
			}
			all[Related(r)], keys[key] = true, true
		}
		return rows.Err()
	})
	return all, keys, err
}
