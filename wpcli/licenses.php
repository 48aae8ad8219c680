<?php
// Registers the command jetpack-start-licenses MARKER. It adds license keys to the site's option jetpack_licenses, and has
// Jetpack attach them. The keys are a JSON array on standard input: a license key must not be an argument, because anyone
// who has it can use it.
WP_CLI::add_command(
	'jetpack-start-licenses',
	function ( $args ) {
		$keys = json_decode( (string) stream_get_contents( STDIN ), true );
		if ( ! is_array( $keys ) ) {
			WP_CLI::error( 'jetpack-start-licenses: no JSON array on standard input.' );
		}
		$answer = function ( $answer ) use ( $args ) {
			$flags = JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE;
			fwrite( STDOUT, "\n{$args[0]} begin\n" . wp_json_encode( $answer, $flags ) . "\n{$args[0]} end\n" );
		};
		// The class was part of Jetpack's own before it became a package.
		foreach ( array( 'Automattic\Jetpack\Identity_Crisis', 'Jetpack' ) as $class ) {
			if ( method_exists( $class, 'validate_sync_error_idc_option' ) ) {
				if ( $class::validate_sync_error_idc_option() ) {
					$answer( array( 'safe_mode' => true ) );
					return;
				}
				break;
			}
		}

		// Old sites have a string instead of a list.
		$stored = function () {
			$list = array_filter( (array) get_option( 'jetpack_licenses', array() ), 'is_scalar' );
			return array_values( array_unique( array_filter( array_map( 'strval', $list ), 'strlen' ) ) );
		};
		$before = $stored();
		$after  = array_values( array_unique( array_merge( $before, $keys ) ) );

		// Jetpack attaches the keys when the option is added or updated, which an update to the same value doesn't do. So its
		// hook is removed, and its function called once. The call returns a result for each key too.
		$licensing = null;
		if ( method_exists( 'Automattic\Jetpack\Licensing', 'attach_stored_licenses' ) ) {
			$licensing = Automattic\Jetpack\Licensing::instance();
			remove_action( 'add_option_jetpack_licenses', array( $licensing, 'attach_stored_licenses' ) );
			remove_action( 'update_option_jetpack_licenses', array( $licensing, 'attach_stored_licenses' ) );
		}
		if ( get_option( 'jetpack_licenses', array() ) !== $after ) {
			update_option( 'jetpack_licenses', $after );
		}
		$now = $stored();

		$attached = 'not_attempted';
		$error    = '';
		if ( $licensing ) {
			$results  = $licensing->attach_stored_licenses();
			$failed   = array();
			$attached = 'attached';
			if ( is_wp_error( $results ) && 'not_connected' === $results->get_error_code() ) {
				$attached = 'waiting_for_connection';
			} elseif ( ! is_array( $results ) ) {
				$attached = 'failed';
				$failed[] = $results;
			} else {
				$results = array_values( $results );
				foreach ( $now as $i => $key ) {
					$result = isset( $results[ $i ] ) ? $results[ $i ] : null;
					if ( in_array( $key, $keys, true ) && ( null === $result || is_wp_error( $result ) ) ) {
						$attached = 'failed';
						$failed[] = $result;
					}
				}
			}
			if ( 'failed' === $attached ) {
				$error = method_exists( $licensing, 'last_error' ) ? (string) $licensing->last_error() : '';
				if ( '' === $error && is_wp_error( $failed[0] ) ) {
					$error = $failed[0]->get_error_message();
				}
				// The message holds keys.
				foreach ( $now as $key ) {
					$error = str_replace( $key, preg_replace( '/_[^_]*$/', "_\xe2\x80\xa6", $key ), $error );
				}
			}
		}
		$answer(
			array(
				'siteurl'  => (string) get_option( 'siteurl' ),
				'count'    => count( $now ),
				'added'    => count( array_diff( $keys, $before ) ),
				'missing'  => count( array_diff( $keys, $now ) ),
				'attached' => $attached,
				'error'    => substr( $error, 0, 2000 ),
			)
		);
	}
);
