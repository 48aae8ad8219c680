package ledger

import (
	"context"
	"database/sql"
	"errors"
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

func (s *sqliteStore) lost(error) bool     { return false }
func (s *sqliteStore) readOnly(error) bool { return false }

// primaryCode returns the primary result code of an error of SQLite, which is the low byte of its
// code, or 0 for another error.
func primaryCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}
