<?php
// Runs the command of probe.php with the basics of WordPress (SHORTINIT), which takes half the time: the options, the users
// and the plugins' headers need no more. If must-use plugins or anything else could change the answer, it does nothing, and
// WP-CLI goes on to load WordPress as a whole and runs the command. --probe=light or full decides for it.

// Returns the code in a file without comments, or null if it can't be judged.
$read_code = function ( $file ) {
	$maximum = 300000; // bytes
	if ( ! is_file( $file ) || ! is_readable( $file ) || filesize( $file ) > $maximum ) {
		return null;
	}
	if ( 0 === filesize( $file ) ) {
		return '';
	}
	// Hosts can disable the first function. It returns '' if it fails.
	$code = function_exists( 'php_strip_whitespace' ) ? php_strip_whitespace( $file ) : (string) file_get_contents( $file );
	return '' === $code ? null : $code;
};

// Returns why code in $files, or in files that they include, could change the answer, or ''. $folder is WPMU_PLUGIN_DIR.
$judge_plugins = function ( $files, $folder ) use ( $read_code ) {
	// Names that the probe depends on, and hooks of the functions that it calls.
	$words = '/jetpack|akismet|vaultpress|WPCOM_API_KEY|wordpress_api_key|siteurl|WP_HOME|[\'"](?:site_url|(?-i:home|options))[\'"]'
		. '|[\'"](?:pre_|default_|sanitize_)?(?:site_)?option_|alloptions|notoptions|(?<!manage)_options\b|active_plugins|activate_plugin'
		. '|pre_option\b|(?<!get|pre)_option\b(?!\s*\(\s*([\'"])[\w-]+\1\s*[,)])|wpdb->options|prefix[}\'" .]*options|wpdb->\w+\s*=[^=]|\$wpdb\s*=[^=]|set_prefix|set_blog_id'
		. '|wp_filter|_has_cap|meta_cap|add_cap|remove_cap|capabilities|_roles?(?![a-z])|(?:add|create|insert|update|delete)_user|user_metadata'
		. '|function\s+(?:get_user|wp_cache)|wp_cache_(?:add_\w+_groups|flush|init|switch)|wp_object_cache|file_mod|(?<!get_)environment_type|WP_LOCAL_DEV'
		. '|add_(?:filter|action|wp_hook)\s*\(\s*[\'"](?:all|query|clean_url|kses_allowed_protocols|locale|sanitize_user)[\'"]'
		// Code that ends PHP, can't be read, or uses hooks whose names can't.
		. '|\b(?:exit|die|wp_die)\b|\beval\b|create_function|base64_decode|gzinflate|gzuncompress|str_rot13|ioncube|sourceguardian|@Zend|__halt_compiler|\$\$'
		. '|add_(?:filter|action|wp_hook)\s*\(\s*+(?!([\'"])[\w\/.-]+\2\s*,)/i';
	// The usual first line ends PHP if WordPress isn't loaded.
	$defined = 'defined\(\s*+[\'"](?:ABSPATH|WPINC)[\'"]\s*+\)';
	$guard   = "/(?:!\s*+{$defined}[\s){]*+(?:&&|and\b)?|$defined\s*+(?:\|\||or\b))\s*+(?:header\([^;]*;\s*+)*+(?:exit|die)\b[^;]*;/i";
	$path    = '((?:(?!\.\.)[\w\/.-])+\.php)[\'"]\s*\)?$/';
	$beside  = '/^\(?\s*(?:__DIR__|dirname\(\s*__FILE__\s*\)|plugin_dir_path\(\s*__FILE__\s*\)|(WPMU_PLUGIN_DIR))\s*\.\s*[\'"]' . $path;
	$core    = '/^\(?\s*ABSPATH\s*\.\s*(?:WPINC\s*\.\s*[\'"]\/|[\'"]\/?wp-(?:admin|includes)\/)' . $path;
	for ( $judged = array(); $files; ) {
		$file = array_pop( $files );
		if ( isset( $judged[ $file ] ) ) {
			continue;
		}
		$judged[ $file ] = true;
		if ( count( $judged ) > 500 ) {
			return "there are many files in $folder";
		}
		$code = $read_code( $file );
		$code = null === $code ? null : preg_replace( $guard, '', $code );
		// Searching fails if the code is too much for it.
		$found = null === $code ? false : preg_match( $words, $code, $match );
		if ( $found ) {
			return "$file has \"" . trim( $match[0] ) . '"';
		}
		if ( false === $found || false === preg_match_all( '/(?<!::|->|[\w$\'"])(?:include|require)(?:_once)?\b([^;]*)/i', $code, $includes ) ) {
			return "$file can't be read, or is large";
		}
		foreach ( array_map( 'trim', $includes[1] ) as $included ) {
			if ( preg_match( $beside, $included, $match ) ) {
				$files[] = ( $match[1] ? $folder : dirname( realpath( $file ) ) ) . '/' . $match[2];
			} elseif ( ! preg_match( $core, $included ) ) {
				return "$file includes files whose names can't be read";
			}
		}
	}
	return '';
};

