<?php
/**
 * Plugin Name: Jetpack (stand-in)
 * Description: A stand-in for Jetpack, without code of the original. For tests and demos only.
 * Version: 15.2-standin
 * Requires PHP: 7.4
 * License: MIT
 *
 * It stores the state of the connection as Jetpack does, and has the commands and XML-RPC methods
 * that provisioning needs.
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

define( 'JETPACK__VERSION', '15.2-standin' );

/**
 * The state of the connection: the options `jetpack_options` (id, master_user),
 * `jetpack_private_options` (blog_token, user_tokens) and `jetpack_active_modules`.
 */
class Jetpack {

	/**
	 * Returns a value of one of the two options, or null.
	 *
	 * @param string $name Its name.
	 * @return mixed
	 */
	public static function get( $name ) {
		$options = (array) get_option( self::option_of( $name ), array() );
		return isset( $options[ $name ] ) ? $options[ $name ] : null;
	}

	/**
	 * Stores a value in the option that contains it.
	 *
	 * @param string $name  Its name.
	 * @param mixed  $value The value.
	 */
	public static function set( $name, $value ) {
		$options          = (array) get_option( self::option_of( $name ), array() );
		$options[ $name ] = $value;
		update_option( self::option_of( $name ), $options );
	}

	/**
	 * Returns the name of the option that contains a value.
	 *
	 * @param string $name Its name.
	 * @return string
	 */
	private static function option_of( $name ) {
		$private = in_array( $name, array( 'blog_token', 'user_tokens' ), true );
		return $private ? 'jetpack_private_options' : 'jetpack_options';
	}

	/**
	 * Reports whether the site is registered with WordPress.com.
	 *
	 * @return bool
	 */
	public static function is_registered() {
		return self::get( 'id' ) && self::get( 'blog_token' );
	}

	/**
	 * Reports the same, under the name that it has in the real plugin.
	 *
	 * @return bool
	 */
	public static function is_connection_ready() {
		return self::is_registered();
	}

	/**
	 * Reports whether a user has a token of the form KEY.SECRET.USERID.
	 *
	 * @param int $user_id The user.
	 * @return bool
	 */
	public static function has_token( $user_id ) {
		$tokens = (array) self::get( 'user_tokens' );
		$parts  = isset( $tokens[ $user_id ] ) ? explode( '.', (string) $tokens[ $user_id ] ) : array();
		return ! empty( $parts[1] ) && isset( $parts[2] ) && (string) $user_id === $parts[2];
	}

	/**
	 * Reports whether the connection's owner exists and has a token.
	 *
	 * @return bool
	 */
	public static function has_connected_owner() {
		$owner = (int) self::get( 'master_user' );
		return $owner && self::has_token( $owner ) && get_userdata( $owner );
	}

	/**
	 * Reports whether the site is a copy of another, and must not act for it. It deletes the option
	 * that says so if it isn't about the addresses that the site has now.
	 *
	 * @return bool
	 */
	public static function is_safe_mode() {
		$option = get_option( 'jetpack_sync_error_idc' );
		if ( ! $option ) {
			return false;
		}
		$handled = ! is_multisite() && ! defined( 'SUNRISE' );
		if ( defined( 'JETPACK_SHOULD_HANDLE_IDC' ) ) {
			$handled = JETPACK_SHOULD_HANDLE_IDC;
		}
		$moved = false;
		$known = true;
		foreach ( array( 'home', 'siteurl' ) as $name ) {
			$own      = preg_replace( '#^https?://(www\.)?#', '', untrailingslashit( get_option( $name ) ) ) . '/';
			$moved    = $moved || ! isset( $option[ $name ] ) || $option[ $name ] !== $own;
			$expected = isset( $option[ "wpcom_$name" ] ) ? $option[ "wpcom_$name" ] : '';
			$known    = $known && ( isset( $option['reversed_url'] ) ? strrev( $expected ) : $expected ) === $own;
		}
		if ( $handled && ! $moved && ! $known ) {
			return true;
		}
		delete_option( 'jetpack_sync_error_idc' );
		return false;
	}

