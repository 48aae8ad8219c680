<?php
// Sets the state of a site for a golden script: `wp eval-file state.php JSON`. The fields are those
// of the site probe's result. What the JSON doesn't have isn't changed.
$state = json_decode( $args[0], true );

$options = get_option( 'jetpack_options', array() );
$private = get_option( 'jetpack_private_options', array() );
if ( isset( $state['blog_id'] ) ) {
	$options['id'] = $state['blog_id'];
}
if ( isset( $state['master_user'] ) ) {
	$options['master_user'] = $state['master_user'];
}
if ( ! empty( $state['blog_token'] ) ) {
	$private['blog_token'] = 'blog.token';
}
foreach ( isset( $state['user_tokens'] ) ? $state['user_tokens'] : array() as $user ) {
	$private['user_tokens'][ $user ] = "user.token.$user";
}
update_option( 'jetpack_options', $options );
update_option( 'jetpack_private_options', $private );
if ( ! empty( $state['akismet_key'] ) ) {
	update_option( 'wordpress_api_key', 'abcdef123456' );
}
if ( ! empty( $state['vaultpress_key'] ) ) {
	update_option( 'vaultpress', array( 'key' => 'key', 'secret' => 'secret' ) );
}
if ( isset( $state['token_requests'] ) ) {
	update_option( 'jetpack_standin_requests', $state['token_requests'] );
}
if ( isset( $state['licenses'] ) ) {
	// On old sites the option holds a string. The hooks would attach the keys.
	remove_all_actions( 'add_option_jetpack_licenses' );
	update_option( 'jetpack_licenses', count( $state['licenses'] ) > 1 ? $state['licenses'] : $state['licenses'][0] );
}
foreach ( array( 'siteurl', 'home' ) as $name ) {
	if ( isset( $state[ $name ] ) ) {
		// Not update_option, which would clean up the URL: a database can hold any.
		$GLOBALS['wpdb']->update( $GLOBALS['wpdb']->options, array( 'option_value' => $state[ $name ] ), array( 'option_name' => $name ) );
		wp_cache_delete( 'alloptions', 'options' );
	}
}
if ( ! empty( $state['safe_mode'] ) ) {
	// As Jetpack stores it: the addresses of the site, and those that WordPress.com expected.
	$address = function ( $name ) {
		return preg_replace( '#^https?://(www\.)?#', '', trailingslashit( get_option( $name ) ) );
	};
	update_option(
		'jetpack_sync_error_idc',
		array(
			'home'          => $address( 'home' ),
			'siteurl'       => $address( 'siteurl' ),
			'wpcom_home'    => strrev( 'original.example/' ),
			'wpcom_siteurl' => strrev( 'original.example/' ),
			'reversed_url'  => true,
		)
	);
}

require_once ABSPATH . 'wp-admin/includes/plugin.php';
require_once ABSPATH . 'wp-admin/includes/file.php';
WP_Filesystem();
foreach ( isset( $state['plugins'] ) ? $state['plugins'] : array() as $slug => $plugin ) {
	if ( ! $plugin['installed'] ) {
		$GLOBALS['wp_filesystem']->delete( WP_PLUGIN_DIR . '/' . $slug, true );
	} elseif ( $plugin['active'] ) {
		activate_plugin( "$slug/$slug.php" );
	}
}
if ( isset( $state['vaultpress_load'] ) ) {
	update_option( 'vaultpress_standin', $state['vaultpress_load'] );
}
if ( isset( $state['file_mods'] ) && ! $state['file_mods'] ) {
	$config = ABSPATH . 'wp-config.php';
	$define = "<?php\ndefine( 'DISALLOW_FILE_MODS', true );";
	file_put_contents( $config, str_replace( '<?php', $define, file_get_contents( $config ) ) );
}
