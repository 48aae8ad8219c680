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

// insertMirror gives a license its line in Jetpack's table, which has nothing unique but its ID.
// Where fresh says that nobody else can know of the license it is simply added, as long as the
// lock was never lost: after that another command may have added it, as may this one whose answer
// was lost, so the same statement looks first. The whole table is read for that.
func (s *store) insertMirror(ctx context.Context, e entry, issued time.Time, fresh bool) error {
	return s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		statement, args := `INSERT INTO jetpack_product_licenses (order_id, product_id, license_key, issued_at) VALUES (?, ?, ?, FROM_UNIXTIME(?))`,
			[]any{
				e.orderID,
				e.productID,
				e.LicenseKey,
				issued.Unix(),
			}
		if !fresh || s.unlocked {
			statement = `INSERT INTO jetpack_product_licenses (order_id, product_id, license_key, issued_at) SELECT ?, ?, ?, FROM_UNIXTIME(?)
				FROM (SELECT COUNT(*) AS n FROM jetpack_product_licenses WHERE license_key = ?) AS there WHERE n = 0`
			args = append(args, e.LicenseKey)
		}
		_, err := q.ExecContext(ctx, statement, args...)
		return err
	})
}

// revokeMirror writes into Jetpack's table that a license was revoked. On older servers a
// TIMESTAMP that is the first of its table is set anew by every UPDATE that doesn't name it.
func (s *store) revokeMirror(ctx context.Context, t jetpackRow, at time.Time) error {
	return s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		_, err := q.ExecContext(
			ctx,
			`UPDATE jetpack_product_licenses SET revoked_at = FROM_UNIXTIME(?), issued_at = issued_at
			WHERE id = ? AND revoked_at IS NULL`,
			at.Unix(),
			t.id,
		)
		return err
	})
}

// adopt takes over a license that Jetpack's module issued.
func (s *store) adopt(ctx context.Context, v Service, t jetpackRow, product string) (entry, error) {
	if len(t.key) > 255 || !ascii(t.key) || len(product) > 200 || !ascii(product) {
		return entry{}, fmt.Errorf(
			"%w: line %d of jetpack_product_licenses holds no license key", ledger.ErrInvalid, t.id,
		)
	}
	now := s.now().UTC()
	e, err := s.insertWithKey(
		ctx,
		t.key,
		`INSERT INTO jetpack_start_licenses
		(related, order_id, product_id, product, claim, token, state, license_key, settled_by, settled_at, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?)`,
		string(v.Related),
		t.orderID,
		t.productID,
		product,
		claim(string(v.Related), product),
		ledger.Done,
		t.key,
		"issued by Jetpack's module",
		now,
		t.issued,
		now,
	)
	if err == nil &&
		e.Reference != string(v.Related) { // by a command for it that ran at the same time
		err = fmt.Errorf("%w: %s has the license", ledger.ErrState, e.Reference)
	}
	return e, err
}

// insertWithKey inserts a line with a license key, which a broken connection may have done already.
func (s *store) insertWithKey(ctx context.Context, key, statement string, args ...any) (e entry, err error) {
	err = s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		_, err := q.ExecContext(ctx, statement, args...)
		if err != nil && mysqldb.Number(err) != mysqldb.DuplicateEntry {
			return err
		}
		e, err = queryEntry(ctx, q, `license_key = ?`, key)
		return err
	})
	if errors.Is(err, ledger.ErrNotFound) { // the claim was in the way, not the key
		err = fmt.Errorf(
			"%w: the service has another license for the product, or an open call", ledger.ErrState,
		)
	}
	return e, err
}

