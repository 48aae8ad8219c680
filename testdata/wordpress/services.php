<?php
/**
 * Answers the site's requests to Akismet and wordpress.org, blocks all others, and logs boots.
 *
 * A stand-in for the services that WordPress calls. It contains no code of Akismet or
 * WordPress.org, and answers as their published clients expect. wp-config.php loads it, because the
 * probe loads all of WordPress where a must-use plugin has to do with what it reads.
 *
 * - JETPACK_START_TEST_BOOTLOG (environment or constant) is a file to which each boot appends a
 *   line: time, process ID, command.
 * - JETPACK_START_TEST_ZIPS (constant) is a folder. Its NAME.zip is plugin NAME at wordpress.org,
 *   in every version.
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

jetpack_start_tests_log_boot();
// WordPress adds the hooks in this variable, because add_filter doesn't exist yet.
foreach (
	array(
		'pre_http_request'   => 'jetpack_start_tests_answer',
		'plugins_api'        => 'jetpack_start_tests_plugins_api',
		'wp_signature_hosts' => '__return_empty_array',
		'pre_wp_mail'        => '__return_true',
	) as $jetpack_start_tests_hook => $jetpack_start_tests_function
) {
	$GLOBALS['wp_filter'][ $jetpack_start_tests_hook ][10][ $jetpack_start_tests_function ] = array(
		'function'      => $jetpack_start_tests_function,
		'accepted_args' => 3,
	);
}

/**
 * Logs the command, without options and words after the second: they could be secrets.
 */
function jetpack_start_tests_log_boot() {
	$log = getenv( 'JETPACK_START_TEST_BOOTLOG' );
	if ( ! $log && defined( 'JETPACK_START_TEST_BOOTLOG' ) ) {
		$log = JETPACK_START_TEST_BOOTLOG;
	}
	if ( ! $log ) {
		return;
	}
	if ( isset( $_SERVER['REQUEST_URI'], $_SERVER['REMOTE_ADDR'] ) && 'cli' !== PHP_SAPI ) {
		$command = 'http ' . strtok( $_SERVER['REQUEST_URI'], '?' );
	} else {
		$words   = isset( $GLOBALS['argv'] ) ? array_slice( $GLOBALS['argv'], 1 ) : array();
		$words   = array_filter(
			$words,
			static function ( $word ) {
				return preg_match( '/^[a-z][\w-]*$/i', $word );
			}
		);
		$command = 'wp ' . implode( ' ', array_slice( $words, 0, 2 ) );
	}
	$line = sprintf( "%.6f %d %s\n", microtime( true ), getmypid(), rtrim( $command ) );
	file_put_contents( $log, $line, FILE_APPEND | LOCK_EX );
}

/**
 * Answers requests to the hosts that this plugin stands in for, allows loopback, rejects the rest.
 *
 * @param false|array|WP_Error $answer The response of another filter.
 * @param array                $args   The request.
 * @param string               $url    Its URL.
 * @return false|array|WP_Error
 */
function jetpack_start_tests_answer( $answer, $args, $url ) {
	if ( false !== $answer ) {
		return $answer;
	}
	$host = trim( (string) wp_parse_url( $url, PHP_URL_HOST ), '[]' );
	$path = (string) wp_parse_url( $url, PHP_URL_PATH );
	switch ( $host ) {
		case 'rest.akismet.com':
			return jetpack_start_tests_akismet( basename( $path ), $args );
		case 'api.wordpress.org':
			return jetpack_start_tests_response(
				'{"plugins":[],"themes":[],"translations":[],"no_update":[],"offers":[]}'
			);
		case 'downloads.wordpress.org':
			return jetpack_start_tests_download( basename( $path ), $args );
	}
	if ( 'localhost' === $host || '::1' === $host || 0 === strpos( $host, '127.' ) ) {
		return false;
	}
	// It is there only together with a real Jetpack.
	if ( is_file( WP_CONTENT_DIR . '/wordpress-com.php' ) ) {
		require_once WP_CONTENT_DIR . '/wordpress-com.php';
		return jetpack_start_tests_wordpress_com( $host, $path, $url, $args );
	}
	return new WP_Error( 'http_request_failed', "cURL error 6: Could not resolve host: $host" );
}

/**
 * Answers a call of Akismet's API. A key is valid if it has 12 hexadecimal digits, not all zeros.
 *
 * @param string $call The name of the call.
 * @param array  $args The request.
 * @return array
 */
