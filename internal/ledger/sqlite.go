package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteStore has one connection that writes, because SQLite lets only one write at a time anyway,
// and some that read.
type sqliteStore struct {
	path            string
	writer, readers *sql.DB
}

func openSQLite(path string) (*sqliteStore, error) {
	path, err := prepareFile(path)
	if err != nil {
		return nil, err
	}
	s := &sqliteStore{path: path}
	// busy_timeout is short because patiently waits on: SQLite's own waiting gets slower the longer
	// it takes, and ours stays eager.
	const pragmas = "_error_rc=1&_pragma=busy_timeout(100)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"
	if s.writer, err = openPool(path, pragmas, 1); err != nil {
		return nil, err
	}
	if s.readers, err = openPool(path, pragmas+"&_pragma=query_only(1)", 4); err != nil {
		s.writer.Close()
		return nil, err
	}
	return s, nil
}

func openPool(path, pragmas string, connections int) (*sql.DB, error) {
	name := filepath.ToSlash(path)
	if !strings.HasPrefix(name, "/") {
		name = "/" + name // a drive's letter
	}
	u := url.URL{Scheme: "file", Path: name, RawQuery: pragmas + "&mode=rw"}
	c, err := sqlite.NewConnector(u.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

func (s *sqliteStore) close() error {
	// The last connection to close empties the WAL and removes it, and only one that may write can.
	return errors.Join(s.readers.Close(), s.writer.Close())
}

func (s *sqliteStore) reader() queryer   { return s.readers }
func (s *sqliteStore) forUpdate() string { return "" } // BEGIN IMMEDIATE has locked all of it

// write waits for its turn as long as ctx lasts. From then on it goes through: the outcome of a
// COMMIT that was broken off nobody would know.
func (s *sqliteStore) write(ctx context.Context, f work) error {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE")
	ctx = context.WithoutCancel(ctx)
	if err == nil {
		err = f(ctx, conn)
	}
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		// Fails where there is nothing to undo, which is as good.
		conn.ExecContext(ctx, "ROLLBACK")
		return err
	}
	return nil
}

func (s *sqliteStore) duplicate(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) &&
		(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func (s *sqliteStore) busy(err error) bool {
	if errors.Is(err, errAgain) {
		return true
	}
	switch primaryCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}

func (s *sqliteStore) lost(error) bool { return false }

// primaryCode is the first byte of SQLite's result code, which says of what sort an error is; 0
// for other errors.
func primaryCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// migrate looks before it touches: a database of another program stays as it is.
func (s *sqliteStore) migrate(ctx context.Context) error {
	steps := sqliteSchema()
	version, err := s.version(ctx, s.writer)
	if err != nil {
		return s.explain(err)
	}
	var mode string
	err = s.writer.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode)
	if err == nil && mode != "wal" {
		err = s.writer.QueryRowContext(ctx, "PRAGMA journal_mode=WAL").Scan(&mode)
	}
	switch {
	case err != nil:
		return s.explain(err)
	case mode != "wal":
		return fmt.Errorf(
			"%s: SQLite can't keep a write-ahead log there (journal mode %q); use a local disk",
			s.path, mode,
		)
	case version == len(steps):
		return nil
	}
	return s.write(ctx, func(ctx context.Context, tx queryer) error {
		version, err := s.version(ctx, tx) // another process may have been faster
		if err != nil {
			return s.explain(err)
		}
		for _, step := range steps[version:] {
			for _, statement := range step {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
		}
		_, err = tx.ExecContext(
			ctx,
			fmt.Sprintf(
				"PRAGMA application_id=%d; PRAGMA user_version=%d", sqliteApplicationID, len(steps),
			),
		)
		return err
	})
}

// version is that of the file's schema, 0 for an empty file.
func (s *sqliteStore) version(ctx context.Context, q queryer) (version int, err error) {
	var application, tables int
	// One statement, so that it sees the file at one moment.
	err = q.QueryRowContext(ctx, `SELECT a.application_id, v.user_version, (SELECT COUNT(*) FROM sqlite_schema)
		FROM pragma_application_id AS a, pragma_user_version AS v`).
		Scan(&application, &version, &tables)
	switch {
	case err != nil:
		return 0, err
	case application == 0 && version == 0 && tables == 0:
		return 0, nil
	case application != sqliteApplicationID:
		return 0, fmt.Errorf("%s is the database of another program", s.path)
	}
	return version, knownVersion(s.path, version, len(sqliteSchema()))
}

func knownVersion(where string, version, known int) error {
	if version > known {
		return fmt.Errorf(
			"%s was written by a newer jetpack-start (schema %d, this one knows %d): use that one",
			where, version, known,
		)
	}
	return nil
}

func (s *sqliteStore) explain(err error) error {
	if primaryCode(err) == sqlite3.SQLITE_NOTADB {
		return fmt.Errorf("%s is not an SQLite database", s.path)
	}
	return err
}
