<?php
/**
 * The parts of scripts/wordpress that are easier to write in PHP. Only scripts/wordpress runs it.
 *
 * It reads and writes the database without booting WordPress. That is faster, and works even if a
 * plugin fails.
 */

declare( strict_types=1 );

const TRIVIAL = 'trivial-';

/**
 * Writes the database drop-in, and a wp-config.php that still works if the docroot is moved.
 */
function config( string $dir, string $zips ): void {
	$salts = '';
	foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {
		$salts .= sprintf( "define( '%s_KEY', '%s' );\n", $name, bin2hex( random_bytes( 32 ) ) );
		$salts .= sprintf( "define( '%s_SALT', '%s' );\n", $name, bin2hex( random_bytes( 32 ) ) );
	}
	$zips   = var_export( $zips, true );
	$config = <<<PHP
<?php
define( 'DB_NAME', 'wordpress' );
define( 'DB_USER', '' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', '' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'DB_DIR', __DIR__ . '/wp-content/database/' );
define( 'DB_FILE', '.ht.sqlite' );
\$table_prefix = 'wp_';

$salts
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_AUTO_UPDATE_CORE', false );
define( 'FS_METHOD', 'direct' );

// Allow no requests to other machines, even without test-services.php, which answers them.
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', 'localhost,127.0.0.1,::1' );

define( 'JETPACK_START_TEST_ZIPS', getenv( 'JETPACK_START_TEST_ZIPS' ) ?: $zips );

/* That's all, stop editing! Happy publishing. */

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require __DIR__ . '/test-services.php';
require_once ABSPATH . 'wp-settings.php';

PHP;
	write( "$dir/wp-config.php", $config );

	$plugin = 'sqlite-database-integration';
	$dropin = file_get_contents( "$dir/wp-content/plugins/$plugin/db.copy" );
	$dropin = strtr(
		$dropin,
		array(
			"'{SQLITE_IMPLEMENTATION_FOLDER_PATH}'" => "__DIR__ . '/plugins/$plugin'",
			'{SQLITE_PLUGIN}'                       => "$plugin/load.php",
		)
	);
	write( "$dir/wp-content/db.php", $dropin );
}

/**
 * Enables pretty permalinks. The installer disables them if no server answers, as here.
 */
function finish( string $dir ): void {
	$db = database( $dir );
	foreach ( option_tables( $db ) as $table ) {
		$db->exec(
			"UPDATE $table SET option_value = '/%postname%/'
				WHERE option_name = 'permalink_structure' AND option_value = ''"
		);
		$db->exec( "DELETE FROM $table WHERE option_name = 'rewrite_rules'" );
	}
}

/**
 * Changes the URL of a site.
 */
function rehome( string $dir, string $url ): void {
	$db   = database( $dir );
	$old  = option( $db, 'siteurl' );
	$move = static function ( $table, $column, $where, $old, $new ) use ( $db ): void {
		$update = $db->prepare(
			"UPDATE $table SET $column = ? || substr( $column, ? )
				WHERE $where AND substr( $column, 1, ? ) = ?"
		);
		$update->execute( array( $new, strlen( $old ) + 1, strlen( $old ), $old ) );
	};
	foreach ( option_tables( $db ) as $table ) {
		$move( $table, 'option_value', "option_name IN ( 'siteurl', 'home' )", $old, $url );
	}
	if ( ! tables( $db, 'wp_blogs' ) ) {
		return;
	}
	$move( 'wp_sitemeta', 'meta_value', "meta_key = 'siteurl'", $old, $url );
	$config = file_get_contents( "$dir/wp-config.php" );
	$from   = network_address( $old );
	$to     = network_address( $url );
	foreach ( array( 'wp_site', 'wp_blogs' ) as $table ) {
		$move( $table, 'path', "domain = '{$from['domain']}'", $from['path'], $to['path'] );
		$move( $table, 'domain', '1', $from['domain'], $to['domain'] );
	}
	foreach ( array( 'domain', 'path' ) as $part ) {
		$constant = strtoupper( $part ) . '_CURRENT_SITE';
		$pattern  = "/(define\(\s*'$constant',\s*)'[^']*'/";
		$config   = preg_replace( $pattern, '${1}' . "'{$to[ $part ]}'", $config );
	}
	write( "$dir/wp-config.php", $config );
}

/**
 * Returns the domain and the path of a URL as a network stores them.
 */
function network_address( string $url ): array {
	$parts = parse_url( $url );
	return array(
		'domain' => $parts['host'] . ( isset( $parts['port'] ) ? ":{$parts['port']}" : '' ),
		'path'   => ( $parts['path'] ?? '' ) . '/',
	);
}

/**
 * Replaces the trivial plugins by $count new ones. With $crash, one of them is the one that fails.
 */
function plugins( string $dir, int $count, bool $crash ): void {
	$home = "$dir/wp-content/plugins";
	$old  = array_merge( glob( "$home/" . TRIVIAL . '*/*.php' ), glob( "$home/crash/crash.php" ) );
	foreach ( $old as $file ) {
		unlink( $file );
		rmdir( dirname( $file ) );
	}
	$made = array();
	if ( $crash && $count > 0 ) {
		mkdir( "$home/crash" );
		$standins = dirname( __DIR__ ) . '/testdata/wordpress/plugins';
		copy( "$standins/crash/crash.php", "$home/crash/crash.php" );
		$made[] = 'crash/crash.php';
	}
	for ( $i = count( $made ) + 1; $i <= $count; $i++ ) {
		$name = sprintf( '%s%03d', TRIVIAL, $i );
		mkdir( "$home/$name" );
		$header = "<?php\n/**\n * Plugin Name: Trivial $i\n * Version: 1.$i\n */\n\n";
		write( "$home/$name/$name.php", $header . "add_filter( 'the_title', 'trim', $i );\n" );
		$made[] = "$name/$name.php";
	}

	$db     = database( $dir );
	$others = array_filter(
		unserialize( option( $db, 'active_plugins' ) ),
		static fn( $plugin ) => 'crash/crash.php' !== $plugin && 0 !== strpos( $plugin, TRIVIAL )
	);
	$active = array_merge( $others, $made );
	sort( $active );
	$db->prepare( "UPDATE wp_options SET option_value = ? WHERE option_name = 'active_plugins'" )
		->execute( array( serialize( $active ) ) );
}

/**
 * Makes a zip of a plugin's folder, unless it exists with the same contents. The comment of the zip
 * is a checksum of them.
 */
function zip( string $zips, string $folder ): void {
	$name  = basename( $folder );
	$files = array();
	$sum   = hash_init( 'sha256' );
	$tree  = new RecursiveDirectoryIterator( $folder, FilesystemIterator::SKIP_DOTS );
	foreach ( new RecursiveIteratorIterator( $tree ) as $file ) {
		$files[ $name . substr( $file->getPathname(), strlen( $folder ) ) ] = $file->getPathname();
	}
	ksort( $files );
	foreach ( $files as $inside => $path ) {
		hash_update( $sum, $inside . "\0" . hash_file( 'sha256', $path ) );
	}
	$sum = hash_final( $sum );

	$zip = new ZipArchive();
	if ( is_file( "$zips/$name.zip" ) && true === $zip->open( "$zips/$name.zip" ) ) {
		if ( $zip->getArchiveComment() === $sum ) {
			return;
		}
		$zip->close();
	}
	if ( ! is_dir( $zips ) ) {
		mkdir( $zips, 0777, true );
	}
	$new = "$zips/$name.zip." . getmypid();
	$zip->open( $new, ZipArchive::CREATE | ZipArchive::OVERWRITE );
	foreach ( $files as $inside => $path ) {
		$zip->addFile( $path, $inside );
	}
	$zip->setArchiveComment( $sum );
	$zip->close();
	rename( $new, "$zips/$name.zip" );
}

/**
 * Opens the database of a site.
 */
function database( string $dir ): PDO {
	$options = array( PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION );
	$db      = new PDO( "sqlite:$dir/wp-content/database/.ht.sqlite", null, null, $options );
	$db->exec( 'PRAGMA busy_timeout = 5000' );
	return $db;
}

/**
 * Returns an option of the first site.
 */
function option( PDO $db, string $name ): string {
	$query = $db->prepare( 'SELECT option_value FROM wp_options WHERE option_name = ?' );
	$query->execute( array( $name ) );
	return $query->fetchColumn();
}

/**
 * Returns the names of the tables that match a pattern.
 */
function tables( PDO $db, string $pattern ): array {
	$tables = $db->prepare( "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ?" );
	$tables->execute( array( $pattern ) );
	return $tables->fetchAll( PDO::FETCH_COLUMN );
}

/**
 * Returns the option tables of all sites.
 */
function option_tables( PDO $db ): array {
	return array_merge( tables( $db, 'wp_options' ), tables( $db, 'wp_[0-9]*_options' ) );
}

/**
 * Writes a file completely, or throws.
 */
function write( string $path, string $text ): void {
	if ( strlen( $text ) !== file_put_contents( $path, $text ) ) {
		throw new RuntimeException( "could not write $path" );
	}
}

/**
 * Turn warnings into exceptions, so that every failure is reported.
 */
set_error_handler(
	static function ( int $level, string $text ): bool {
		if ( error_reporting() & $level ) {
			throw new RuntimeException( $text );
		}
		return false;
	}
);
try {
	switch ( $argv[1] ?? '' ) {
		case 'config':
			config( $argv[2], $argv[3] );
			break;
		case 'finish':
			finish( $argv[2] );
			break;
		case 'rehome':
			rehome( $argv[2], $argv[3] );
			break;
		case 'plugins':
			plugins( $argv[2], (int) $argv[3], '--crash' === $argv[4] );
			break;
		case 'zip':
			foreach ( array_slice( $argv, 3 ) as $folder ) {
				zip( $argv[2], $folder );
			}
			break;
		default:
			throw new RuntimeException( 'use scripts/wordpress' );
	}
} catch ( Throwable $error ) {
	fwrite( STDERR, 'wordpress: ' . $error->getMessage() . "\n" );
	exit( 1 );
}
