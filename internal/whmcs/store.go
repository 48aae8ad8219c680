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

// store is WHMCS's database. It is one command's, and works on one connection, because the lock
// belongs to that.
type store struct {
	db   *sql.DB
	conn *sql.Conn
	now  func() time.Time
	// patience is for how long an outcome is tried to be written to a database that went away.
	patience time.Duration
	database string
	service  Service // whose lines Begin makes
	unlocked bool    // a connection ended, and the lock with it: another command may be at work
}

// connection gives the connection, a new one where the last one ended.
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

// dropConnection gives up a connection that ended, and its lock with it.
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

func connectionLost(err error) bool { return mysqldb.Lost(err) || errors.Is(err, sql.ErrConnDone) }

// query runs what only reads, and makes the tables where they turn out to be missing. A connection
// that ended isn't replaced here: the lock went with it.
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

// persist writes down what has happened already. So it goes on when ctx ends, and when the
// connection breaks: f does no harm when it is repeated.
func (s *store) persist(
	ctx context.Context,
	f func(ctx context.Context, q mysqldb.Queryer) error,
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
		case mysqldb.ReadOnly(err): // until the pool's next connection leads to the server that took over
			s.dropConnection()
		case err != nil && !mysqldb.Busy(err):
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(s.patience))
	return err
}

// createTables makes what is missing of the tables. MySQL may have been told to keep WHMCS from
// that.
func (s *store) createTables(ctx context.Context) error {
	q, err := s.connection(ctx)
	for i := 0; err == nil && i < len(schema); i++ {
		_, err = q.ExecContext(ctx, schema[i])
	}
	if err != nil && !connectionLost(err) {
		return fmt.Errorf("the tables can't be made: %w", err)
	}
	return err
}

// errLocked says that another command for the same service or addon took all the time there was.
var errLocked = errors.New("another command for it is still at work")

// lock waits until no other command works on the service or addon. The lock ends with the
// connection: when the command is done, or killed.
func (s *store) lock(ctx context.Context, r Related, wait time.Duration) error {
	q, err := s.connection(ctx)
	if err != nil {
		return err
	}
	// A server has one space for the names of all its databases' locks, of 64 characters.
	sum := sha256.Sum256([]byte(s.database + "\x00" + string(r)))
	var got sql.NullInt64
	err = q.QueryRowContext(ctx, `SELECT GET_LOCK(?, ?)`, "jetpack-start "+hex.EncodeToString(sum[:20]), int64(max(1, wait.Seconds()))).
		Scan(&got)
	if err == nil && got.Int64 != 1 {
		err = errLocked
	}
	return err
}

// load reads what both tables say, in one statement. The keys are compared as ASCII, whatever
// Jetpack's table holds them in, so that the index on ours serves. Order 0 is that of all services
// without one: of those only what may be the service's.
func (s *store) load(ctx context.Context, r Related, orderID int64) (f records, err error) {
	const statement = `SELECT id, related, order_id, product_id, product, state,
			CONVERT(license_key USING utf8mb4) COLLATE utf8mb4_bin AS license_key, license_id, site, suspended_at,
			request_id, error_code, error_message, settled_by, settled_at, created_at, updated_at, revoked_at,
			NULL AS their_issued, NULL AS their_revoked, 0 AS theirs
		FROM jetpack_start_licenses WHERE related = ?
		UNION ALL
		SELECT t.id, COALESCE(o.related, ''), t.order_id, t.product_id, '', '',
			CONVERT(t.license_key USING utf8mb4) COLLATE utf8mb4_bin, 0, '', NULL,
			'', '', NULL, '', NULL, NULL, NULL, NULL, UNIX_TIMESTAMP(t.issued_at), UNIX_TIMESTAMP(t.revoked_at), 1
		FROM jetpack_product_licenses t
		LEFT JOIN jetpack_start_licenses o ON o.license_key = CONVERT(t.license_key USING ascii) COLLATE ascii_bin
		WHERE t.order_id = ? AND (t.order_id <> 0 OR o.related = ? OR o.id IS NULL AND t.revoked_at IS NULL) ORDER BY theirs, id`
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		f = records{}
		rows, err := q.QueryContext(ctx, statement, string(r), orderID, string(r))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r row
			theirs := false
			if err := rows.Scan(append(r.places(), &r.theirIssue, &r.theirRevoke, &theirs)...); err != nil {
				return err
			}
			if theirs {
				f.jetpack = append(f.jetpack, r.jetpackRow())
			} else {
				f.own = append(f.own, r.entry())
			}
		}
		return rows.Err()
	})
	return f, err
}

// queryEntry reads one line of ours; ledger.ErrNotFound where there is none.
func queryEntry(ctx context.Context, q mysqldb.Queryer, where string, args ...any) (entry, error) {
	var r row
	err := q.QueryRowContext(ctx, `SELECT `+columns+` FROM jetpack_start_licenses WHERE `+where, args...).
		Scan(r.places()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ledger.ErrNotFound
	}
	return r.entry(), err
}
