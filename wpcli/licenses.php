<?php
// Registers the command jetpack-start-licenses MARKER. It adds license keys to the site's option jetpack_licenses, from which
// the user activates them in Jetpack. The keys are a JSON array on standard input: a license key must not be an argument,
// because anyone who has it can use it.
WP_CLI::add_command(
	'jetpack-start-licenses',
	function ( $args ) {
		$keys = json_decode( (string) stream_get_contents( STDIN ), true );
		if ( ! is_array( $keys ) ) {
			WP_CLI::error( 'jetpack-start-licenses: no JSON array on standard input.' );
		}
		$before = get_option( 'jetpack_licenses', array() );
		$before = is_array( $before ) ? array_values( $before ) : array();
		$after  = array_values( array_unique( array_merge( $before, $keys ) ) );
		if ( $after !== $before ) {
			update_option( 'jetpack_licenses', $after );
		}
		$now    = get_option( 'jetpack_licenses', array() );
		$answer = array(
			'siteurl' => (string) get_option( 'siteurl' ),
			'count'   => is_array( $now ) ? count( $now ) : 0,
			'added'   => count( array_diff( $keys, $before ) ),
			'missing' => count( array_diff( $keys, is_array( $now ) ? $now : array() ) ),
		);
		fwrite( STDOUT, "\n{$args[0]} begin\n" . wp_json_encode( $answer, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES ) . "\n{$args[0]} end\n" );
	}
);
