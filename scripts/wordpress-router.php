<?php
/**
 * Routes requests in PHP's built-in server as the rewrite rules of a web server would do for
 * WordPress. Used by `scripts/wordpress serve`.
 *
 * The code isn't in a function, because WordPress must be included at the top level.
 */

// phpcs:disable WordPress.WP.GlobalVariablesOverride
$jst_root = $_SERVER['DOCUMENT_ROOT'];
$jst_path = rawurldecode( (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );

// In a network in subfolders, the other sites use the files of the first one.
$jst_file   = $jst_path;
$jst_shared = '#^/[\w-]+(/(wp-(admin|content|includes)/.*|wp-admin|[\w-]+\.php))$#';
if ( ! file_exists( $jst_root . $jst_path ) && preg_match( $jst_shared, $jst_path, $jst_match ) ) {
	$jst_file = $jst_match[1];
}

if ( preg_match( '#/\.(?!well-known/)#', $jst_path ) ) {
	http_response_code( 403 );
	return true;
}

$jst_folder = rtrim( $jst_root . $jst_file, '/' );
if ( is_dir( $jst_folder ) && is_file( $jst_folder . '/index.php' ) ) {
	if ( '/' !== substr( $jst_file, -1 ) ) {
		header( 'Location: ' . $jst_path . '/', true, 301 );
		return true;
	}
	$jst_file .= 'index.php';
}

if ( ! is_file( $jst_root . $jst_file ) ) {
	$jst_file = '/index.php';
} elseif ( '.php' !== substr( $jst_file, -4 ) ) {
	if ( $jst_file === $jst_path ) {
		return false;
	}
	$jst_types = array(
		'css' => 'text/css',
		'js'  => 'text/javascript',
		'svg' => 'image/svg+xml',
	);
	$jst_ext   = pathinfo( $jst_file, PATHINFO_EXTENSION );
	$jst_type  = $jst_types[ $jst_ext ] ?? mime_content_type( $jst_root . $jst_file );
	header( 'Content-Type: ' . $jst_type );
	readfile( $jst_root . $jst_file );
	return true;
}

$_SERVER['SCRIPT_NAME']     = $jst_file;
$_SERVER['SCRIPT_FILENAME'] = $jst_root . $jst_file;
$_SERVER['PHP_SELF']        = '/index.php' === $jst_file ? $jst_file : $jst_path;
unset( $_SERVER['PATH_INFO'] );
chdir( dirname( $jst_root . $jst_file ) );
require $jst_root . $jst_file;
return true;
