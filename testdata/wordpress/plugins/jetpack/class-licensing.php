<?php
/**
 * The stand-in for the part of Jetpack that attaches licenses.
 *
 * @package jetpack-start
 */

namespace Automattic\Jetpack;

/**
 * Attaches the keys of the option jetpack_licenses when it changes, on a connected site.
 *
 * The option jetpack_standin_attached records the keys of each call to WordPress.com. There, a key
 * whose last part begins with "revoked" is refused; one with "timeout" gets no answer.
 */
class Licensing {

	/**
	 * Returns the only instance.
	 *
	 * @return Licensing
	 */
	public static function instance() {
		static $instance = null;
		if ( ! $instance ) {
			$instance = new self();
		}
		return $instance;
	}

	/**
	 * Adds the hooks.
	 */
	public function initialize() {
		add_action( 'add_option_jetpack_licenses', array( $this, 'attach_stored_licenses' ) );
		add_action( 'update_option_jetpack_licenses', array( $this, 'attach_stored_licenses' ) );
	}

	/**
	 * Returns the message of the last failure. It isn't cleared when the next call succeeds.
	 *
	 * @return string
	 */
	public function last_error() {
		return (string) \Jetpack::get( 'licensing_error' );
	}

	/**
	 * Attaches all keys. Like the real one, it doesn't leave out those that are attached already.
	 *
	 * @return array|\WP_Error For each key true or an error, or the error of the whole call.
	 */
	public function attach_stored_licenses() {
		$keys = array_filter( array_map( 'strval', (array) get_option( 'jetpack_licenses', array() ) ) );
		if ( ! \Jetpack::has_connected_owner() ) {
			return new \WP_Error( 'not_connected', 'Jetpack has no connected owner.' );
		}
		if ( ! $keys ) {
			return array();
		}
		if ( ! \Jetpack::is_registered() ) { // the call can't be signed
			return $this->request_failed();
		}
		$log   = (array) get_option( 'jetpack_standin_attached', array() );
		$log[] = array_values( $keys );
		update_option( 'jetpack_standin_attached', $log );
		$results = array();
		$refused = array();
		foreach ( $keys as $key ) {
			if ( preg_match( '/_timeout[^_]*$/', $key ) ) {
				return $this->request_failed();
			}
			if ( preg_match( '/_revoked[^_]*$/', $key ) ) {
				$refused[] = $key;
				$results[] = new \WP_Error( 400, 'The license is revoked.' );
			} else {
				$results[] = true;
			}
		}
		if ( $refused ) {
			\Jetpack::set( 'licensing_error', 'These licenses are invalid or revoked: ' . implode( ', ', $refused ) );
		}
		return $results;
	}

	/**
	 * Stores the message and returns the error of a call that got no answer.
	 *
	 * @return \WP_Error
	 */
	private function request_failed() {
		\Jetpack::set( 'licensing_error', 'The licenses could not be attached. Reconnect Jetpack.' );
		return new \WP_Error( 'request_failed', 'The request failed.' );
	}
}
