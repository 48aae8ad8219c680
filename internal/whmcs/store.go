package whmcs

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/mysqldb"
)

// store is WHMCS's database. It serves one command, on one connection, because the lock belongs to
// the connection.
type store struct {
	db       *sql.DB
	conn     *sql.Conn
	now      func() time.Time
	patience time.Duration // how long to try to write an outcome
	database string
	service  Service // the owner of the entries that Begin makes
	unlocked bool    // a connection ended and with it the lock: another command may be running
}

// connection returns the connection, or a new one if the last one ended.
func (s *store) connection(ctx context.Context) (mysqldb.Queryer, error) {
	if s.conn == nil {
		conn, err := s.db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		s.conn = conn
	}
	return s.conn, nil
}

// dropConnection closes a connection that ended. Its lock is lost.
func (s *store) dropConnection() {
	if s.conn != nil {
		s.conn.Close()
		s.conn, s.unlocked = nil, true
	}
}

func (s *store) close() {
	s.dropConnection()
	s.db.Close()
}

// connectionLost reports whether err is that the connection ended.
func connectionLost(err error) bool { return mysqldb.Lost(err) || errors.Is(err, sql.ErrConnDone) }

// query runs f, and once more after creating the tables if they are missing. It doesn't replace a
// connection that ended, because the lock is lost with it.
func (s *store) query(ctx context.Context, f func(q mysqldb.Queryer) error) error {
	q, err := s.connection(ctx)
	if err != nil {
		return err
	}
	if err = f(q); mysqldb.Number(err) != mysqldb.NoSuchTable {
		return err
	}
	if err := s.createTables(ctx); err != nil {
		return err
	}
	return f(q)
}

// persist runs f, which writes what has already happened. It ignores the end of ctx, and repeats f
// on a new connection, for as long as s.patience, if the connection breaks. f must have the same
// effect if it runs twice.
func (s *store) persist(
	ctx context.Context, f func(ctx context.Context, q mysqldb.Queryer) error,
) error {
	ctx = context.WithoutCancel(ctx)
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, time.Second
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		q, err := s.connection(ctx)
		if err == nil {
			err = f(ctx, q)
		}
		switch {
		case connectionLost(err):
			s.dropConnection()
		case mysqldb.ReadOnly(err): // a new connection may reach the server that took over
			s.dropConnection()
		case err != nil && !mysqldb.Busy(err):
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(s.patience))
	return err
}

// createTables creates the tables that are missing. The server may forbid that to WHMCS's user.
func (s *store) createTables(ctx context.Context) error {
	q, err := s.connection(ctx)
	for i := 0; err == nil && i < len(schema); i++ {
		_, err = q.ExecContext(ctx, schema[i])
	}
	if err != nil && !connectionLost(err) {
		return fmt.Errorf("the tables can't be created: %w", err)
	}
	return err
}

// errLocked is the error of lock if another command held the lock all the time.
var errLocked = errors.New("another command for it is still running")

// lock waits until no other command runs for the service or addon, for as long as wait, in whole
// seconds and at least one. The lock ends with the connection.
func (s *store) lock(ctx context.Context, r Related, wait time.Duration) error {
	q, err := s.connection(ctx)
	if err != nil {
		return err
	}
	// All databases of a server share the names of locks, which have at most 64 characters.
	sum := sha256.Sum256([]byte(s.database + "\x00" + string(r)))
	name := "jetpack-start " + hex.EncodeToString(sum[:20])
	var got sql.NullInt64
	result := q.QueryRowContext(ctx, `SELECT GET_LOCK(?, ?)`, name, int64(max(1, wait.Seconds())))
	err = result.Scan(&got)
	if err == nil && got.Int64 != 1 {
		err = errLocked
	}
	return err
}

// load reads both tables in one statement. It compares the keys as ASCII, whatever Jetpack's table
// holds them in, so that the index of our table is used. Many services share order 0: of its rows
// load returns those that may be the service's.
func (s *store) load(ctx context.Context, r Related, orderID int64) (f records, err error) {
	const statement = `SELECT id, related, order_id, product_id, product, state,
			CONVERT(license_key USING utf8mb4) COLLATE utf8mb4_bin AS license_key, license_id, site,
			suspended_at, request_id, error_code, error_message, settled_by, settled_at, created_at,
			updated_at, revoked_at, NULL AS jetpack_issued, NULL AS jetpack_revoked, 0 AS is_jetpack
		FROM jetpack_start_licenses WHERE related = ?
		UNION ALL
		SELECT t.id, COALESCE(o.related, ''), t.order_id, t.product_id, '', '',
			CONVERT(t.license_key USING utf8mb4) COLLATE utf8mb4_bin, 0, '',
			NULL, '', '', NULL, '', NULL, NULL,
			NULL, NULL, UNIX_TIMESTAMP(t.issued_at), UNIX_TIMESTAMP(t.revoked_at), 1
		FROM jetpack_product_licenses t
		LEFT JOIN jetpack_start_licenses o
			ON o.license_key = CONVERT(t.license_key USING ascii) COLLATE ascii_bin
		WHERE t.order_id = ? AND (t.order_id <> 0 OR o.related = ? OR
			o.id IS NULL AND t.revoked_at IS NULL) ORDER BY is_jetpack, id`
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		f = records{}
		rows, err := q.QueryContext(ctx, statement, string(r), orderID, string(r))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			isJetpack := false
			places := append(r.places(), &r.jetpackIssued, &r.jetpackRevoked, &isJetpack)
			if err := rows.Scan(places...); err != nil {
				return err
			}
			if isJetpack {
				f.jetpack = append(f.jetpack, r.jetpackRow())
			} else {
				f.own = append(f.own, r.entry())
			}
		}
		return rows.Err()
	})
	return f, err
}

// queryEntry reads one entry. It returns ledger.ErrNotFound if there is none.
func queryEntry(
	ctx context.Context, q mysqldb.Queryer, where string, args ...any,
) (entry, error) {
	var r row
	statement := `SELECT ` + columns + ` FROM jetpack_start_licenses WHERE ` + where
	err := q.QueryRowContext(ctx, statement, args...).Scan(r.places()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ledger.ErrNotFound
	}
	return r.entry(), err
}
