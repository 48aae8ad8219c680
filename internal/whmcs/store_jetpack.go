package whmcs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/mysqldb"
)

// insertMirror adds a license to Jetpack's table, in which only the ID is unique. If fresh is set,
// no other command can know the license, and it is simply added, as long as the lock was never
// lost. Otherwise another command, or this one before its connection broke, may have added it: the
// statement then looks first, which reads the whole table.
func (s *store) insertMirror(ctx context.Context, e entry, issued time.Time, fresh bool) error {
	return s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		statement := `INSERT INTO jetpack_product_licenses
			(order_id, product_id, license_key, issued_at) VALUES (?, ?, ?, FROM_UNIXTIME(?))`
		args := []any{e.orderID, e.productID, e.LicenseKey, issued.Unix()}
		if !fresh || s.unlocked {
			statement = `INSERT INTO jetpack_product_licenses
				(order_id, product_id, license_key, issued_at) SELECT ?, ?, ?, FROM_UNIXTIME(?)
				FROM (SELECT COUNT(*) AS n FROM jetpack_product_licenses WHERE license_key = ?)
				AS there WHERE n = 0`
			args = append(args, e.LicenseKey)
		}
		_, err := q.ExecContext(ctx, statement, args...)
		return err
	})
}

// revokeMirror records in Jetpack's table that a license was revoked. It sets issued_at to itself,
// because older servers update the first TIMESTAMP of a table in every UPDATE that doesn't set it.
func (s *store) revokeMirror(ctx context.Context, t jetpackRow, at time.Time) error {
	return s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		_, err := q.ExecContext(ctx, `UPDATE jetpack_product_licenses
			SET revoked_at = FROM_UNIXTIME(?), issued_at = issued_at
			WHERE id = ? AND revoked_at IS NULL`, at.Unix(), t.id)
		return err
	})
}

// adopt takes over a license that Jetpack's module issued. It returns ledger.ErrState if another
// service or addon has it, or if the service has another license.
func (s *store) adopt(ctx context.Context, v Service, t jetpackRow, product string) (entry, error) {
	if len(t.key) > 255 || !ascii(t.key) || len(product) > 200 || !ascii(product) {
		return entry{}, fmt.Errorf(
			"%w: row %d of jetpack_product_licenses holds no license key", ledger.ErrInvalid, t.id)
	}
	now := s.now().UTC()
	e, err := s.insertWithKey(ctx, t.key, `INSERT INTO jetpack_start_licenses
		(related, order_id, product_id, product, claim, token, state, license_key, settled_by,
			settled_at, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?)`,
		string(v.Related), t.orderID, t.productID, product, claim(string(v.Related), product),
		ledger.Done, t.key, "issued by Jetpack's module", now, t.issued, now)
	if err == nil && e.Reference != string(v.Related) { // by its command, at the same time
		err = fmt.Errorf("%w: %s has the license", ledger.ErrState, e.Reference)
	}
	return e, err
}

// insertWithKey inserts an entry with a license key and returns it. If the key is there already,
// which may be because a connection broke, it returns that entry.
func (s *store) insertWithKey(
	ctx context.Context, key, statement string, args ...any,
) (e entry, err error) {
	err = s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		_, err := q.ExecContext(ctx, statement, args...)
		if err != nil && mysqldb.Number(err) != mysqldb.DuplicateEntry {
			return err
		}
		e, err = queryEntry(ctx, q, `license_key = ?`, key)
		return err
	})
	if errors.Is(err, ledger.ErrNotFound) { // the duplicate was the claim, not the key
		err = fmt.Errorf("%w: the service has another license for the product, or an open call",
			ledger.ErrState)
	}
	return e, err
}

// peers reads the services and addons of an order, of any module: services first, in the order of
// their IDs. Then it reads the keys of their entries, which include what their commands have taken
// over since f was read.
func (s *store) peers(
	ctx context.Context, orderID int64, f records,
) (all []peer, keys map[string]bool, err error) {
	const statement = `SELECT 0 AS addon, h.id AS id, h.packageid, h.packageid,
			CONVERT(p.configoption2 USING utf8mb4) COLLATE utf8mb4_bin,
			COALESCE(p.servertype = 'jetpack', 0),
			CONVERT(h.domainstatus USING utf8mb4) COLLATE utf8mb4_bin
		FROM tblhosting h LEFT JOIN tblproducts p ON p.id = h.packageid WHERE h.orderid = ?
		UNION ALL
		SELECT 1, a.id, COALESCE(h.packageid, 0), a.addonid,
			(SELECT CONVERT(c.value USING utf8mb4) COLLATE utf8mb4_bin
				FROM tblmodule_configuration c WHERE c.entity_type = 'addon'
				AND c.entity_id = a.addonid AND c.setting_name = 'configoption2' LIMIT 1),
			COALESCE(d.module = 'jetpack', 0),
			CONVERT(a.status USING utf8mb4) COLLATE utf8mb4_bin
		FROM tblhostingaddons a LEFT JOIN tbladdons d ON d.id = a.addonid
			LEFT JOIN tblhosting h ON h.id = a.hostingid
		WHERE a.orderid = ? ORDER BY addon, id`
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		all = nil
		rows, err := q.QueryContext(ctx, statement, orderID, orderID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			p, err := scanPeer(rows)
			if err != nil {
				return err
			}
			all = append(all, p)
		}
		return rows.Err()
	})
	if err == nil {
		keys, err = s.markTaken(ctx, all, f)
	}
	return all, keys, err
}

