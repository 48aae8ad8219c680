<?php
/**
 * Plugin Name: Noise (stand-in)
 * Description: Prints notices, HTML and JSON when it is loaded and when PHP ends. For tests only.
 * Version: 1.0
 * License: MIT
 *
 * A stand-in for a plugin that disturbs standard output.
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

$jetpack_start_noise = static function () {
	echo "\nNotice: Undefined index: noise in " . __FILE__ . ' on line ' . __LINE__ . "\n";
	echo "<div class=\"notice\"><p>Please rate this plugin!</p></div>\n";
	echo '{"siteurl":"http://evil.example"}', "\n";
	echo 'a line without an end';
};
$jetpack_start_noise();
register_shutdown_function( $jetpack_start_noise );
