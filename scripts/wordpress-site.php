<?php
/**
 * The parts of scripts/wordpress that are easier said in PHP. Not to be called by hand.
 *
 * The database is read and written without booting WordPress: that is faster, and works where a plugin crashes.
 */

declare( strict_types=1 );

const TRIVIAL = 'trivial-';

/**
 * Writes a wp-config.php that works wherever the docroot is moved to, and the database drop-in.
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

// Nothing leaves the machine, even where the must-use plugin that answers for others was taken away.
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'WP_ACCESSIBLE_HOSTS', 'localhost,127.0.0.1,::1' );

define( 'JETPACK_START_TEST_ZIPS', getenv( 'JETPACK_START_TEST_ZIPS' ) ? getenv( 'JETPACK_START_TEST_ZIPS' ) : $zips );

/* That's all, stop editing! Happy publishing. */

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';

PHP;
	write( "$dir/wp-config.php", $config );

	$plugin = 'sqlite-database-integration';
	$dropin = file_get_contents( "$dir/wp-content/plugins/$plugin/db.copy" );
	$dropin = str_replace( "'{SQLITE_IMPLEMENTATION_FOLDER_PATH}'", "__DIR__ . '/plugins/$plugin'", $dropin );
	$dropin = str_replace( '{SQLITE_PLUGIN}', "$plugin/load.php", $dropin );
	write( "$dir/wp-content/db.php", $dropin );
}

/**
 * Pretty permalinks: the installer leaves them off, because no server answers while it looks.
 */
function finish( string $dir ): void {
	$db = database( $dir );
	foreach ( option_tables( $db ) as $table ) {
		$db->exec( "UPDATE $table SET option_value = '/%postname%/' WHERE option_name = 'permalink_structure' AND option_value = ''" );
		$db->exec( "DELETE FROM $table WHERE option_name = 'rewrite_rules'" );
	}
}

/**
 * Gives a site another address.
 */
function rehome( string $dir, string $url ): void {
	$db   = database( $dir );
	$old  = $db->query( "SELECT option_value FROM wp_options WHERE option_name = 'siteurl'" )->fetchColumn();
	$move = static function ( string $table, string $column, string $where, string $old, string $new ) use ( $db ): void {
		$update = $db->prepare( "UPDATE $table SET $column = ? || substr( $column, ? ) WHERE $where AND substr( $column, 1, ? ) = ?" );
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
	$from   = place( $old );
	$to     = place( $url );
	foreach ( array( 'wp_site', 'wp_blogs' ) as $table ) {
		$move( $table, 'path', "domain = '{$from['domain']}'", $from['path'], $to['path'] );
		$move( $table, 'domain', '1', $from['domain'], $to['domain'] );
	}
	foreach ( array( 'DOMAIN_CURRENT_SITE' => 'domain', 'PATH_CURRENT_SITE' => 'path' ) as $constant => $part ) {
		$config = preg_replace( "/(define\(\s*'$constant',\s*)'[^']*'/", '${1}' . "'{$to[ $part ]}'", $config );
	}
	write( "$dir/wp-config.php", $config );
}

/**
 * The parts of an address as a network stores them.
 */
function place( string $url ): array {
	$parts = parse_url( $url );
	return array(
		'domain' => $parts['host'] . ( isset( $parts['port'] ) ? ":{$parts['port']}" : '' ),
		'path'   => ( $parts['path'] ?? '' ) . '/',
	);
}

/**
 * Replaces the trivial plugins by $count new ones, one of them the stand-in that crashes.
 */
function plugins( string $dir, int $count, bool $crash ): void {
	$home = "$dir/wp-content/plugins";
	foreach ( array_merge( glob( "$home/" . TRIVIAL . '*/*.php' ), glob( "$home/crash/crash.php" ) ) as $file ) {
		unlink( $file );
		rmdir( dirname( $file ) );
	}
	$made = array();
	if ( $crash && $count > 0 ) {
		mkdir( "$home/crash" );
		copy( dirname( __DIR__ ) . '/testdata/wordpress/plugins/crash/crash.php', "$home/crash/crash.php" );
		$made[] = 'crash/crash.php';
	}
	for ( $i = count( $made ) + 1; $i <= $count; $i++ ) {
		$name = sprintf( '%s%03d', TRIVIAL, $i );
		mkdir( "$home/$name" );
		write( "$home/$name/$name.php", "<?php\n/**\n * Plugin Name: Trivial $i\n * Version: 1.$i\n */\n\nadd_filter( 'the_title', 'trim', $i );\n" );
		$made[] = "$name/$name.php";
	}

	$db     = database( $dir );
	$active = unserialize( $db->query( "SELECT option_value FROM wp_options WHERE option_name = 'active_plugins'" )->fetchColumn() );
	$active = array_filter( $active, static fn( $plugin ) => 'crash/crash.php' !== $plugin && 0 !== strpos( $plugin, TRIVIAL ) );
	$active = array_merge( $active, $made );
	sort( $active );
	$db->prepare( "UPDATE wp_options SET option_value = ? WHERE option_name = 'active_plugins'" )->execute( array( serialize( $active ) ) );
}

/**
 * Makes a zip of a plugin's folder, unless one of the same contents is there: its comment holds their sum.
 */
function zip( string $zips, string $folder ): void {
	$name  = basename( $folder );
	$files = array();
	$sum   = hash_init( 'sha256' );
	foreach ( new RecursiveIteratorIterator( new RecursiveDirectoryIterator( $folder, FilesystemIterator::SKIP_DOTS ) ) as $file ) {
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

function database( string $dir ): PDO {
	$db = new PDO( "sqlite:$dir/wp-content/database/.ht.sqlite", null, null, array( PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION ) );
	$db->exec( 'PRAGMA busy_timeout = 5000' );
	return $db;
}

function tables( PDO $db, string $pattern ): array {
	$tables = $db->prepare( "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ?" );
	$tables->execute( array( $pattern ) );
	return $tables->fetchAll( PDO::FETCH_COLUMN );
}

function option_tables( PDO $db ): array {
	return array_merge( tables( $db, 'wp_options' ), tables( $db, 'wp_[0-9]*_options' ) );
}

function write( string $path, string $text ): void {
	if ( strlen( $text ) !== file_put_contents( $path, $text ) ) {
		throw new RuntimeException( "could not write $path" );
	}
}

/**
 * A warning is a failure: nothing half-done counts as done.
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
