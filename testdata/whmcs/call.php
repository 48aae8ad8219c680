<?php

/**
 * Stands in for WHMCS: calls one function of the module, with the parameters that standard input has as JSON, and prints
 * what it returns and how long that took as JSON. The current folder is WHMCS's root: its configuration.php, and what the stand-in keeps.
 *
 *     php call.php MODULE FUNCTION
 */

define('WHMCS', true);
define('ROOTDIR', getcwd());

/** The module log as it comes to WHMCS, before the values in $replaceVars are masked. */
function logModuleCall($module, $action, $request, $response, $processed = '', $replaceVars = [])
{
    file_put_contents(ROOTDIR . '/modulelog', json_encode([$module, $action, $request, $response, $processed]) . "\n", FILE_APPEND);
}

function logActivity($message, $userId = 0)
{
    file_put_contents(ROOTDIR . '/activity', $message . "\n", FILE_APPEND);
}

/** The service properties of one service, in a file. */
final class Properties
{
    public function get($name)
    {
        return is_file(ROOTDIR . '/properties') ? (json_decode(file_get_contents(ROOTDIR . '/properties'), true)[$name] ?? '') : '';
    }

    public function save(array $values)
    {
        $all = is_file(ROOTDIR . '/properties') ? json_decode(file_get_contents(ROOTDIR . '/properties'), true) : [];
        file_put_contents(ROOTDIR . '/properties', json_encode($values + $all));
    }
}

$params = json_decode(stream_get_contents(STDIN), true);
$params["model"] = new class(["orderid" => $params["orderid"], "domainstatus" => "Active"]) extends ArrayObject {
    /** @var Properties */
    public $serviceProperties;
};
$params['model']->serviceProperties = new Properties();

require $argv[1] . '/jetpack.php';
$function = 'jetpack_' . $argv[2];
$start = microtime(true);
$result = $function($params);
echo json_encode(['result' => $result, 'ms' => (microtime(true) - $start) * 1000]), "\n";
