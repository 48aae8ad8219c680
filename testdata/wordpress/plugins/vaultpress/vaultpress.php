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
		$ready = class_exists( 'Jetpack' ) && Jetpack::is_connection_ready();
		if ( ! $ready || Jetpack::is_safe_mode() ) {
			return new WP_Error( 'not_connected', 'Jetpack is not active and connected.' );
		}
		$options           = (array) get_option( 'vaultpress', array() );
		$options['key']    = md5( 'key' . Jetpack::get( 'id' ) );
		$options['secret'] = md5( 'secret' . Jetpack::get( 'blog_token' ) );
		update_option( 'vaultpress', $options );
		return true;
	}
}

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
