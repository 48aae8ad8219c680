<?php
// Registers the command jetpack-start-setup MARKER. It stores a user token, and installs and activates plugins and fetches
// their keys. What to do is a JSON object on standard input, because a user token must not be an argument. Each part is
// reported as soon as it is done, as a line MARKER JSON, so that a process that is killed loses nothing. The last line
// for a part counts.

// The limits of HTTP requests, in seconds: how long one may take, and the time after which there are none. They apply from
// here on, because plugins send requests while WordPress loads.
$limits = (object) array(
	'request' => 10,
	'until'   => INF,
);
WP_CLI::add_wp_hook(
	'http_request_args',
	function ( $request ) use ( $limits ) {
		$limit = $limits->until - microtime( true );
		if ( empty( $request['stream'] ) ) { // a download may take longer
			$limit = min( $limit, $limits->request );
		}
		$request['timeout'] = max( 0.1, min( isset( $request['timeout'] ) ? (float) $request['timeout'] : 5, $limit ) );
		return $request;
	},
	PHP_INT_MAX
);
WP_CLI::add_wp_hook(
	'pre_http_request',
	function ( $answer ) use ( $limits ) {
		return microtime( true ) < $limits->until ? $answer : new WP_Error( 'jetpack_start_timeout', 'the time for requests is over' );
	},
	-PHP_INT_MAX
);

