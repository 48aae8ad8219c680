package ledger

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
			updated_at INTEGER NOT NULL
		) STRICT, WITHOUT ROWID`,
	}}
}

// mysqlSchema returns the same for MySQL and MariaDB. These can't roll DDL statements back, so each
// statement must work again after a later one has failed. The tables may be in another program's
// database, so their names have a prefix. {collation} is replaced by the server's collation that,
// as SQLite does, compares bytes and doesn't ignore spaces at the end.
func mysqlSchema() [][]string {
	return [][]string{{
		`CREATE TABLE IF NOT EXISTS jetpack_start_entries (
			id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
			kind VARCHAR(32) NOT NULL,
			product VARCHAR(255) NOT NULL,
			reference VARCHAR(255) NOT NULL,
			site VARCHAR(255) NOT NULL,
			site_key VARCHAR(255) NOT NULL,
			state VARCHAR(32) NOT NULL,
			claim CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
			token CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
			license_key VARCHAR(255) NOT NULL DEFAULT '',
			license_id BIGINT NOT NULL DEFAULT 0,
			blog_id BIGINT NOT NULL DEFAULT 0,
			key_id BIGINT NOT NULL DEFAULT 0,
			request_id VARCHAR(255) NOT NULL DEFAULT '',
			detail MEDIUMTEXT NOT NULL,
			error_code VARCHAR(255) NOT NULL DEFAULT '',
			error_message VARCHAR(2000) NOT NULL DEFAULT '',
			settled_by VARCHAR(255) NOT NULL DEFAULT '',
			settled_at BIGINT NULL,
			created_at BIGINT NOT NULL,
			updated_at BIGINT NOT NULL,
			revoked_at BIGINT NULL,
			UNIQUE KEY claim (claim),
			KEY reference (reference),
			KEY license_key (license_key),
			KEY site_key (site_key),
			KEY state (state)
		) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE {collation}`,
		`CREATE TABLE IF NOT EXISTS jetpack_start_sites (
			site_key VARCHAR(255) NOT NULL PRIMARY KEY,
			url VARCHAR(255) NOT NULL,
			blog_id BIGINT NOT NULL,
			updated_at BIGINT NOT NULL,
			UNIQUE KEY blog_id (blog_id)
		) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE {collation}`,
	}}
}