// Counts the autoloaders before wp-config.php runs, which can add Composer's.
$autoloaders = 0;
WP_CLI::add_hook(
	'before_wp_load',
	function () use ( &$autoloaders ) {
		$autoloaders = count( (array) spl_autoload_functions() );
	}
);

// Returns why WordPress must be loaded as a whole, or ''.
$full_because = function ( $runner ) use ( $read_code, $judge_plugins, &$autoloaders ) {
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
		if ( preg_match( '/option|jetpack|url|file_mod|user|role|cap|init|load|setup|^(?:all|query)$/i', $hook ) ) {
			return "there is a hook $hook before WordPress is loaded";
		}
	}
	$content = defined( 'WP_CONTENT_DIR' ) ? WP_CONTENT_DIR : ABSPATH . 'wp-content';
	foreach ( array( 'db.php', 'object-cache.php' ) as $name ) {
		// It is loaded in both ways, but the light one doesn't call the hooks that WordPress calls later.
		$code  = file_exists( "$content/$name" ) ? $read_code( "$content/$name" ) : '';
		$later = '/jetpack|akismet|vaultpress|siteurl|plugins_loaded|setup_theme|[\'"](?:wp_loaded|init)[\'"]/i';
		$found = null === $code ? false : preg_match( $later, $code, $match );
		if ( 0 !== $found ) {
			return "$content/$name " . ( $found ? 'has "' . trim( $match[0] ) . '"' : "can't be read, or is large" );
		}
	}
	$folder = defined( 'WPMU_PLUGIN_DIR' ) ? WPMU_PLUGIN_DIR : "$content/mu-plugins";
	$names  = is_dir( $folder ) ? ( is_readable( $folder ) ? scandir( $folder ) : false ) : array();
	if ( false === $names ) {
		return "$folder can't be read";
	}
	$files = array();
	foreach ( $names as $name ) {
		if ( '.php' === substr( $name, -4 ) && ! is_dir( "$folder/$name" ) ) {
			$files[] = "$folder/$name";
		}
	}
	if ( $files && count( (array) spl_autoload_functions() ) > $autoloaders ) {
		return "there are must-use plugins, and wp-config.php has an autoloader for classes that they can use";
	}
	return $judge_plugins( $files, $folder );
};

// Loads the part of WordPress that the probe needs, as Runner::load_wordpress does it, except that no list of plugins is
// shortened.
$load_basics = function ( $runner ) {
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

	// Of what SHORTINIT leaves out, the probe needs the users, the language of their logins, and the functions for URLs.
	$files = array( 'l10n', 'formatting', 'meta', 'capabilities', 'class-wp-roles', 'class-wp-role', 'class-wp-user', 'user', 'pluggable' );
	if ( get_option( 'jetpack_sync_error_idc' ) ) {
		array_push( $files, 'kses', 'http' ); // for comparing addresses
	}
	foreach ( $files as $name ) {
		require_once ABSPATH . WPINC . "/$name.php";
	}
	wp_plugin_directory_constants();
};

WP_CLI::add_hook(
	'after_wp_config_load',
	function () use ( $probe, $way, $full_because, $load_basics ) {
		$runner = WP_CLI::get_runner();
		$args   = array_slice( $runner->arguments, 1 );
		$mode   = isset( $runner->assoc_args['probe'] ) ? $runner->assoc_args['probe'] : 'auto';
		if ( 'light' !== $mode ) {
			$way->reason = 'auto' === $mode ? $full_because( $runner ) : '--probe=full';
		}
		if ( '' !== $way->reason ) {
			return;
		}
		$way->light = true;
		fwrite( STDOUT, "\n{$args[0]} light\n" );
		$load_basics( $runner );
		$probe( $args, $runner->assoc_args );
		exit( 0 );
	}
);
