<?php

declare(strict_types=1);

// Sets up what the module needs of WHMCS: a folder with configuration.php and the module, WHMCS's
// database class on a real server, and recorders for its logs. go test ./internal/whmcs sets these
// variables and runs the tests:
//
//   WHMCS_TEST_DATABASE  mysql://user:password@host:port/name of an empty database
//   WHMCS_TEST_BINARY    the jetpack-start program
//   WHMCS_TEST_SANDBOX   URL of a sandbox with the licensing token
//                        WHMCS_TEST_TOKEN and the site shop.example

define('WHMCS', true);
define('ROOTDIR', sys_get_temp_dir() . '/whmcs-test-' . getmypid());
define('MODULE', ROOTDIR . '/modules/servers/jetpack');

require_once 'Illuminate/Database/autoload.php';
require_once __DIR__ . '/StandIns.php';
require_once __DIR__ . '/ModuleTestCase.php';
require_once __DIR__ . '/FlowTestCase.php';

$url = parse_url(getenv('WHMCS_TEST_DATABASE') ?: 'mysql://nobody:nothing-here@127.0.0.1:1/none');
define('DATABASE', [
    'host' => $url['host'],
    'port' => (string) ($url['port'] ?? 3306),
    'user' => rawurldecode($url['user']),
    'password' => rawurldecode($url['pass'] ?? ''),
    'name' => ltrim($url['path'], '/'),
]);
unset($url);

$connection = [
    'driver' => 'mysql', 'host' => DATABASE['host'], 'port' => DATABASE['port'], 'username' => DATABASE['user'],
    'password' => DATABASE['password'], 'database' => DATABASE['name'],
];
$capsule = new WHMCS\Database\Capsule();
$capsule->addConnection($connection + ['charset' => 'utf8', 'collation' => 'utf8_unicode_ci']);
$capsule->addConnection($connection, 'plain');
$capsule->setAsGlobal();
unset($connection, $capsule);

mkdir(MODULE, 0755, true);
ModuleTestCase::copy(dirname(__DIR__) . '/module', MODULE);
ModuleTestCase::configuration(DATABASE);
register_shutdown_function(static function (int $process): void {
    if (getmypid() === $process) { // not a child that a test forked
        ModuleTestCase::remove(ROOTDIR);
    }
}, getmypid());

// Jetpack's addon module includes them like this.
define('AUTOLOAD', include_once MODULE . '/vendor/autoload.php');
define('INCLUDED', include_once MODULE . '/jetpack.php');