	/**
	 * Does the same, under the name that it has in the real plugin.
	 *
	 * @return bool
	 */
	public static function validate_sync_error_idc_option() {
		return self::is_safe_mode();
	}

	/**
	 * Sends requests to JETPACK_START_TEST_SILENT_URL, which never answers, as many as the option
	 * jetpack_standin_requests says, or sleeps for five minutes if it is -1. The real plugin sends
	 * about 45 after it has stored the owner's token; more than half of them are pixels, which it
	 * doesn't wait for longer than a second.
	 */
	private static function call_home() {
		$count = (int) get_option( 'jetpack_standin_requests' );
		if ( ! $count ) {
			return;
		}
		if ( $count < 0 ) {
			sleep( 300 );
		}
		for ( $i = 0; $i < $count; $i++ ) {
			$pixel = $i % 5 < 3;
			wp_remote_get(
				getenv( 'JETPACK_START_TEST_SILENT_URL' ),
				array(
					'timeout'  => $pixel ? 1 : 60,
					'blocking' => ! $pixel,
				)
			);
		}
	}

	/**
	 * Stores a user's token. The first user with a token owns the connection.
	 *
	 * @param int    $user_id The user.
	 * @param string $token   The token, without the user's ID.
	 * @return bool Whether the user became the owner.
	 */
	public static function connect_user( $user_id, $token ) {
		$owned              = self::has_connected_owner();
		$tokens             = (array) self::get( 'user_tokens' );
		$tokens[ $user_id ] = sprintf( '%s.%d', $token, $user_id );
		self::set( 'user_tokens', $tokens );
		if ( $owned ) {
			return false;
		}
		self::set( 'master_user', $user_id );
		self::call_home();
		update_option( 'jetpack_active_modules', array( 'sso', 'protect', 'stats', 'notes' ) );
		return true;
	}
}

/**
 * The calls that Akismet makes to WordPress.com as a user, answered from the state.
 */
class Jetpack_IXR_ClientMulticall {

	/**
	 * The user that the calls are made as.
	 *
	 * @var int
	 */
	private $user_id;

	/**
	 * The methods to call.
	 *
	 * @var string[]
	 */
	private $calls = array();

	/**
	 * An array with one value for each call, or null after a failure.
	 *
	 * @var array[]|null
	 */
	private $response = null;

	/**
	 * Creates a client for a user of the site.
	 *
	 * @param array $args With user_id.
	 */
	public function __construct( $args = array() ) {
		$this->user_id = isset( $args['user_id'] ) ? (int) $args['user_id'] : 0;
	}

	/**
	 * Adds a call.
	 *
	 * @param string $method Its name.
	 */
	public function addCall( $method ) { // phpcs:ignore WordPress.NamingConventions
		$this->calls[] = $method;
	}

	/**
	 * Makes the calls.
	 *
	 * @return bool
	 */
	public function query() {
		$ready = Jetpack::is_registered() && ! Jetpack::is_safe_mode();
		if ( ! $ready || ! Jetpack::has_token( $this->user_id ) ) {
			return false;
		}
		$answers        = array(
			'wpcom.getUserID'   => 1000000 + $this->user_id,
			'akismet.getAPIKey' => substr( md5( (string) Jetpack::get( 'id' ) ), 0, 12 ),
		);
		$this->response = array();
		foreach ( $this->calls as $method ) {
			$this->response[] = array( isset( $answers[ $method ] ) ? $answers[ $method ] : '' );
		}
		return true;
	}

	/**
	 * Reports whether the calls failed.
	 *
	 * @return bool
	 */
	public function isError() { // phpcs:ignore WordPress.NamingConventions
		return null === $this->response;
	}

	/**
	 * Returns the values.
	 *
	 * @return array[]|null
	 */
	public function getResponse() { // phpcs:ignore WordPress.NamingConventions
		return $this->response;
	}
}

