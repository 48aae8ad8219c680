<?php
/**
 * Plugin Name: VaultPress (stand-in)
 * Description: A stand-in of our own for VaultPress, with no code of the original: it registers through the Jetpack stand-in. For tests and demos only.
 * Version: 4.0-standin
 * Requires PHP: 7.4
 * License: MIT
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/**
 * A registration's state: option `vaultpress` (key, secret).
 */
class VaultPress {

	/**
	 * The plugin.
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
	 * Whether the site has its key and secret.
	 *
	 * @return bool
	 */
	public static function is_registered() {
		$options = (array) get_option( 'vaultpress', array() );
		return ! empty( $options['key'] ) && ! empty( $options['secret'] );
	}

	/**
	 * Gets key and secret, which needs a whole Jetpack connection.
	 *
	 * @return true|WP_Error
	 */
	public function register_via_jetpack() {
		if ( ! class_exists( 'Jetpack' ) || ! Jetpack::is_connection_ready() || Jetpack::is_safe_mode() ) {
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
	 * VaultPress's command.
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
