<?php
/**
 * Plugin Name: VaultPress (stand-in)
 * Description: A stand-in for VaultPress, without code of the original. For tests and demos only.
 * Version: 4.0-standin
 * Requires PHP: 7.4
 * License: MIT
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/**
 * The plugin. Its state is the option `vaultpress` (key, secret).
 */
class VaultPress {

	/**
	 * Does what the option vaultpress_standin says, until the site has a key: the real plugin sends
	 * eight requests when it is loaded for the first time.
	 *
	 * - hangs: sleeps for five minutes
	 * - requests: sends eight requests, of up to a minute each, to JETPACK_START_TEST_SILENT_URL,
	 *   which never answers
	 * - kills: ends the process, so that no shutdown function runs
	 */
	public static function first_load() {
		if ( self::is_registered() ) {
			return;
		}
		switch ( get_option( 'vaultpress_standin' ) ) {
			case 'hangs':
				sleep( 300 );
				break;
			case 'requests':
				$url = getenv( 'JETPACK_START_TEST_SILENT_URL' );
				for ( $i = 0; $i < 8; $i++ ) {
					wp_remote_post( $url, array( 'timeout' => 60 ) );
				}
				break;
			case 'kills':
				exec( 'kill -KILL ' . getmypid() );
				sleep( 300 );
				break;
		}
	}

	/**
	 * Returns the only instance.
	 *
	 * @return VaultPress
	 */
	public static function init() {
		static $instance = null;
		if ( ! $instance ) {
			$instance = new self();
		}
		return $instance;
	}

	/**
	 * Reports whether the site has a key and a secret.
	 *
	 * @return bool
	 */
	public static function is_registered() {
		$options = (array) get_option( 'vaultpress', array() );
		return ! empty( $options['key'] ) && ! empty( $options['secret'] );
	}

	/**
	 * Stores a key and a secret. Jetpack must be connected.
	 *
	 * @return true|WP_Error
	 */
	public function register_via_jetpack() {
		if ( ! class_exists( 'Jetpack_IXR_ClientMulticall' ) ) {
			return new WP_Error( 'not_connected', 'Jetpack is not active.' );
		}
		// The real plugin calls WordPress.com with the token of the connection's owner too.
		$jetpack = (array) get_option( 'jetpack_options', array() );
		$owner   = isset( $jetpack['master_user'] ) ? (int) $jetpack['master_user'] : 0;
		$xml     = new Jetpack_IXR_ClientMulticall( array( 'user_id' => $owner ) );
		$xml->addCall( 'wpcom.getUserID' );
		$xml->query();
		if ( $xml->isError() ) {
			return new WP_Error( 'not_connected', 'Jetpack is not connected.' );
		}
		$options           = (array) get_option( 'vaultpress', array() );
		$options['key']    = md5( 'key' . $jetpack['id'] );
		$options['secret'] = md5( 'secret' . $jetpack['id'] );
		update_option( 'vaultpress', $options );
		return true;
	}
}

VaultPress::first_load();

if ( defined( 'WP_CLI' ) && WP_CLI ) {
	/**
	 * The commands of VaultPress.
	 */
	class VaultPress_CLI_Standin {

		/**
		 * Registers VaultPress through Jetpack.
		 */
		public function register_via_jetpack() {
			$result = VaultPress::init()->register_via_jetpack();
			if ( is_wp_error( $result ) ) {
				WP_CLI::error( 'Failed to register VaultPress: ' . $result->get_error_message() );
			}
			WP_CLI::line( 'Successfully registered VaultPress via Jetpack.' );
		}
	}

	WP_CLI::add_command( 'vaultpress', 'VaultPress_CLI_Standin' );
}
