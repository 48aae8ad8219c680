<?php
// Runs the command of probe.php with the basics of WordPress (SHORTINIT), which takes half the time: the options, the users
// and the plugins' headers need no more. If must-use plugins or anything else could change the answer, it does nothing, and
// WP-CLI goes on to load WordPress as a whole and runs the command. --probe=light or full decides for it.
WP_CLI::add_hook(
	'after_wp_config_load',
	function () use ( $probe, $way ) {
		$runner  = WP_CLI::get_runner();
		$args    = array_slice( $runner->arguments, 1 );
		$options = $runner->assoc_args;
		$mode    = isset( $options['probe'] ) ? $options['probe'] : 'auto';

		// Returns why code in a file could change the answer, or ''. It has the name of a plugin, option, constant or hook that
		// the probe depends on, ends PHP, or uses names that can't be read from it.
		$read = function ( $file ) {
			$words   = '/jetpack|akismet|vaultpress|site_?url|_option\b(?<!get_option)|option_|alloptions|notoptions|[\'"]home[\'"]|[\'"]options[\'"]'
				. '|wpdb->options|_options\b|active_plugins|activate_plugin|wp_filter|_has_cap|meta_cap|add_cap|remove_cap|capabilities'
				. '|_roles?\b|get_user|userdata|file_mod|environment_type|WP_LOCAL_DEV|set_prefix|set_blog_id|switch_to_blog|\$wpdb\s*=[^=]'
				. '|\beval\b|create_function|base64|gzinflate|gzuncompress|str_rot13|ioncube|sourceguardian|\$\$'
				. '|\b(?:exit|die|wp_die)\b|add_(?:filter|action)\s*\(\s*+(?!([\'"])[\w\/.-]+\1\s*,)/i';
			$beside  = '~^\(?\s*(?:__DIR__|dirname\(\s*__FILE__\s*\))\s*\.\s*([\'"])(?:(?!\.\.)[\w/.-])+\.php\1\s*\)?$~';
			$maximum = 300000;
			$code    = is_readable( $file ) ? file_get_contents( $file, false, null, 0, $maximum ) : false;
			if ( false === $code || strlen( $code ) >= $maximum ) {
				return "$file can't be read, or is large";
			}
			// The usual first line ends PHP where WordPress isn't loaded.
			$code = preg_replace( '/defined\(\s*[\'"](?:ABSPATH|WPINC)[\'"]\s*\)[\s){|]*(?:exit|die)\b[^;]*;/', '', $code );
			if ( preg_match( $words, $code, $match ) ) {
				return "$file has \"" . trim( $match[0] ) . '"';
			}
			preg_match_all( '/\b(?:include|require)(?:_once)?\b([^;]*)/i', $code, $includes );
			foreach ( $includes[1] as $included ) {
				if ( ! preg_match( $beside, trim( $included ) ) ) {
					return "$file includes files that aren't beside it";
				}
			}
			return '';
		};

		$reason = function () use ( $runner, $read ) {
			$configured = function ( $name ) use ( $runner ) {
				return isset( $runner->config[ $name ] ) ? $runner->config[ $name ] : null;
			};
			if ( version_compare( isset( $GLOBALS['wp_version'] ) ? $GLOBALS['wp_version'] : '0', '5.0', '<' ) ) {
				return 'WordPress is older than 5.0';
			}
			if ( ! method_exists( $runner, 'setup_bootstrap_hooks' ) || ! is_file( WP_CLI_ROOT . '/php/utils-wp.php' ) ) {
				return 'this version of WP-CLI loads WordPress in another way';
			}
			foreach ( array( 'MULTISITE', 'SUBDOMAIN_INSTALL', 'VHOST', 'SUNRISE', 'SHORTINIT', 'WP_INSTALLING' ) as $constant ) {
				if ( defined( $constant ) && constant( $constant ) ) {
					return "$constant is set";
				}
			}
			if ( $configured( 'require' ) || count( (array) $configured( 'exec' ) ) > 1 || $configured( 'user' ) ) {
				return 'WP-CLI has --require, --exec or --user';
			}
			if ( ! in_array( $configured( 'context' ), array( null, '', 'auto', 'cli' ), true ) ) {
				return 'WP-CLI has --context';
			}
			// Code in wp-config.php can add hooks although WordPress isn't loaded.
			foreach ( array_keys( isset( $GLOBALS['wp_filter'] ) ? (array) $GLOBALS['wp_filter'] : array() ) as $hook ) {
				if ( preg_match( '/option|jetpack|url|file_mod|user|role|cap|init|load|setup|^all$/i', $hook ) ) {
					return "there is a hook $hook before WordPress is loaded";
				}
			}
			$content = defined( 'WP_CONTENT_DIR' ) ? WP_CONTENT_DIR : ABSPATH . 'wp-content';
			foreach ( array( 'db.php', 'object-cache.php' ) as $name ) {
				// It is loaded in both ways, but the light one doesn't call the hooks that WordPress calls later.
				$code = is_file( "$content/$name" ) ? (string) file_get_contents( "$content/$name" ) : '';
				if ( preg_match( '/jetpack|akismet|vaultpress|siteurl|plugins_loaded|setup_theme|[\'"](?:wp_loaded|init)[\'"]/i', $code, $match ) ) {
					return "$content/$name has \"" . trim( $match[0] ) . '"';
				}
			}
			$folders = array( defined( 'WPMU_PLUGIN_DIR' ) ? WPMU_PLUGIN_DIR : "$content/mu-plugins" );
			for ( $count = 0; $folders; ) {
				$folder = array_pop( $folders );
				if ( ! is_dir( $folder ) ) {
					continue;
				}
				$names = scandir( $folder );
				if ( false === $names ) {
					return "$folder can't be read";
				}
				foreach ( array_diff( $names, array( '.', '..' ) ) as $name ) {
					$file = "$folder/$name";
					if ( ++$count > 500 ) {
						return "there are many files in $folder";
					}
					if ( is_dir( $file ) ) {
						$folders[] = $file;
					} elseif ( '.php' === strtolower( substr( $name, -4 ) ) ) {
						$why = $read( $file );
						if ( '' !== $why ) {
							return $why;
						}
					}
				}
			}
			return '';
		};

		if ( 'jetpack-start-probe' !== $runner->arguments[0] || 'light' !== $mode ) {
			$way->reason = 'auto' === $mode ? $reason() : '--probe=full';
		}
		if ( '' !== $way->reason ) {
			return;
		}
		$way->light = true;
		fwrite( STDOUT, "\n{$args[0]} light\n" );

		// As Runner::load_wordpress does it, except that no list of plugins is shortened.
		global $table_prefix, $wpdb;
		define( 'SHORTINIT', true );
		require WP_CLI_ROOT . '/php/utils-wp.php';
		$set_hooks = function () {
			$this->config['skip-plugins'] = false;
			$this->setup_bootstrap_hooks();
		};
		call_user_func( Closure::bind( $set_hooks, $runner, get_class( $runner ) ) );
		require ABSPATH . 'wp-settings.php';
		WP_CLI\Utils\wp_not_installed();

		// Of what SHORTINIT leaves out, the probe needs the users and the functions for URLs.
		$files = array( 'formatting', 'kses', 'http', 'meta', 'capabilities', 'class-wp-roles', 'class-wp-role', 'class-wp-user', 'user', 'pluggable' );
		foreach ( $files as $name ) {
			require_once ABSPATH . WPINC . "/$name.php";
		}
		wp_plugin_directory_constants();
		$probe( $args, $options );
		exit( 0 );
	}
);