function jetpack_start_tests_akismet( $call, $args ) {
	$body = $args['body'];
	if ( is_string( $body ) ) {
		parse_str( $args['body'], $body );
	}
	$body    = array_merge( array( 'api_key' => '' ), (array) $body );
	$key     = (string) ( isset( $body['key'] ) ? $body['key'] : $body['api_key'] );
	$valid   = 1 === preg_match( '/^[0-9a-f]{12}$/i', $key ) && '000000000000' !== $key;
	$account = wp_json_encode(
		array(
			'account_id'        => isset( $body['user_id'] ) ? (int) $body['user_id'] : 1000001,
			'api_key'           => $key,
			'status'            => 'active',
			'account_name'      => 'Akismet (stand-in)',
			'account_type'      => 'pro',
			'next_billing_date' => false,
			'limit_reached'     => false,
		)
	);
	$answers = array(
		'verify-key'       => 'valid',
		'verify-wpcom-key' => $account,
		'get-subscription' => $account,
		'get-stats'        => '{"spam":0,"ham":0,"missed_spam":0,"false_positives":0,'
			. '"accuracy":100,"time_saved":0,"breakdown":{}}',
		'deactivate'       => 'deactivated',
		'comment-check'    => 'false',
		'submit-spam'      => 'Thanks for making the web a better place.',
		'submit-ham'       => 'Thanks for making the web a better place.',
	);
	if ( ! isset( $answers[ $call ] ) ) {
		return jetpack_start_tests_response( '', 404 );
	}
	return jetpack_start_tests_response( $valid ? $answers[ $call ] : 'invalid' );
}

/**
 * Returns the plugin directory's entry for a plugin that has a zip.
 *
 * @param false|object|array $result The result of another filter.
 * @param string             $action The name of the call.
 * @param object             $args   Its arguments.
 * @return false|object|array|WP_Error
 */
function jetpack_start_tests_plugins_api( $result, $action, $args ) {
	if ( false !== $result || 'plugin_information' !== $action ) {
		return $result;
	}
	$zip = jetpack_start_tests_zip( (string) $args->slug );
	if ( ! $zip ) {
		return new WP_Error( 'plugins_api_failed', 'Plugin not found.' );
	}
	$file   = "zip://$zip#{$args->slug}/{$args->slug}.php";
	$header = file_get_contents( $file, false, null, 0, 4096 );
	preg_match( '/Plugin Name:\s*(.+)/', $header, $name );
	preg_match( '/Version:\s*(\S+)/', $header, $version );
	return (object) array(
		'name'          => trim( $name[1] ),
		'slug'          => $args->slug,
		'version'       => $version[1],
		'download_link' => "https://downloads.wordpress.org/plugin/{$args->slug}.{$version[1]}.zip",
	);
}

/**
 * Returns the response to a download of a plugin's zip.
 *
 * @param string $name The requested file: NAME.VERSION.zip or NAME.zip.
 * @param array  $args The request.
 * @return array
 */
function jetpack_start_tests_download( $name, $args ) {
	$zip = '';
	if ( preg_match( '/^([a-z0-9-]+)(\..*)?\.zip$/', $name, $match ) ) {
		$zip = jetpack_start_tests_zip( $match[1] );
	}
	if ( ! $zip ) {
		return jetpack_start_tests_response( 'File not found.', 404 );
	}
	if ( empty( $args['stream'] ) ) {
		$body = 'HEAD' === $args['method'] ? '' : file_get_contents( $zip );
		return jetpack_start_tests_response( $body );
	}
	copy( $zip, $args['filename'] );
	return array( 'filename' => $args['filename'] ) + jetpack_start_tests_response( '' );
}

/**
 * Returns the path of a plugin's zip, or '' if there is none.
 *
 * @param string $slug The plugin.
 * @return string
 */
function jetpack_start_tests_zip( $slug ) {
	if ( ! defined( 'JETPACK_START_TEST_ZIPS' ) ) {
		return '';
	}
	$zip = JETPACK_START_TEST_ZIPS . '/' . basename( $slug ) . '.zip';
	return is_file( $zip ) ? $zip : '';
}

/**
 * Returns a response in the form of WordPress's HTTP client.
 *
 * @param string $body The body.
 * @param int    $code The status.
 * @return array
 */
function jetpack_start_tests_response( $body, $code = 200 ) {
	return array(
		'headers'  => array(),
		'body'     => $body,
		'response' => array(
			'code'    => $code,
			'message' => get_status_header_desc( $code ),
		),
		'cookies'  => array(),
		'filename' => null,
	);
}