// peers reads the services and addons of an order, of whatever module, services first, in the
// order of their IDs, and the keys that our lines give them: what others take over meanwhile is in
// one of the two.
func (s *store) peers(
	ctx context.Context, orderID int64, f records,
) (all []peer, keys map[string]bool, err error) {
	const statement = `SELECT 0 AS addon, h.id AS id, h.packageid, h.packageid,
			CONVERT(p.configoption2 USING utf8mb4) COLLATE utf8mb4_bin, COALESCE(p.servertype = 'jetpack', 0),
			CONVERT(h.domainstatus USING utf8mb4) COLLATE utf8mb4_bin
		FROM tblhosting h LEFT JOIN tblproducts p ON p.id = h.packageid WHERE h.orderid = ?
		UNION ALL
		SELECT 1, a.id, COALESCE(h.packageid, 0), a.addonid,
			(SELECT CONVERT(c.value USING utf8mb4) COLLATE utf8mb4_bin FROM tblmodule_configuration c
				WHERE c.entity_type = 'addon' AND c.entity_id = a.addonid AND c.setting_name = 'configoption2' LIMIT 1),
			COALESCE(d.module = 'jetpack', 0), CONVERT(a.status USING utf8mb4) COLLATE utf8mb4_bin
		FROM tblhostingaddons a LEFT JOIN tbladdons d ON d.id = a.addonid LEFT JOIN tblhosting h ON h.id = a.hostingid
		WHERE a.orderid = ? ORDER BY addon, id`
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		all = nil
		rows, err := q.QueryContext(ctx, statement, orderID, orderID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, pid, other int64
			var addon bool
			var product sql.NullString
			var p peer
			if err := rows.Scan(&addon, &id, &pid, &other, &product, &p.module, &p.status); err != nil {
				return err
			}
			p.productIDs, p.product = []int64{pid, other}, product.String
			if p.related = relatedTo(id, 0); addon {
				p.related = relatedTo(0, id)
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

// settledNone is what the line of a service says of which the operator said that none of its
// order's licenses is its own.
const settledNone = "Reconcile: none of Jetpack's module"

// markTaken marks those of the peers that have a license or an open call of ours, or that the operator
// said to have none of Jetpack's, as long as none was added since. keys are all that our lines
// give to the peers; f says what is revoked in Jetpack's table.
func (s *store) markTaken(ctx context.Context, peers []peer, f records) (keys map[string]bool, err error) {
	keys = map[string]bool{}
	newest := newestID(f.unclaimed())
	if len(peers) == 0 {
		return keys, nil
	}
	var names []any
	for _, p := range peers {
		names = append(names, string(p.related))
	}
	lines, err := s.entries(ctx, `related IN (?`+strings.Repeat(", ?", len(names)-1)+`)`, names...)
	for _, e := range lines {
		if e.LicenseKey != "" {
			keys[e.LicenseKey] = true
		}
		t, there := f.mirror(e.LicenseKey)
		if e.live() && (!there || t.revoked.IsZero()) || e.State.Open() || e.declaredNone(newest) {
			i := slices.IndexFunc(
				peers,
				func(p peer) bool { return p.related == Related(e.Reference) },
			)
			peers[i].taken = true
		}
	}
	return keys, err
}

// countWithoutOrder counts the services and addons that belong to no order, which are many customers':
// imported ones, and those made by hand.
func (s *store) countWithoutOrder(ctx context.Context) (n int64, err error) {
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		return q.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM tblhosting WHERE orderid = 0) + (SELECT COUNT(*) FROM tblhostingaddons WHERE orderid = 0)`).
			Scan(&n)
	})
	return n, err
}

// jetpackRowsByKey reads lines of Jetpack's table by their keys, wherever they stand.
func (s *store) jetpackRowsByKey(ctx context.Context, keys []any) (all []jetpackRow, err error) {
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		all = nil
		rows, err := q.QueryContext(
			ctx,
			`SELECT id, order_id, product_id, license_key, UNIX_TIMESTAMP(issued_at), UNIX_TIMESTAMP(revoked_at)
			FROM jetpack_product_licenses WHERE license_key IN (?`+strings.Repeat(
				", ?", len(keys)-1,
			)+`) ORDER BY id`,
			keys...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			if err := rows.Scan(&r.id, &r.orderID, &r.productID, &r.key, &r.theirIssue, &r.theirRevoke); err != nil {
				return err
			}
			all = append(all, r.jetpackRow())
		}
		return rows.Err()
	})
	return all, err
}

// newestID gives the highest ID.
func newestID(licenses []jetpackRow) (newest int64) {
	for _, t := range licenses {
		newest = max(newest, t.id)
	}
	return newest
}

// insertNone writes that none of an order's licenses of Jetpack's module is the service's, up to the
// one with the ID newest.
func (s *store) insertNone(ctx context.Context, v Service, newest int64) error {
	now := s.now().UTC()
	return s.query(ctx, func(q mysqldb.Queryer) error {
		_, err := q.ExecContext(
			ctx,
			`INSERT INTO jetpack_start_licenses
			(related, order_id, product_id, product, claim, token, state, license_id, settled_by, settled_at, created_at, updated_at) VALUES (?, ?, ?, ?, NULL, '', ?, ?, ?, ?, ?, ?)`,
			string(v.Related),
			v.OrderID,
			v.ProductID,
			cut(v.Product, 200),
			ledger.Void,
			newest,
			settledNone,
			now,
			now,
			now,
		)
		return err
	})
}

// setProductID writes that WHMCS has a license's service under another product ID now.
func (s *store) setProductID(ctx context.Context, e entry, productID int64) error {
	return s.persist(ctx, func(ctx context.Context, q mysqldb.Queryer) error {
		_, err := q.ExecContext(
			ctx, `UPDATE jetpack_start_licenses SET product_id = ?, updated_at = ? WHERE id = ?`,
			productID, s.now().UTC(), e.ID,
		)
		if err == nil {
			_, err = q.ExecContext(
				ctx,
				`UPDATE jetpack_product_licenses SET product_id = ?, issued_at = issued_at WHERE license_key = ?`,
				productID, e.LicenseKey,
			)
		}
		return err
	})
}