WP_CLI::add_command(
	'jetpack-start-setup',
	function ( $args ) use ( $limits ) {
		$setup = json_decode( (string) stream_get_contents( STDIN ), true );
		if ( ! is_array( $setup ) ) {
			WP_CLI::error( 'jetpack-start-setup: no JSON on standard input.' );
		}
		$report = function ( $part ) use ( $args ) {
			$flags = JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE;
			fwrite( STDOUT, "\n{$args[0]} " . wp_json_encode( $part, $flags ) . "\n" );
		};
		// An error message of a plugin can have any length.
		$short = function ( $text ) {
			return substr( $text, 0, 2000 );
		};

		// This runs at shutdown too, so that a fatal error in a plugin is reported.
		$ended = false;
		register_shutdown_function(
			function () use ( &$ended, $report, $short ) {
				if ( ! $ended ) {
					$died  = error_get_last(); // can be a warning
					$fatal = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR;
					$why   = $died && ( $died['type'] & $fatal ) ? $died['message'] : 'the process ended';
					$report( array( 'died' => $short( $why ) ) );
				}
			}
		);

		// Each part may use an equal share of the time that is left. When that is over, further requests of plugins fail at
		// once, so that the part ends by itself.
		$limits->request = $setup['request_timeout'];
		ini_set( 'default_socket_timeout', (string) max( 1, (int) $limits->request ) );
		$deadline = ( isset( $_SERVER['REQUEST_TIME_FLOAT'] ) ? $_SERVER['REQUEST_TIME_FLOAT'] : microtime( true ) ) + $setup['time'];
		$parts    = count( $setup['plugins'] ) + ( empty( $setup['token'] ) ? 0 : 1 );
		$begin    = function ( $part ) use ( $limits, &$parts, $deadline, $report ) {
			$now           = microtime( true );
			$limits->until = $now + max( 0, $deadline - $now ) / max( 1, $parts );
			--$parts;
			$report( array( 'now' => $part ) );
		};

		// Runs a WP-CLI command in this process and returns its error message, or '' if it succeeded. Its output is
		// discarded: Jetpack's authorize_user prints the token that it was given.
		$run = function ( $command, $named ) {
			$logger = new WP_CLI\Loggers\Execution();
			WP_CLI::set_logger( $logger );
			$bound = Closure::bind(
				function () {
					if ( property_exists( 'WP_CLI', 'capture_exit' ) ) {
						WP_CLI::$capture_exit = true;
					}
				},
				null,
				'WP_CLI'
			);
			$bound();
			ob_start();
			$error = '';
			try {
				WP_CLI::run_command( $command, $named );
			} catch ( WP_CLI\ExitException $e ) {
				if ( $e->getCode() ) {
					$error = 'exit ' . $e->getCode();
				}
			} catch ( Throwable $e ) {
				$error = get_class( $e ) . ': ' . $e->getMessage();
			}
			ob_end_clean();
			if ( '' !== $error && '' !== trim( $logger->stderr ) ) {
				$error = trim( $logger->stderr );
			}
			return $error;
		};

		// WordPress ran these hooks before the plugins that are loaded here added their callbacks. $run_late runs the
		// callbacks that were added since.
		$late     = array( 'plugins_loaded', 'after_setup_theme', 'init', 'wp_loaded' );
		$hooked   = function ( $hook ) {
			global $wp_filter;
			$found = array();
			if ( isset( $wp_filter[ $hook ] ) ) {
				foreach ( $wp_filter[ $hook ]->callbacks as $priority => $callbacks ) {
					foreach ( $callbacks as $id => $callback ) {
						$found[ "$priority $id" ] = $callback['function'];
					}
				}
			}
			return $found;
		};
		$before   = array_combine( $late, array_map( $hooked, $late ) );
		$run_late = function () use ( $late, $hooked, &$before ) {
			foreach ( $late as $hook ) {
				foreach ( array_diff_key( $hooked( $hook ), $before[ $hook ] ) as $id => $callback ) {
					$before[ $hook ][ $id ] = $callback;
					call_user_func( $callback, '' ); // as do_action() does without arguments
				}
			}
		};

		// Loads an active plugin, which this boot left out, as WordPress does: its variables become global.
		$load = function ( $jetpack_start_file ) {
			wp_register_plugin_realpath( $jetpack_start_file );
			include_once $jetpack_start_file;
			foreach ( get_defined_vars() as $name => $value ) {
				if ( 'jetpack_start_file' !== $name ) {
					$GLOBALS[ $name ] = $value;
				}
			}
		};

		$option = function ( $name, $key ) {
			$value = get_option( $name );
			return is_array( $value ) && ! empty( $value[ $key ] ) ? $value[ $key ] : null;
		};
		$state  = function () use ( $option, $report ) {
			$id     = $option( 'jetpack_options', 'id' );
			$master = (int) $option( 'jetpack_options', 'master_user' );
			$tokens = $option( 'jetpack_private_options', 'user_tokens' );
			$token  = is_array( $tokens ) && isset( $tokens[ $master ] ) ? explode( '.', (string) $tokens[ $master ] ) : array();
			$owned  = ! empty( $token[1] ) && isset( $token[2] ) && (string) $master === $token[2] && get_userdata( $master );
			$blog   = $option( 'jetpack_private_options', 'blog_token' ) || ( defined( 'JETPACK_BLOG_TOKEN' ) && JETPACK_BLOG_TOKEN );
			$ready  = $id && $owned && $blog;
			$report(
				array(
					'blog_id'   => is_numeric( $id ) ? (int) $id : 0,
					'connected' => $ready,
				)
			);
			return $ready ? $master : 0;
		};

		$report( array( 'start' => true ) );
		if ( ! empty( $setup['token'] ) ) {
			$begin( 'token' );
			$user   = (int) $setup['user_id'];
			$stored = function ( $error ) use ( $option, $report, $setup, $user ) {
				$tokens = $option( 'jetpack_private_options', 'user_tokens' );
				$token  = is_array( $tokens ) && isset( $tokens[ $user ] ) ? (string) $tokens[ $user ] : '';
				$report(
					array(
						'token' => array(
							'error'  => $error,
							'stored' => 0 === strpos( $token, $setup['token'] ),
						),
					)
				);
			};
			// Jetpack stores the token first, and can take minutes for what follows.
			$watch = function ( $name ) use ( $stored ) {
				if ( 'jetpack_private_options' === $name ) {
					$stored( '' );
				}
			};
			add_action( 'added_option', $watch );
			add_action( 'updated_option', $watch );
			wp_set_current_user( $user );
			$error = $run( array( 'jetpack', 'authorize_user' ), array( 'token' => $setup['token'] ) );
			remove_action( 'added_option', $watch );
			remove_action( 'updated_option', $watch );
			$stored( $short( str_replace( $setup['token'], '[redacted]', $error ) ) );
		}
		$master = $state();

		$has_key = array(
			'akismet'    => function () {
				return (bool) ( defined( 'WPCOM_API_KEY' ) ? WPCOM_API_KEY : get_option( 'wordpress_api_key' ) );
			},
			'vaultpress' => function () use ( $option ) {
				return (bool) $option( 'vaultpress', 'key' );
			},
		);
		$fetch   = array(
			'akismet'    => function () {
				if ( ! has_action( 'jetpack_auto_activate_akismet' ) ) {
					return 'Akismet does not listen to jetpack_auto_activate_akismet.';
				}
				ob_start();
				do_action( 'jetpack_auto_activate_akismet' );
				ob_end_clean();
				return '';
			},
			'vaultpress' => function () use ( $run ) {
				return $run( array( 'vaultpress', 'register_via_jetpack' ), array() );
			},
		);
		require_once ABSPATH . 'wp-admin/includes/plugin.php';
		$active = function ( $plugin ) {
			return $plugin['must_use'] || ( is_file( WP_PLUGIN_DIR . '/' . $plugin['file'] ) && is_plugin_active( $plugin['file'] ) );
		};
		$tell   = function ( $plugin, $error ) use ( $active, $has_key, $report, $short ) {
			$slug = $plugin['slug'];
			$report(
				array(
					'plugin' => $slug,
					'error'  => $short( $error ),
					'active' => $active( $plugin ),
					'key'    => $has_key[ $slug ](),
				)
			);
		};
		foreach ( $setup['plugins'] as $plugin ) {
			if ( microtime( true ) >= $deadline ) {
				break;
			}
			$slug  = $plugin['slug'];
			$path  = WP_PLUGIN_DIR . '/' . $plugin['file'];
			$level = ob_get_level();
			$error = '';
			$begin( $slug );
			try {
				if ( ! $plugin['must_use'] && ! is_file( $path ) ) {
					$error = $plugin['install'] ? $run( array( 'plugin', 'install', $plugin['source'] ), array() ) : 'not installed';
				}
				if ( '' === $error && ! $active( $plugin ) ) {
					$error = $run( array( 'plugin', 'activate', $plugin['file'] ), array() );
				} elseif ( '' === $error && ! $plugin['must_use'] ) {
					ob_start();
					$load( $path );
				}
				$tell( $plugin, $error );
				if ( '' === $error && $master && ! $has_key[ $slug ]() ) {
					// The keys belong to the owner of the connection, who may be another user than the one given for the token.
					wp_set_current_user( $master );
					$run_late();
					$error = $fetch[ $slug ]();
				}
			} catch ( Throwable $e ) {
				$error = get_class( $e ) . ': ' . $e->getMessage();
			}
			while ( ob_get_level() > $level ) {
				ob_end_clean();
			}
			$tell( $plugin, $error );
		}
		$limits->until = $deadline;
		$ended         = true;
		$report( array( 'end' => true ) );
	}
);
