package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"jetpack-start/internal/mysqldb"
)

// mysqlSchema returns what sqliteSchema returns, for MySQL and MariaDB. These can't roll DDL
// statements back, so each statement must work again after a later one has failed. The tables may
// be in another program's database, so their names have a prefix. {collation} is replaced by the
// server's collation that, as SQLite does, compares bytes and doesn't ignore spaces at the end.
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
			confirmed TINYINT NOT NULL,
			updated_at BIGINT NOT NULL,
			UNIQUE KEY blog_id (blog_id)
		) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE {collation}`,
		`CREATE TABLE IF NOT EXISTS jetpack_start_docroots (
			machine VARCHAR(255) NOT NULL,
			site_key VARCHAR(255) NOT NULL,
			path MEDIUMTEXT NOT NULL,
			owner MEDIUMTEXT NOT NULL,
			updated_at BIGINT NOT NULL,
			PRIMARY KEY (machine, site_key)
		) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE {collation}`,
	}}
}

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
		return fmt.Errorf("%s: the server is too old: "+
			"the ledger needs MariaDB 10.2 or MySQL 8.0.17", s.name)
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
