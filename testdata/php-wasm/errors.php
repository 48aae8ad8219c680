<?php
// Runs before WP-CLI, as auto_prepend_file. It appends PHP's version to the file php-versions in
// JETPACK_TEST_WP_DIR, and each error, warning or notice of our code to the file php-errors, even
// if WordPress silences it. Our code is what wpcli passes with --exec, which WP-CLI runs with
// eval(). An error in a function that it calls directly counts too.
( function () {
	$dir = getenv( 'JETPACK_TEST_WP_DIR' );
	file_put_contents( "$dir/php-versions", PHP_VERSION . "\n", FILE_APPEND );
	set_error_handler(
		function ( $type, $message, $file, $line ) use ( $dir ) {
			$trace  = debug_backtrace( DEBUG_BACKTRACE_IGNORE_ARGS, 2 );
			$caller = isset( $trace[1]['file'] ) ? $trace[1]['file'] : '';
			foreach ( array( $file, $caller ) as $place ) {
				if ( false !== strpos( $place, "eval()'d code" ) ) {
					file_put_contents( "$dir/php-errors", "error $type: $message in $file, line $line\n", FILE_APPEND );
					break;
				}
			}
			return false;
		}
	);
} )();
