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

// mysqlStore is a database on a server, MySQL 8.0.17 or later or MariaDB 10.2 or later.
type mysqlStore struct {
	name string // server and database, for messages
	db   *sql.DB
}

// sessionConnector is a connector that sets up each new connection.
type sessionConnector struct{ driver.Connector }

// Connect opens a connection and sets its isolation level. It uses a statement for that, because
// the name of the variable differs between the two servers. Under READ COMMITTED, a transaction
// sees the entry that its INSERT conflicted with, and locks no gaps into which others may insert.
func (s sessionConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	const statement = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
	if _, err := c.(driver.ExecerContext).ExecContext(ctx, statement, nil); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func openMySQL(c *mysql.Config, busyFor time.Duration) (*mysqlStore, error) {
	name := "database " + c.DBName + " at " + c.Addr
	c.Params = map[string]string{
		"sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
		// In seconds. Short, so that retry can check its deadline and the context.
		"innodb_lock_wait_timeout": fmt.Sprint(int(min(5, math.Ceil(busyFor.Seconds())))),
	}
	if err := c.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, errors.New("the server's settings can't be used")
	}
	db := sql.OpenDB(sessionConnector{connector})
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	db.SetConnMaxIdleTime(time.Minute)
	return &mysqlStore{name: name, db: db}, nil
}

func (s *mysqlStore) close() error      { return s.db.Close() }
func (s *mysqlStore) reader() queryer   { return s.db }
func (s *mysqlStore) forUpdate() string { return " FOR UPDATE" }

func (s *mysqlStore) write(ctx context.Context, f txFunc) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(ctx, tx); err != nil {
		tx.Rollback()
		return err
	}
	err = tx.Commit()
	if s.lost(err) {
		return fmt.Errorf("%w whether the ledger was written to: %w", ErrUnsure, err)
	}
	return err
}

func (s *mysqlStore) duplicate(err error) bool {
	return mysqldb.Number(err) == mysqldb.DuplicateEntry
}

// busy implements store: the server, or else write, has rolled the transaction back.
func (s *mysqlStore) busy(err error) bool {
	return errors.Is(err, errRaceLost) || mysqldb.Busy(err)
}

func (s *mysqlStore) lost(err error) bool { return mysqldb.Lost(err) }

// migrate holds a lock so that only one process changes the schema. The nodes of a cluster may not
// share that lock, so the statements also work if several processes run them.
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
	const lock = `CONCAT('jetpack-start ', SHA1(DATABASE()))`
	var got sql.NullInt64
	err = conn.QueryRowContext(ctx, `SELECT GET_LOCK(`+lock+`, 10)`).Scan(&got)
	if err != nil {
		return err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `DO RELEASE_LOCK(`+lock+`)`)
	var collation string
	err = conn.QueryRowContext(ctx, `SELECT COLLATION_NAME FROM information_schema.COLLATIONS
		WHERE COLLATION_NAME IN ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin') LIMIT 1`).
		Scan(&collation)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s: the server is too old: the ledger needs MariaDB 10.2 or MySQL 8.0.17",
			s.name)
	}
	if err == nil {
		version, err = s.version(ctx, conn)
	}
	if err != nil {
		return err
	}
	return s.upgrade(ctx, conn, version, collation)
}

// upgrade runs the statements that lead from version to the current schema.
func (s *mysqlStore) upgrade(
	ctx context.Context, conn queryer, version int, collation string,
) error {
	statements := []string{`CREATE TABLE IF NOT EXISTS jetpack_start_schema
		(id TINYINT NOT NULL PRIMARY KEY, version INT NOT NULL) ENGINE=InnoDB`}
	for _, step := range mysqlSchema()[version:] {
		statements = append(statements, step...)
	}
	// The version comes last, so that an upgrade that was interrupted is run again.
	statements = append(statements, fmt.Sprintf(
		`INSERT INTO jetpack_start_schema (id, version) VALUES (1, %d)
		ON DUPLICATE KEY UPDATE version = GREATEST(version, VALUES(version))`, len(mysqlSchema())))
	for _, statement := range statements {
		statement = strings.ReplaceAll(statement, "{collation}", collation)
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// version returns the version of the database's schema, 0 if it has none.
func (s *mysqlStore) version(ctx context.Context, q queryer) (version int, err error) {
	err = q.QueryRowContext(ctx, `SELECT version FROM jetpack_start_schema WHERE id = 1`).
		Scan(&version)
	switch {
	case errors.Is(err, sql.ErrNoRows), mysqldb.Number(err) == mysqldb.NoSuchTable:
		return 0, nil
	case err != nil:
		return 0, err
	}
	return version, checkVersion(s.name, version, len(mysqlSchema()))
}
