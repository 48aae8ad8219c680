package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/go-sql-driver/mysql"

	"jetpack-start/internal/mysqldb"
)

// mysqlStore is a database on a server, MySQL 8.0.17 or later or MariaDB 10.2 or later.
type mysqlStore struct {
	name string // server and database, for messages
	db   *sql.DB
}

const maxConnections = 8

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
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	db.SetConnMaxIdleTime(time.Minute)
	return &mysqlStore{name: name, db: db}, nil
}

func (s *mysqlStore) close() error      { return s.db.Close() }
func (s *mysqlStore) reader() queryer   { return s.db }
func (s *mysqlStore) forUpdate() string { return " FOR UPDATE" }

func (s *mysqlStore) write(ctx context.Context, f txFunc) error {
	err := s.transaction(ctx, f)
	if s.readOnly(err) {
		// Close the idle connections: a new one may reach the server that took over.
		s.db.SetMaxIdleConns(0)
		s.db.SetMaxIdleConns(maxConnections)
	}
	return err
}

// transaction runs f in a transaction.
func (s *mysqlStore) transaction(ctx context.Context, f txFunc) error {
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

func (s *mysqlStore) lost(err error) bool     { return mysqldb.Lost(err) }
func (s *mysqlStore) readOnly(err error) bool { return mysqldb.ReadOnly(err) }
