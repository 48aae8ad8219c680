<?php
// Registers the command jetpack-start-setup MARKER. It stores a user token, and installs and activates plugins and fetches
// their keys. What to do is a JSON object on standard input, because a user token must not be an argument. The command prints
// a report as JSON between two marker lines. If PHP dies early, the report holds what was done until then.
WP_CLI::add_command(
	'jetpack-start-setup',
	function ( $args ) {
		$setup = json_decode( (string) stream_get_contents( STDIN ), true );
		if ( ! is_array( $setup ) ) {
			WP_CLI::error( 'jetpack-start-setup: no JSON on standard input.' );
		}
		$report = (object) array(
			'token'   => null,
			'plugins' => array(),
			'now'     => 'start',
			'done'    => false,
		);

		// Prints the report, once. It also runs at shutdown, so that a fatal error in a plugin doesn't lose the report.
		$print = function () use ( $report, $args ) {
			if ( $report->done ) {
				return;
			}
			$died = error_get_last();
			if ( 'end' !== $report->now ) {
				$report->died = $report->now . ': ' . ( $died ? $died['message'] : 'the process ended' );
			}
			$report->done = true;
			fwrite( STDOUT, "\n{$args[0]} begin\n" . wp_json_encode( $report, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR ) . "\n{$args[0]} end\n" );
		};
		register_shutdown_function( $print );

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

		// WordPress ran these hooks before the plugins that are activated here added their callbacks. $run_late runs the
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

		if ( isset( $setup['token'] ) && '' !== $setup['token'] ) {
			$report->now = 'authorize_user';
			wp_set_current_user( (int) $setup['user_id'] );
			$error         = $run( array( 'jetpack', 'authorize_user' ), array( 'token' => $setup['token'] ) );
			$private       = get_option( 'jetpack_private_options' );
			$stored        = is_array( $private ) && isset( $private['user_tokens'][ (int) $setup['user_id'] ] ) ? (string) $private['user_tokens'][ (int) $setup['user_id'] ] : '';
			$report->token = array(
				'error'  => str_replace( $setup['token'], '[redacted]', $error ),
				'stored' => 0 === strpos( $stored, $setup['token'] ),
			);
		}

		require_once ABSPATH . 'wp-admin/includes/plugin.php';
		foreach ( $setup['plugins'] as $plugin ) {
			$slug        = $plugin['slug'];
			$file        = "$slug/$slug.php";
			$report->now = $slug;
			$error       = '';
			if ( ! is_file( WP_PLUGIN_DIR . '/' . $file ) ) {
				$error = $plugin['install'] ? $run( array( 'plugin', 'install', $plugin['source'] ), array() ) : 'not installed';
			}
			if ( '' === $error && ! is_plugin_active( $file ) ) {
				$error = $run( array( 'plugin', 'activate', $slug ), array() );
			}
			$report->plugins[ $slug ] = array( 'error' => $error );
		}

		$option = function ( $name, $key ) {
			$value = get_option( $name );
			return is_array( $value ) && ! empty( $value[ $key ] ) ? $value[ $key ] : null;
		};
		$master            = (int) $option( 'jetpack_options', 'master_user' );
		$report->connected = $option( 'jetpack_options', 'id' ) && $option( 'jetpack_private_options', 'blog_token' ) && $master > 0;

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
		if ( $report->connected ) {
			// The keys belong to the owner of the connection, who may be another user than the one given for the token.
			wp_set_current_user( $master );
		}
		foreach ( $setup['plugins'] as $plugin ) {
			$slug        = $plugin['slug'];
			$report->now = "$slug key";
			$part        = &$report->plugins[ $slug ];
			if ( '' === $part['error'] && $report->connected && ! $has_key[ $slug ]() ) {
				try {
					$run_late();
					$part['error'] = $fetch[ $slug ]();
				} catch ( Throwable $e ) {
					$part['error'] = get_class( $e ) . ': ' . $e->getMessage();
				}
			}
			$part['active'] = is_plugin_active( "$slug/$slug.php" );
			$part['key']    = $has_key[ $slug ]();
			unset( $part );
		}
		$report->now = 'end';
		$print();
	}
);
