<?php
/**
 * Plugin Name: Jetpack (stand-in)
 * Description: A stand-in of our own for Jetpack, with no code of the original: it keeps a connection's state as Jetpack does and has the commands and XML-RPC methods that provisioning needs. For tests and demos only.
 * Version: 15.2-standin
 * Requires PHP: 7.4
 * License: MIT
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

define( 'JETPACK__VERSION', '15.2-standin' );

/**
 * A connection's state: options `jetpack_options` (id, master_user), `jetpack_private_options` (blog_token,
 * user_tokens) and `jetpack_active_modules`.
 */
class Jetpack {

	/**
	 * A value of either option, or null.
	 *
	 * @param string $name Its name.
	 * @return mixed
	 */
	public static function get( $name ) {
		$options = (array) get_option( self::option_of( $name ), array() );
		return isset( $options[ $name ] ) ? $options[ $name ] : null;
	}

	/**
	 * Stores a value in the option that it belongs to.
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
	 * The option that holds a value.
	 *
	 * @param string $name Its name.
	 * @return string
	 */
	private static function option_of( $name ) {
		return in_array( $name, array( 'blog_token', 'user_tokens' ), true ) ? 'jetpack_private_options' : 'jetpack_options';
	}

	/**
	 * Whether WordPress.com knows the site.
	 *
	 * @return bool
	 */
	public static function is_registered() {
		return self::get( 'id' ) && self::get( 'blog_token' );
	}

	/**
	 * Whether the connection is whole: it has an owner with a token.
	 *
	 * @return bool
	 */
	public static function is_connection_ready() {
		$tokens = (array) self::get( 'user_tokens' );
		return self::is_registered() && self::get( 'master_user' ) && isset( $tokens[ self::get( 'master_user' ) ] );
	}

	/**
	 * Whether the site is a clone of another and must not act for it.
	 *
	 * @return bool
	 */
	public static function is_safe_mode() {
		return (bool) get_option( 'jetpack_sync_error_idc' );
	}

	/**
	 * Stores a user's token; the first user to have one owns the connection.
	 *
	 * @param int    $user_id The user.
	 * @param string $token   The token, without the user's ID.
	 * @return bool Whether the user became the owner.
	 */
	public static function connect_user( $user_id, $token ) {
		$tokens             = (array) self::get( 'user_tokens' );
		$tokens[ $user_id ] = sprintf( '%s.%d', $token, $user_id );
		self::set( 'user_tokens', $tokens );
		if ( self::get( 'master_user' ) ) {
			return false;
		}
		self::set( 'master_user', $user_id );
		update_option( 'jetpack_active_modules', array( 'sso', 'protect', 'stats', 'notes' ) );
		return true;
	}
}

/**
 * What Akismet asks WordPress.com through the user's connection, answered from the state alone.
 */
class Jetpack_IXR_ClientMulticall {

	/**
	 * Who asks.
	 *
	 * @var int
	 */
	private $user_id;

	/**
	 * The calls.
	 *
	 * @var string[]
	 */
	private $calls = array();

	/**
	 * One array with one value a call, or null after a failure.
	 *
	 * @var array[]|null
	 */
	private $response = null;

	/**
	 * For a user of the site.
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
		$tokens = (array) Jetpack::get( 'user_tokens' );
		if ( ! Jetpack::is_connection_ready() || Jetpack::is_safe_mode() || ! isset( $tokens[ $this->user_id ] ) ) {
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
	 * Whether the calls failed.
	 *
	 * @return bool
	 */
	public function isError() { // phpcs:ignore WordPress.NamingConventions
		return null === $this->response;
	}

	/**
	 * The answers.
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
 * The real ones check a signature. These check nothing, being for tests, so they answer on loopback alone.
 */
class Jetpack_XMLRPC_Standin {

