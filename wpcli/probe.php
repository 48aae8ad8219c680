<?php
// Registers the command jetpack-start-probe MARKER [--local-user=USER]. It prints the state of the site as JSON between two
// marker lines, because other code of the site may print too. It changes nothing and sends no requests. lightprobe.php may
// run it before WordPress is loaded as a whole, so it must do without what SHORTINIT leaves out.
$way = (object) array(
	'light'  => false,
	'reason' => '', // why it isn't light
);
WP_CLI::add_command(
	'jetpack-start-probe',
	$probe = function ( $args, $assoc ) use ( $way ) {
		$as_array = function ( $value ) {
			return is_array( $value ) ? $value : array();
		};
		$sitewide = is_multisite() ? array_keys( $as_array( get_site_option( 'active_sitewide_plugins' ) ) ) : array();
		$listed   = array_filter( array_merge( $sitewide, array_values( $as_array( get_option( 'active_plugins' ) ) ) ), 'is_string' );
		// A plugin can be listed as active although its files are gone.
		$exists = function ( $file ) {
			return 0 === validate_file( $file ) && is_file( WP_PLUGIN_DIR . '/' . $file );
		};
		$active = array_values( array_unique( array_filter( $listed, $exists ) ) );

		// A plugin can be in a folder with another name, or be loaded from mu-plugins, where no list has it.
		$folders = is_dir( WP_PLUGIN_DIR ) ? $as_array( scandir( WP_PLUGIN_DIR ) ) : array();
		$header  = function ( $file, $name ) {
			$path = WP_PLUGIN_DIR . '/' . $file;
			$data = is_readable( $path ) ? get_file_data( $path, array( $name ) ) : array( '' );
			return $data[0];
		};
		$loaded  = array(
			'jetpack'    => class_exists( 'Jetpack', false ) || defined( 'JETPACK__VERSION' ),
			'akismet'    => class_exists( 'Akismet', false ) || defined( 'AKISMET_VERSION' ),
			'vaultpress' => class_exists( 'VaultPress', false ) || defined( 'VAULTPRESS__VERSION' ),
		);
		$plugins = array();
		foreach ( array( 'jetpack' => 'JETPACK__VERSION', 'akismet' => 'AKISMET_VERSION', 'vaultpress' => 'VAULTPRESS__VERSION' ) as $slug => $constant ) {
			$is    = function ( $file ) use ( $slug ) {
				return 1 === preg_match( "#^[^/]+/$slug\.php$#D", $file );
			};
			$found = array_values( array_filter( $active, $is ) );
			$state = array(
				'active'   => $found || $loaded[ $slug ],
				'must_use' => ! $found && $loaded[ $slug ],
			);
			if ( ! $found ) {
				$found = array_values( array_filter( array( "$slug/$slug.php" ), $exists ) );
			}
			foreach ( $found ? array() : $folders as $folder ) {
				$file = "$folder/$slug.php";
				if ( $exists( $file ) && 0 === stripos( $header( $file, 'Plugin Name' ), $slug ) ) {
					$found[] = $file;
				}
			}
			$file    = $state['must_use'] || ! $found ? '' : $found[0];
			$version = '' === $file ? '' : $header( $file, 'Version' );

			$plugins[ $slug ] = $state + array(
				'installed' => $state['active'] || '' !== $file,
				'file'      => $file,
				'version'   => $loaded[ $slug ] && defined( $constant ) ? (string) constant( $constant ) : $version,
			);
		}

		// As WP-CLI looks up its --user, except that '1.5' and '1e1' aren't IDs here.
		$user   = null;
		$wanted = isset( $assoc['local-user'] ) ? rawurldecode( (string) $assoc['local-user'] ) : '';
		if ( '' !== $wanted ) {
			$user = ctype_digit( $wanted ) ? get_user_by( 'id', $wanted ) : get_user_by( 'email', $wanted );
			if ( ! $user ) {
				$user = get_user_by( 'login', $wanted );
			}
			$user = $user ? array(
				'id'            => (int) $user->ID,
				'login'         => $user->user_login,
				'email'         => $user->user_email,
				'administrator' => user_can( $user, 'manage_options' ),
			) : null;
		}

		$options = $as_array( get_option( 'jetpack_options' ) );
		$private = $as_array( get_option( 'jetpack_private_options' ) );
		$blog_id = isset( $options['id'] ) && is_numeric( $options['id'] ) ? (int) $options['id'] : 0;
		$owner   = isset( $options['master_user'] ) && is_numeric( $options['master_user'] ) ? (int) $options['master_user'] : 0;
		$vault   = $as_array( get_option( 'vaultpress' ) );
		$akismet = defined( 'WPCOM_API_KEY' ) ? WPCOM_API_KEY : get_option( 'wordpress_api_key' );

		// Jetpack takes no token but KEY.SECRET.USERID.
		$tokens = array();
		foreach ( isset( $private['user_tokens'] ) ? $as_array( $private['user_tokens'] ) : array() as $id => $token ) {
			$parts = is_string( $token ) ? explode( '.', $token ) : array();
			if ( ! empty( $parts[1] ) && isset( $parts[2] ) && (string) $id === $parts[2] ) {
				$tokens[] = (int) $id;
			}
		}

		// Jetpack is in safe mode if its option holds the site's own addresses, and WordPress.com doesn't expect the same ones.
		// Jetpack deletes any other option when it is loaded.
		$own = function ( $name, $constant ) {
			global $wpdb;
			if ( defined( 'JETPACK_SYNC_USE_RAW_URL' ) && ! JETPACK_SYNC_USE_RAW_URL ) {
				$url = get_option( $name );
			} elseif ( ! is_multisite() && defined( $constant ) ) {
				$url = constant( $constant );
			} else {
				$url = $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM $wpdb->options WHERE option_name = %s", $name ) );
			}
			$parts = wp_parse_url( trailingslashit( esc_url_raw( (string) $url ) ) );
			return empty( $parts['host'] ) ? null : preg_replace( '/^www\./i', '', $parts['host'] . $parts['path'] );
		};
		$crisis = $as_array( get_option( 'jetpack_sync_error_idc' ) );
		$safe   = false;
		if ( isset( $crisis['home'], $crisis['siteurl'] ) ) {
			$handled = defined( 'JETPACK_SHOULD_HANDLE_IDC' ) ? JETPACK_SHOULD_HANDLE_IDC : ! defined( 'SUNRISE' ) && ! is_multisite();
			$here    = array( $own( 'home', 'WP_HOME' ), $own( 'siteurl', 'WP_SITEURL' ) );
			$wpcom   = array( isset( $crisis['wpcom_home'] ) ? $crisis['wpcom_home'] : null, isset( $crisis['wpcom_siteurl'] ) ? $crisis['wpcom_siteurl'] : null );
			if ( isset( $crisis['reversed_url'] ) ) {
				$wpcom = array_map( 'strrev', array_map( 'strval', $wpcom ) );
			}
			$safe = apply_filters( 'jetpack_should_handle_idc', $handled ) && array( $crisis['home'], $crisis['siteurl'] ) === $here && $wpcom !== $here;
		}

		// Why Jetpack is in offline mode, in which it doesn't connect; '' if it isn't.
		$local   = '#^[^.]*$|\.(local|localhost|test|docksal|docksal\.site|dev\.cc|lndo\.site|ddev\.site)$|^https?://127\.0\.0\.1$#i';
		$offline = '';
		if ( defined( 'JETPACK_DEV_DEBUG' ) ) {
			$offline = JETPACK_DEV_DEBUG ? 'JETPACK_DEV_DEBUG is set' : '';
		} elseif ( defined( 'WP_LOCAL_DEV' ) ) {
			$offline = WP_LOCAL_DEV ? 'WP_LOCAL_DEV is set' : '';
		} elseif ( function_exists( 'wp_get_environment_type' ) && 'local' === wp_get_environment_type() ) {
			$offline = 'WP_ENVIRONMENT_TYPE is local';
		} elseif ( apply_filters( 'jetpack_is_local_site', 1 === preg_match( $local, function_exists( 'site_url' ) ? site_url() : get_option( 'siteurl' ) ) ) ) {
			$offline = 'its address is local';
		}
		if ( ! apply_filters( 'jetpack_offline_mode', '' !== $offline ) ) {
			$offline = get_option( 'jetpack_offline_mode' ) ? 'the option jetpack_offline_mode is set' : '';
		} elseif ( '' === $offline ) {
			$offline = 'the filter jetpack_offline_mode says so';
		}

		$answer = array(
			'siteurl'            => (string) get_option( 'siteurl' ),
			'home'               => (string) get_option( 'home' ),
			'abspath'            => (string) realpath( ABSPATH ),
			'multisite'          => is_multisite(),
			'url'                => (string) WP_CLI::get_config( 'url' ),
			'file_mods'          => function_exists( 'wp_is_file_mod_allowed' ) ? wp_is_file_mod_allowed( 'jetpack_start' ) : ! ( defined( 'DISALLOW_FILE_MODS' ) && DISALLOW_FILE_MODS ),
			'wordpress'          => isset( $GLOBALS['wp_version'] ) ? (string) $GLOBALS['wp_version'] : '',
			'php'                => PHP_VERSION,
			'wp_cli'             => WP_CLI_VERSION,
			'user'               => $user,
			'plugins'            => $plugins,
			'active_plugins'     => $active,
			'blog_id'            => $blog_id,
			'blog_token'         => ! empty( $private['blog_token'] ) || $blog_id && defined( 'JETPACK_BLOG_TOKEN' ) && JETPACK_BLOG_TOKEN,
			'master_user'        => $owner,
			'master_user_exists' => $owner > 0 && (bool) get_userdata( $owner ),
			'user_tokens'        => $tokens,
			'safe_mode'          => (bool) apply_filters( 'jetpack_sync_error_idc_validation', $safe ),
			'offline'            => $offline,
			'akismet_key'        => is_string( $akismet ) && '' !== $akismet,
			'vaultpress_key'     => ! empty( $vault['key'] ),
			'light'              => $way->light,
			'full_because'       => $way->reason,
		);
		fwrite( STDOUT, "\n{$args[0]} begin\n" . wp_json_encode( $answer, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR ) . "\n{$args[0]} end\n" );
	}
);