/**
 * The XML-RPC methods with which WordPress.com provisions a site.
 *
 * The real ones check a signature. These don't, so they only answer on loopback.
 */
class Jetpack_XMLRPC_Standin {

	/**
	 * Adds the methods to those of WordPress.
	 *
	 * @param array $methods The methods so far.
	 * @return array
	 */
	public static function methods( $methods ) {
		$methods['jetpack.remoteRegister']  = array( __CLASS__, 'remote_register' );
		$methods['jetpack.remoteProvision'] = array( __CLASS__, 'remote_provision' );
		$methods['jetpack.remoteConnect']   = array( __CLASS__, 'remote_connect' );
		return $methods;
	}

	/**
	 * Stores the blog ID and the blog token.
	 *
	 * @param array $request With local_user, blog_id and blog_token.
	 * @return array|IXR_Error
	 */
	public static function remote_register( $request ) {
		$user = self::local_user( $request );
		if ( $user instanceof IXR_Error ) {
			return $user;
		}
		if ( empty( $request['blog_id'] ) || empty( $request['blog_token'] ) ) {
			return self::fault( 400, 'input_error', 'Both blog_id and blog_token are needed.' );
		}
		Jetpack::set( 'id', (int) $request['blog_id'] );
		Jetpack::set( 'blog_token', (string) $request['blog_token'] );
		return array( 'client_id' => (int) $request['blog_id'] );
	}

	/**
	 * Checks that the site is registered as the given blog.
	 *
	 * @param array $request With local_user and blog_id.
	 * @return array|IXR_Error
	 */
	public static function remote_provision( $request ) {
		$user = self::local_user( $request );
		if ( $user instanceof IXR_Error ) {
			return $user;
		}
		if ( ! self::matches( $request ) ) {
			return self::fault( 400, 'token_mismatch', 'The site has no token for this blog.' );
		}
		return array(
			'jp_version' => JETPACK__VERSION,
			'connected'  => (bool) Jetpack::get( 'master_user' ),
		);
	}

	/**
	 * Connects the user.
	 *
	 * @param array $request With local_user, blog_id and user_token.
	 * @return true|IXR_Error
	 */
	public static function remote_connect( $request ) {
		$user = self::local_user( $request );
		if ( $user instanceof IXR_Error ) {
			return $user;
		}
		if ( ! self::matches( $request ) ) {
			return self::fault( 400, 'token_mismatch', 'The site has no token for this blog.' );
		}
		if ( empty( $request['user_token'] ) ) {
			return self::fault( 400, 'input_error', 'A user_token is needed.' );
		}
		Jetpack::connect_user( $user->ID, (string) $request['user_token'] );
		// As the real plugin does on approval; its command authorize_user doesn't.
		Automattic\Jetpack\Licensing::instance()->attach_stored_licenses();
		return true;
	}

	/**
	 * Reports whether the request is for the blog that the site is registered as.
	 *
	 * @param array $request With blog_id.
	 * @return bool
	 */
	private static function matches( $request ) {
		$blog_id = isset( $request['blog_id'] ) ? (int) $request['blog_id'] : 0;
		return Jetpack::is_registered() && (int) Jetpack::get( 'id' ) === $blog_id;
	}

	/**
	 * Returns the user with the given login, e-mail address or ID, or an error if the request comes
	 * from another machine.
	 *
	 * @param array $request With local_user.
	 * @return WP_User|IXR_Error
	 */
	private static function local_user( $request ) {
		$address = isset( $_SERVER['REMOTE_ADDR'] ) ? $_SERVER['REMOTE_ADDR'] : '';
		if ( '::1' !== $address && 0 !== strpos( $address, '127.' ) ) {
			return self::fault( 403, 'forbidden', 'This stand-in only answers on loopback.' );
		}
		$name = isset( $request['local_user'] ) ? (string) $request['local_user'] : '';
		foreach ( array( 'login', 'email', 'id' ) as $field ) {
			$user = 'id' !== $field || ctype_digit( $name ) ? get_user_by( $field, $name ) : false;
			if ( $user ) {
				return $user;
			}
		}
		return self::fault( 404, 'user_unknown', 'Local user not found.' );
	}

