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

// sqliteStore has one connection that writes, because SQLite allows only one writer at a time, and
// several that read.
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
	// busy_timeout is in milliseconds. It is short because retry waits too, and SQLite polls less
	// often the longer it waits.
	const pragmas = "_error_rc=1&_pragma=busy_timeout(100)&_pragma=foreign_keys(1)" +
		"&_pragma=synchronous(FULL)"
	if s.writer, err = openPool(path, pragmas, 1); err != nil {
		return nil, err
	}
	if s.readers, err = openPool(path, pragmas+"&_pragma=query_only(1)", 4); err != nil {
		s.writer.Close()
		return nil, err
	}
	return s, nil
}

// openPool returns a pool of up to the given number of connections to an existing file.
func openPool(path, pragmas string, connections int) (*sql.DB, error) {
	name := filepath.ToSlash(path)
	if !strings.HasPrefix(name, "/") {
		name = "/" + name // on Windows, the path begins with a drive letter
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
	// The last connection to be closed checkpoints and removes the WAL, which needs a connection
	// that may write.
	return errors.Join(s.readers.Close(), s.writer.Close())
}

func (s *sqliteStore) reader() queryer { return s.readers }

// forUpdate returns "", because BEGIN IMMEDIATE locks the whole file.
func (s *sqliteStore) forUpdate() string { return "" }

// write waits for the lock until ctx is done. From then on it ignores ctx, because the outcome of
// an interrupted COMMIT would be unknown.
func (s *sqliteStore) write(ctx context.Context, f txFunc) error {
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
		conn.ExecContext(ctx, "ROLLBACK") // fails if no transaction is open, which is fine
		return err
	}
	return nil
}

func (s *sqliteStore) duplicate(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE ||
		e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func (s *sqliteStore) busy(err error) bool {
	if errors.Is(err, errRaceLost) {
		return true
	}
	switch primaryCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}

func (s *sqliteStore) lost(error) bool { return false }

// primaryCode returns the primary result code of an error of SQLite, which is the low byte of its
// code, or 0 for another error.
func primaryCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// migrate checks the file before it changes anything, so that another program's database stays as
// it is.
func (s *sqliteStore) migrate(ctx context.Context) error {
	version, err := s.version(ctx, s.writer)
	if err != nil {
		return s.explain(err)
	}
	if err := s.useWAL(ctx); err != nil || version == len(sqliteSchema()) {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx queryer) error {
		version, err := s.version(ctx, tx) // another process may have been faster
		if err != nil {
			return s.explain(err)
		}
		for _, step := range sqliteSchema()[version:] {
			for _, statement := range step {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d",
			sqliteApplicationID, len(sqliteSchema())))
		return err
	})
}

// useWAL makes the file use a write-ahead log, if it doesn't yet.
func (s *sqliteStore) useWAL(ctx context.Context) error {
	var mode string
	err := s.writer.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode)
	if err == nil && mode != "wal" {
		err = s.writer.QueryRowContext(ctx, "PRAGMA journal_mode=WAL").Scan(&mode)
	}
	if err == nil && mode != "wal" {
		err = fmt.Errorf("%s: SQLite can't use a write-ahead log there (journal mode %q); "+
			"use a local disk", s.path, mode)
	}
	return s.explain(err)
}

// version returns the version of the file's schema, 0 for an empty file.
func (s *sqliteStore) version(ctx context.Context, q queryer) (version int, err error) {
	var application, tables int
	// A single statement sees the file in one state.
	err = q.QueryRowContext(ctx, `SELECT a.application_id, v.user_version,
			(SELECT COUNT(*) FROM sqlite_schema)
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
	return version, checkVersion(s.path, version, len(sqliteSchema()))
}

// checkVersion returns an error if the schema's version is newer than current. name is the ledger's
// name for the message.
func checkVersion(name string, version, current int) error {
	if version > current {
		return fmt.Errorf("%s was written by a newer jetpack-start (schema %d, this one has %d): "+
			"use that version", name, version, current)
	}
	return nil
}

// explain returns a better text for an error that a user is likely to cause.
func (s *sqliteStore) explain(err error) error {
	if primaryCode(err) == sqlite3.SQLITE_NOTADB {
		return fmt.Errorf("%s is not an SQLite database", s.path)
	}
	return err
}
