package whmcs

// schema creates the tables that are missing. Texts that are compared are ASCII and compared
// bytewise; times in our tables are UTC.
//
// jetpack_product_licenses is created as Jetpack's modules do, with the database's default engine
// and character set.
var schema = []string{
	`CREATE TABLE IF NOT EXISTS jetpack_product_licenses (
		id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
		order_id INT NOT NULL,
		product_id INT NOT NULL,
		license_key VARCHAR(255) NOT NULL,
		issued_at TIMESTAMP NOT NULL,
		revoked_at TIMESTAMP NULL)`,
	`CREATE TABLE IF NOT EXISTS jetpack_start_licenses (
		id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
		related VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'service:ID or addon:ID',
		order_id INT NOT NULL,
		product_id INT NOT NULL,
		product VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
		claim VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'what a second license must not be issued for',
		token CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'tells the process that wrote the line',
		state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'intended, done, failed, unknown, void',
		license_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
		license_id BIGINT NOT NULL DEFAULT 0,
		site VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL DEFAULT '' COMMENT 'where it is attached, or was when it was suspended',
		suspended_at DATETIME(6) NULL,
		request_id VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL DEFAULT '',
		error_code VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL DEFAULT '',
		error_message TEXT CHARACTER SET utf8mb4 NULL,
		settled_by VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL DEFAULT '',
		settled_at DATETIME(6) NULL,
		created_at DATETIME(6) NOT NULL,
		updated_at DATETIME(6) NOT NULL,
		revoked_at DATETIME(6) NULL,
		UNIQUE KEY claim (claim),
		UNIQUE KEY license_key (license_key),
		KEY related (related),
		KEY state (state)) ENGINE=InnoDB`,
	`CREATE TABLE IF NOT EXISTS jetpack_start_cache (
		name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
		value MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
		updated_at DATETIME(6) NOT NULL) ENGINE=InnoDB`,
}
