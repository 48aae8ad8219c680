-- A stand-in for WHMCS, which can't be installed for tests: the tables and columns that the module
-- reads. Types and defaults are those of WHMCS where they matter.

CREATE TABLE tblproducts (
	id INT(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
	name TEXT NOT NULL,
	servertype TEXT NOT NULL,
	configoption1 TEXT NOT NULL,
	configoption2 TEXT NOT NULL,
	configoption3 TEXT NOT NULL
) DEFAULT CHARSET=utf8;

CREATE TABLE tblhosting (
	id INT(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
	userid INT(10) NOT NULL,
	orderid INT(10) NOT NULL,
	packageid INT(10) NOT NULL,
	domain TEXT NOT NULL,
	domainstatus ENUM(
		'Pending', 'Active', 'Suspended', 'Terminated', 'Cancelled', 'Fraud', 'Completed'
	) NOT NULL DEFAULT 'Pending',
	KEY orderid (orderid)
) DEFAULT CHARSET=utf8;

CREATE TABLE tbladdons (
	id INT(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
	name TEXT NOT NULL,
	module VARCHAR(32) NOT NULL DEFAULT ''
) DEFAULT CHARSET=utf8;

CREATE TABLE tblhostingaddons (
	id INT(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
	orderid INT(10) NOT NULL,
	hostingid INT(10) NOT NULL,
	addonid INT(10) NOT NULL,
	userid INT(10) NOT NULL DEFAULT 0,
	status ENUM(
		'Pending', 'Active', 'Suspended', 'Terminated', 'Cancelled', 'Fraud', 'Completed'
	) NOT NULL DEFAULT 'Pending',
	KEY orderid (orderid)
) DEFAULT CHARSET=utf8;

CREATE TABLE tblmodule_configuration (
	id INT(10) UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
	entity_type VARCHAR(8) NOT NULL DEFAULT '',
	entity_id INT(10) UNSIGNED NOT NULL DEFAULT 0,
	setting_name VARCHAR(16) NOT NULL DEFAULT '',
	friendly_name VARCHAR(64) NOT NULL DEFAULT '',
	value TEXT NOT NULL,
	UNIQUE KEY unique_constraint (entity_type, entity_id, setting_name)
) DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci;

CREATE TABLE tbladdonmodules (
	id INT(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
	module TEXT NOT NULL,
	setting TEXT NOT NULL,
	value TEXT NOT NULL
) DEFAULT CHARSET=utf8;
