<?php
// Makes WordPress load Jetpack and no other plugin, whatever Jetpack's folder is called. It must run before WordPress loads.
// The filters are removed before anything can store the shortened lists.
( function () {
	$only_jetpack = function ( $plugins ) {
		if ( ! is_array( $plugins ) ) {
			return $plugins;
		}
		$by_key = 'site_option_active_sitewide_plugins' === current_filter();
		foreach ( $plugins as $key => $value ) {
			if ( 'jetpack.php' !== basename( (string) ( $by_key ? $key : $value ) ) ) {
				unset( $plugins[ $key ] );
			}
		}
		return $by_key ? $plugins : array_values( $plugins );
	};
	$hooks        = array( 'option_active_plugins', 'site_option_active_sitewide_plugins' );
	foreach ( $hooks as $hook ) {
		WP_CLI::add_wp_hook( $hook, $only_jetpack, 1000 );
	}
	WP_CLI::add_wp_hook(
		'plugins_loaded',
		function () use ( $hooks, $only_jetpack ) {
			foreach ( $hooks as $hook ) {
				remove_filter( $hook, $only_jetpack, 1000 );
			}
		},
		0
	);
} )();
