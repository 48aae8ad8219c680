<?php
/**
 * Plugin Name: Must-use noise (stand-in)
 * Description: A stand-in of our own for a must-use plugin that talks, which --skip-plugins doesn't stop: it prints notices, HTML and something like JSON on standard output as it loads and as PHP ends. For tests only.
 * Version: 1.0
 * License: MIT
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