	/**
	 * Returns a fault with a text in Jetpack's form.
	 *
	 * @param int    $status The fault code, like an HTTP status.
	 * @param string $code   The error code.
	 * @param string $text   The error message.
	 * @return IXR_Error
	 */
	private static function fault( $status, $code, $text ) {
		return new IXR_Error( $status, "Jetpack: [$code] $text" );
	}
}

add_action( 'init', array( 'Jetpack', 'is_safe_mode' ) );
require_once __DIR__ . '/class-licensing.php';
Automattic\Jetpack\Licensing::instance()->initialize();

add_filter( 'xmlrpc_methods', array( 'Jetpack_XMLRPC_Standin', 'methods' ) );

if ( defined( 'WP_CLI' ) && WP_CLI ) {
	/**
	 * The commands of Jetpack that provisioning needs.
	 */
	class Jetpack_CLI_Standin {

		/**
		 * Prints whether the site is connected.
		 */
		public function status() {
			if ( ! Jetpack::is_registered() ) {
				WP_CLI::error( 'Jetpack is not currently connected to WordPress.com' );
			}
			WP_CLI::success( 'Jetpack is currently connected to WordPress.com' );
			WP_CLI::line( 'The Jetpack Version is ' . JETPACK__VERSION );
			WP_CLI::line( 'The WordPress.com blog_id is ' . Jetpack::get( 'id' ) );
			$owner = (int) Jetpack::get( 'master_user' );
			WP_CLI::line(
				"The WordPress.com account for the primary connection is local user $owner"
			);
		}

		/**
		 * Stores a token for the user given with --user.
		 *
		 * The real command prints its arguments, the token too. This one does the same, to test that
		 * callers don't pass it on.
		 *
		 * ## OPTIONS
		 *
		 * [--token=<token>]
		 * : The token, without the user's ID at the end.
		 *
		 * @param array $args       Nothing.
		 * @param array $named_args With token.
		 */
		public function authorize_user( $args, $named_args ) {
			if ( ! is_user_logged_in() ) {
				WP_CLI::error(
					'Please select a user to authorize via the --user global argument.'
				);
			}
			if ( empty( $named_args['token'] ) || true === $named_args['token'] ) {
				WP_CLI::error( 'A non-empty token argument must be passed.' );
			}
			$owner = Jetpack::connect_user( get_current_user_id(), $named_args['token'] );
			WP_CLI::log( wp_json_encode( $named_args ) );
			$text = $owner ? 'Authorized %d and activated default modules.' : 'Authorized %d.';
			WP_CLI::success( sprintf( $text, get_current_user_id() ) );
		}

		/**
		 * Prints that the partner's plan was cancelled. A stand-in has nothing to cancel.
		 *
		 * ## OPTIONS
		 *
		 * <token_json>
		 * : The API's response to the token request.
		 *
		 * @param array $args With the token.
		 */
		public function partner_cancel( $args ) {
			$token = json_decode( $args[0] );
			$error = '';
			if ( ! isset( $token->access_token ) ) {
				$error = 'missing_access_token';
			} elseif ( Jetpack::is_safe_mode() ) {
				$error = 'site_in_safe_mode';
			}
			if ( $error ) {
				WP_CLI::log(
					wp_json_encode(
						array(
							'success'       => false,
							'error_code'    => $error,
							'error_message' => "The plan wasn't cancelled: $error.",
						)
					)
				);
				WP_CLI::halt( 1 );
			}
			WP_CLI::log( '{"success":true}' );
		}
	}

	WP_CLI::add_command( 'jetpack', 'Jetpack_CLI_Standin' );
}
