package ledger

import (
	"context"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteApplicationID is "jps1" in the file's header. It keeps the database of another program
// from being used as a ledger.
const sqliteApplicationID = 0x6a707331

// sqliteSchema returns the statements that lead from each version of the schema to the next. The
// first ones lead from an empty file to version 1. Statements that were released must not be
// changed; a change of the schema is a new version.
func sqliteSchema() [][]string {
	return [][]string{{
		`CREATE TABLE jetpack_start_entries (
			id INTEGER PRIMARY KEY AUTOINCREMENT, -- an ID is never used again
			kind TEXT NOT NULL,
			product TEXT NOT NULL,
			reference TEXT NOT NULL,
			site TEXT NOT NULL,
			site_key TEXT NOT NULL,
			state TEXT NOT NULL,
			claim TEXT,
			token TEXT NOT NULL,
			license_key TEXT NOT NULL DEFAULT '',
			license_id INTEGER NOT NULL DEFAULT 0,
			blog_id INTEGER NOT NULL DEFAULT 0,
			key_id INTEGER NOT NULL DEFAULT 0,
			request_id TEXT NOT NULL DEFAULT '',
			detail TEXT NOT NULL DEFAULT '',
			error_code TEXT NOT NULL DEFAULT '',
			error_message TEXT NOT NULL DEFAULT '',
			settled_by TEXT NOT NULL DEFAULT '',
			settled_at INTEGER,
			created_at INTEGER NOT NULL,
			updated_at INTEGER NOT NULL,
			revoked_at INTEGER
		) STRICT`,
		`CREATE UNIQUE INDEX jetpack_start_entries_claim ON jetpack_start_entries (claim)`,
		// Each index ends with the row's ID, so the entries of one reference are in order.
		`CREATE INDEX jetpack_start_entries_reference ON jetpack_start_entries (reference)
			WHERE reference <> ''`,
		`CREATE INDEX jetpack_start_entries_license_key ON jetpack_start_entries (license_key)
			WHERE license_key <> ''`,
		`CREATE INDEX jetpack_start_entries_site_key ON jetpack_start_entries (site_key)
			WHERE site_key <> ''`,
		`CREATE INDEX jetpack_start_entries_state ON jetpack_start_entries (state)`,
		`CREATE TABLE jetpack_start_sites (
			site_key TEXT PRIMARY KEY,
			url TEXT NOT NULL,
			blog_id INTEGER NOT NULL UNIQUE,
			confirmed INTEGER NOT NULL, -- 1 if WordPress.com or the operator confirmed the pair
			updated_at INTEGER NOT NULL
		) STRICT, WITHOUT ROWID`,
		`CREATE TABLE jetpack_start_docroots (
			machine TEXT NOT NULL,
			site_key TEXT NOT NULL,
			path TEXT NOT NULL,
			owner TEXT NOT NULL,
			updated_at INTEGER NOT NULL,
			PRIMARY KEY (machine, site_key)
		) STRICT, WITHOUT ROWID`,
	}}
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

// explain returns a better text for an error that a user is likely to cause.
func (s *sqliteStore) explain(err error) error {
	if primaryCode(err) == sqlite3.SQLITE_NOTADB {
		return fmt.Errorf("%s is not an SQLite database", s.path)
	}
	return err
}