func scanPeer(rows *sql.Rows) (p peer, err error) {
	var id, service, own int64
	var addon bool
	var product sql.NullString
	err = rows.Scan(&addon, &id, &service, &own, &product, &p.module, &p.status)
	p.productIDs, p.product = []int64{service, own}, product.String
	if p.related = relatedTo(id, 0); addon {
		p.related = relatedTo(0, id)
	}
	return p, err
}

// settledNone is the value of settled_by in the entry that insertNone inserts.
const settledNone = "Reconcile: none of Jetpack's module"

// markTaken sets taken for the peers that have a license or an open call of ours, and for those
// that the operator declared to have none of Jetpack's licenses, unless one was added since. It
// returns the license keys of all their entries. f tells what is revoked in Jetpack's table.
func (s *store) markTaken(
	ctx context.Context, peers []peer, f records,
) (keys map[string]bool, err error) {
	keys = map[string]bool{}
	newest := newestID(f.unclaimed())
	if len(peers) == 0 {
		return keys, nil
	}
	var names []any
	for _, p := range peers {
		names = append(names, string(p.related))
	}
	all, err := s.entries(ctx, `related IN (?`+strings.Repeat(", ?", len(names)-1)+`)`, names...)
	for _, e := range all {
		if e.LicenseKey != "" {
			keys[e.LicenseKey] = true
		}
		t, there := f.mirror(e.LicenseKey)
		if e.live() && (!there || t.revoked.IsZero()) || e.State.Open() || e.declaredNone(newest) {
			isOwner := func(p peer) bool { return p.related == Related(e.Reference) }
			peers[slices.IndexFunc(peers, isOwner)].taken = true
		}
	}
	return keys, err
}

// countWithoutOrder counts the services and addons that belong to no order: imported ones, and
// those that were created by hand. They are many customers'.
func (s *store) countWithoutOrder(ctx context.Context) (n int64, err error) {
	const statement = `SELECT (SELECT COUNT(*) FROM tblhosting WHERE orderid = 0) +
		(SELECT COUNT(*) FROM tblhostingaddons WHERE orderid = 0)`
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		return q.QueryRowContext(ctx, statement).Scan(&n)
	})
	return n, err
}

// jetpackRowsByKey reads rows of Jetpack's table by their license keys, whatever their order.
func (s *store) jetpackRowsByKey(ctx context.Context, keys []any) (all []jetpackRow, err error) {
	statement := `SELECT id, order_id, product_id, license_key, UNIX_TIMESTAMP(issued_at),
			UNIX_TIMESTAMP(revoked_at)
		FROM jetpack_product_licenses
		WHERE license_key IN (?` + strings.Repeat(", ?", len(keys)-1) + `) ORDER BY id`
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		all = nil
		rows, err := q.QueryContext(ctx, statement, keys...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			err := rows.Scan(&r.id, &r.orderID, &r.productID, &r.key, &r.jetpackIssued,
				&r.jetpackRevoked)
			if err != nil {
				return err
			}
			all = append(all, r.jetpackRow())
		}
		return rows.Err()
	})
	return all, err
}

// newestID returns the highest ID, and 0 if there are no licenses.
func newestID(licenses []jetpackRow) (newest int64) {
	for _, t := range licenses {
		newest = max(newest, t.id)
	}
	return newest
}

// insertNone records that none of the order's licenses of Jetpack's module is the service's, up to
// the one with the ID newest.
func (s *store) insertNone(ctx context.Context, v Service, newest int64) error {
	now := s.now().UTC()
	return s.query(ctx, func(q mysqldb.Queryer) error {
		_, err := q.ExecContext(ctx, `INSERT INTO jetpack_start_licenses
			(related, order_id, product_id, product, claim, token, state, license_id, settled_by,
				settled_at, created_at, updated_at)
			VALUES (?, ?, ?, ?, NULL, '', ?, ?, ?, ?, ?, ?)`,
			string(v.Related), v.OrderID, v.ProductID, cut(v.Product, 200), ledger.Void, newest,
			settledNone, now, now, now)
		return err
	})
}

// setProductID records in both tables that a license's service has another product ID now.
func (s *store) setProductID(ctx context.Context, e entry, productID int64) error {
	return s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		_, err := q.ExecContext(ctx, `UPDATE jetpack_start_licenses
			SET product_id = ?, updated_at = ? WHERE id = ?`, productID, s.now().UTC(), e.ID)
		if err == nil {
			_, err = q.ExecContext(ctx, `UPDATE jetpack_product_licenses
				SET product_id = ?, issued_at = issued_at WHERE license_key = ?`,
				productID, e.LicenseKey)
		}
		return err
	})
}
