<?php
// Makes WordPress load Jetpack and no other plugin, whatever Jetpack's folder is called, and even if wp-cli.yml has
// skip-plugins. It must run before WordPress loads. The filters are removed before anything can store the shortened lists.
( function () {
	$lists = array();
	// Before and after WP-CLI's own filter, which has priority 999.
	$filters = array(
		998  => function ( $plugins ) use ( &$lists ) {
			$lists[ current_filter() ] = $plugins;
			return $plugins;
		},
		1000 => function () use ( &$lists ) {
			$plugins = $lists[ current_filter() ];
			if ( ! is_array( $plugins ) ) {
				return $plugins;
			}
			$by_key = false !== strpos( current_filter(), 'sitewide' );
			foreach ( $plugins as $key => $value ) {
				if ( 'jetpack.php' !== basename( (string) ( $by_key ? $key : $value ) ) ) {
					unset( $plugins[ $key ] );
				}
			}
			return $by_key ? $plugins : array_values( $plugins );
		},
	);
	$hooks   = array(
		'pre_option_active_plugins',
		'option_active_plugins',
		'pre_site_option_active_sitewide_plugins',
		'site_option_active_sitewide_plugins',
	);
	$change  = function ( $how ) use ( $hooks, $filters ) {
		foreach ( $hooks as $hook ) {
			foreach ( $filters as $priority => $filter ) {
				call_user_func( $how, $hook, $filter, $priority );
			}
		}
	};
	$change( array( 'WP_CLI', 'add_wp_hook' ) );
	WP_CLI::add_wp_hook(
		'plugins_loaded',
		function () use ( $change ) {
			$change( 'remove_filter' );
		},
		0
	);
} )();
