package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"jetpack-start/internal/mysqldb"
)

// mysqlStore is a database on a server, of MySQL 8.0.17 or later or MariaDB 10.2 or later.
type mysqlStore struct {
	where string // for messages: server and database
	db    *sql.DB
}

// session is a connector that sets up each connection.
type session struct{ driver.Connector }

// Connect sets the isolation with a statement because its variable is called otherwise in each of
// the two servers. Under READ COMMITTED a transaction sees the entry that its INSERT ran into, and
// locks no gaps that others want to insert into.
func (s session) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.(driver.ExecerContext).ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func openMySQL(c *mysql.Config, busyFor time.Duration) (*mysqlStore, error) {
	where := "database " + c.DBName + " at " + c.Addr
	c.Params = map[string]string{
		"sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
		// Who waits comes back now and then, to see whether it may go on waiting.
		"innodb_lock_wait_timeout": fmt.Sprint(int(min(5, math.Ceil(busyFor.Seconds())))),
	}
	if err := c.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, errors.New("the server's settings can't be used")
	}
	db := sql.OpenDB(session{connector})
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	db.SetConnMaxIdleTime(time.Minute)
	return &mysqlStore{where: where, db: db}, nil
}

func (s *mysqlStore) close() error      { return s.db.Close() }
func (s *mysqlStore) reader() queryer   { return s.db }
func (s *mysqlStore) forUpdate() string { return " FOR UPDATE" }

func (s *mysqlStore) write(ctx context.Context, f work) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(ctx, tx); err != nil {
		tx.Rollback()
		return err
	}
	if err := tx.Commit(); s.lost(err) {
		return fmt.Errorf("%w whether the ledger was written to: %w", ErrUnsure, err)
	} else {
		return err
	}
}

func (s *mysqlStore) duplicate(err error) bool {
	return mysqldb.Number(err) == mysqldb.DuplicateEntry
}

// busy: the server has undone the transaction, or write does.
func (s *mysqlStore) busy(err error) bool {
	if errors.Is(err, errAgain) {
		return true
	}
	return mysqldb.Busy(err)
}

func (s *mysqlStore) lost(err error) bool { return mysqldb.Lost(err) }

// migrate brings the schema up to date. The lock keeps two processes from doing so at once; where
// a cluster doesn't share it, the statements bear that too.
func (s *mysqlStore) migrate(ctx context.Context) error {
	version, err := s.version(ctx, s.db)
	if err != nil || version == len(mysqlSchema()) {
		return err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, `SELECT GET_LOCK(CONCAT('jetpack-start ', SHA1(DATABASE())), 10)`).Scan(&got); err != nil {
		return err
	}
	defer conn.ExecContext(
		context.WithoutCancel(ctx), `DO RELEASE_LOCK(CONCAT('jetpack-start ', SHA1(DATABASE())))`,
	)
	var collation string
	err = conn.QueryRowContext(ctx, `SELECT COLLATION_NAME FROM information_schema.COLLATIONS
		WHERE COLLATION_NAME IN ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin') LIMIT 1`).Scan(&collation)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf(
			"%s: the server is too old: MariaDB 10.2 or MySQL 8.0.17 is needed", s.where,
		)
	}
	if err == nil {
		version, err = s.version(ctx, conn)
	}
	if err != nil {
		return err
	}
	return s.steps(ctx, conn, version, collation)
}

func (s *mysqlStore) steps(ctx context.Context, conn queryer, version int, collation string) error {
	statements := []string{`CREATE TABLE IF NOT EXISTS jetpack_start_schema
		(id TINYINT NOT NULL PRIMARY KEY, version INT NOT NULL) ENGINE=InnoDB`}
	for _, step := range mysqlSchema()[version:] {
		statements = append(statements, step...)
	}
	// Last: what was broken off before is done once more.
	statements = append(
		statements,
		fmt.Sprintf(`INSERT INTO jetpack_start_schema (id, version) VALUES (1, %d)
		ON DUPLICATE KEY UPDATE version = GREATEST(version, VALUES(version))`, len(mysqlSchema())),
	)
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, strings.ReplaceAll(statement, "{collation}", collation)); err != nil {
			return err
		}
	}
	return nil
}

// version is that of the schema, 0 where there is none.
func (s *mysqlStore) version(ctx context.Context, q queryer) (version int, err error) {
	err = q.QueryRowContext(ctx, `SELECT version FROM jetpack_start_schema WHERE id = 1`).
		Scan(&version)
	switch {
	case errors.Is(err, sql.ErrNoRows), mysqldb.Number(err) == mysqldb.NoSuchTable:
		return 0, nil
	case err != nil:
		return 0, err
	}
	return version, knownVersion(s.where, version, len(mysqlSchema()))
}