	/**
	 * Adds the methods.
	 *
	 * @param array $methods The methods there are.
	 * @return array
	 */
	public static function methods( $methods ) {
		$methods['jetpack.remoteRegister']  = array( __CLASS__, 'remote_register' );
		$methods['jetpack.remoteProvision'] = array( __CLASS__, 'remote_provision' );
		$methods['jetpack.remoteConnect']   = array( __CLASS__, 'remote_connect' );
		return $methods;
	}

	/**
	 * Stores what makes the site known to WordPress.com.
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
	 * Says whether the site can be provisioned as the blog that it is taken for.
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
		return true;
	}

	/**
	 * Whether the request is for the blog that the site is registered as.
	 *
	 * @param array $request With blog_id.
	 * @return bool
	 */
	private static function matches( $request ) {
		return Jetpack::is_registered() && isset( $request['blog_id'] ) && (int) $request['blog_id'] === (int) Jetpack::get( 'id' );
	}

	/**
	 * The user whose login, e-mail address or ID is given, if the request may be made at all.
	 *
	 * @param array $request With local_user.
	 * @return WP_User|IXR_Error
	 */
	private static function local_user( $request ) {
		$address = isset( $_SERVER['REMOTE_ADDR'] ) ? $_SERVER['REMOTE_ADDR'] : '';
		if ( '::1' !== $address && 0 !== strpos( $address, '127.' ) ) {
			return self::fault( 403, 'forbidden', 'This stand-in answers on loopback alone.' );
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
	 * A fault, its text as Jetpack writes it.
	 *
	 * @param int    $status Like an HTTP status.
	 * @param string $code   What is wrong, for programs.
	 * @param string $text   What is wrong, for people.
	 * @return IXR_Error
	 */
	private static function fault( $status, $code, $text ) {
		return new IXR_Error( $status, "Jetpack: [$code] $text" );
	}
}

add_filter( 'xmlrpc_methods', array( 'Jetpack_XMLRPC_Standin', 'methods' ) );

if ( defined( 'WP_CLI' ) && WP_CLI ) {
	/**
	 * Jetpack's commands, as far as provisioning needs them.
	 */
	class Jetpack_CLI_Standin {

		/**
		 * Tells whether the site is connected.
		 */
		public function status() {
			if ( ! Jetpack::is_registered() ) {
				WP_CLI::error( 'Jetpack is not currently connected to WordPress.com' );
			}
			WP_CLI::success( 'Jetpack is currently connected to WordPress.com' );
			WP_CLI::line( 'The Jetpack Version is ' . JETPACK__VERSION );
			WP_CLI::line( 'The WordPress.com blog_id is ' . Jetpack::get( 'id' ) );
			WP_CLI::line( 'The WordPress.com account for the primary connection is local user ' . (int) Jetpack::get( 'master_user' ) );
		}

		/**
		 * Stores a token for the user given with --user.
		 *
		 * The real command prints its arguments, the token among them; a caller must not pass that on, so this one does too.
		 *
		 * ## OPTIONS
		 *
		 * [--token=<token>]
		 * : The token, without the user's ID at its end.
		 *
		 * @param array $args       Nothing.
		 * @param array $named_args With token.
		 */
		public function authorize_user( $args, $named_args ) {
			if ( ! is_user_logged_in() ) {
				WP_CLI::error( 'Please select a user to authorize via the --user global argument.' );
			}
			if ( empty( $named_args['token'] ) || true === $named_args['token'] ) {
				WP_CLI::error( 'A non-empty token argument must be passed.' );
			}
			$owner = Jetpack::connect_user( get_current_user_id(), $named_args['token'] );
			WP_CLI::log( wp_json_encode( $named_args ) );
			WP_CLI::success( sprintf( $owner ? 'Authorized %d and activated default modules.' : 'Authorized %d.', get_current_user_id() ) );
		}

		/**
		 * Cancels the partner's plan. There is nothing to cancel in a stand-in: it says that it did.
		 *
		 * ## OPTIONS
		 *
		 * <token_json>
		 * : The partner's token, as the API gave it.
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
