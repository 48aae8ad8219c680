<?php
/**
 * A stand-in for the XML-RPC server of WordPress.com that a real Jetpack calls, without code of the
 * original. jetpack-start-tests.php includes it when it is called. docs/contract.md, "The site",
 * describes the signature.
 *
 * A license key whose last part begins with "revoked" is refused; one with "timeout" gets no
 * answer. The option jetpack_standin_attached records the keys of each request, as the stand-in for
 * Jetpack does.
 */

/**
 * Answers a request to the XML-RPC server. All others fail as if the host didn't exist. Once the
 * connection has an owner, the others take as long as they may if the option
 * jetpack_standin_requests is set, and every request takes five minutes if it is -1.
 *
 * @param string $host The host of the URL.
 * @param string $path The path of the URL.
 * @param string $url  The URL.
 * @param array  $args The request.
 * @return array|WP_Error
 */
function jetpack_start_tests_wordpress_com( $host, $path, $url, $args ) {
	$options = (array) get_option( 'jetpack_options', array() );
	$slow    = empty( $options['master_user'] ) ? 0 : (int) get_option( 'jetpack_standin_requests' );
	if ( $slow < 0 ) {
		sleep( 300 );
	}
	if ( 'jetpack.wordpress.com' !== $host || '/xmlrpc.php' !== $path ) {
		if ( $slow ) {
			usleep( (int) ( 1000000 * $args['timeout'] ) );
		}
		return new WP_Error( 'http_request_failed', "cURL error 6: Could not resolve host: $host" );
	}
	if ( ! class_exists( 'IXR_Message' ) ) {
		require_once ABSPATH . WPINC . '/class-IXR.php';
	}
	$user    = jetpack_start_tests_signer( $url, $args );
	$message = new IXR_Message( (string) $args['body'] );
	if ( null === $user || ! $message->parse() ) {
		$error = new IXR_Error( -32601, 'The request is not signed.' );
		return jetpack_start_tests_response( $error->getXml() );
	}
	$calls = array( array( 'methodName' => $message->methodName, 'params' => $message->params ) );
	if ( 'system.multicall' === $message->methodName ) {
		$calls = $message->params[0];
	}
	$answers = array();
	$keys    = array();
	foreach ( $calls as $call ) {
		$key       = isset( $call['params'][0] ) ? (string) $call['params'][0] : '';
		$answers[] = jetpack_start_tests_call( $call['methodName'], $key, $user );
		if ( 'jetpack.attachLicense' === $call['methodName'] ) {
			$keys[] = $key;
		}
	}
	if ( $keys ) {
		$log   = (array) get_option( 'jetpack_standin_attached', array() );
		$log[] = $keys;
		update_option( 'jetpack_standin_attached', $log );
	}
	if ( preg_grep( '/_timeout[^_]*$/', $keys ) ) {
		return new WP_Error( 'http_request_failed', 'cURL error 28: Operation timed out' );
	}
	if ( 'system.multicall' !== $message->methodName ) {
		if ( isset( $answers[0]['faultCode'] ) ) {
			$error = new IXR_Error( $answers[0]['faultCode'], $answers[0]['faultString'] );
			return jetpack_start_tests_response( $error->getXml() );
		}
		$answers = $answers[0][0];
	}
	$value = new IXR_Value( $answers );
	return jetpack_start_tests_response(
		'<?xml version="1.0"?><methodResponse><params><param><value>' . $value->getXml()
			. '</value></param></params></methodResponse>'
	);
}

/**
 * Answers a call: an array with the value, or a fault.
 *
 * @param string $method The name of the method.
 * @param string $param  Its first parameter.
 * @param int    $user   The user that signed the request, 0 for the blog.
 * @return array
 */
function jetpack_start_tests_call( $method, $param, $user ) {
	$options = (array) get_option( 'jetpack_options', array() );
	switch ( $method ) {
		case 'wpcom.getUserID':
			return $user ? array( 1000000 + $user ) : jetpack_start_tests_fault( 'no user' );
		case 'akismet.getAPIKey':
			return $user ? array( substr( md5( (string) $options['id'] ), 0, 12 ) ) : jetpack_start_tests_fault( 'no user' );
		case 'jetpack.attachLicense':
			if ( preg_match( '/_revoked[^_]*$/', $param ) ) {
				return jetpack_start_tests_fault( 'The license is revoked.' );
			}
			return array( true );
	}
	return jetpack_start_tests_fault( "no method $method" );
}

/**
 * Returns a fault as an answer of a multicall has it.
 *
 * @param string $text The message.
 * @return array
 */
function jetpack_start_tests_fault( $text ) {
	return array(
		'faultCode'   => 400,
		'faultString' => $text,
	);
}

/**
 * Returns the ID of the user with whose token a request is signed, 0 for the blog's token, null if
 * the signature is wrong.
 *
 * @param string $url  Its URL.
 * @param array  $args Its arguments.
 * @return int|null
 */
function jetpack_start_tests_signer( $url, $args ) {
	$header = isset( $args['headers']['Authorization'] ) ? $args['headers']['Authorization'] : '';
	preg_match_all( '/([\w-]+)="([^"]*)"/', $header, $matches );
	$auth  = array_combine( $matches[1], $matches[2] ) + array_fill_keys( array( 'token', 'timestamp', 'nonce', 'body-hash', 'signature' ), '' );
	$parts = explode( ':', $auth['token'] );
	if ( 3 !== count( $parts ) || base64_encode( sha1( $args['body'], true ) ) !== $auth['body-hash'] ) {
		return null;
	}
	$private = (array) get_option( 'jetpack_private_options', array() );
	$user    = (int) $parts[2];
	$stored  = $user ? $private['user_tokens'][ $user ] : $private['blog_token'];
	$token   = explode( '.', (string) $stored );
	parse_str( (string) wp_parse_url( $url, PHP_URL_QUERY ), $query );
	ksort( $query );
	$lines = array( $auth['token'], $auth['timestamp'], $auth['nonce'], $auth['body-hash'], 'POST', wp_parse_url( $url, PHP_URL_HOST ), '443', wp_parse_url( $url, PHP_URL_PATH ) );
	foreach ( $query as $name => $value ) {
		$lines[] = rawurlencode( $name ) . '=' . rawurlencode( $value );
	}
	$hash = hash_hmac( 'sha1', implode( "\n", $lines ) . "\n", (string) $token[1], true );
	return $token[0] === $parts[0] && base64_encode( $hash ) === $auth['signature'] ? $user : null;
}
