<?php

/**
 * A stand-in for WHMCS. It reads the parameters of a function of the module as JSON from standard
 * input, calls the function, and prints what it returns and the milliseconds it took as JSON. The
 * current folder is WHMCS's root: it has configuration.php and the files of this stand-in.
 *
 *     php call.php MODULE FUNCTION
 */

define('WHMCS', true);
define('ROOTDIR', getcwd());

/** Appends an entry to the file modulelog, as WHMCS receives it: $replaceVars aren't masked. */
function logModuleCall($module, $action, $request, $response, $processed = '', $replaceVars = [])
{
    $entry = json_encode([$module, $action, $request, $response, $processed]);
    file_put_contents(ROOTDIR . '/modulelog', $entry . "\n", FILE_APPEND);
}

/** Appends a message to the file activity. */
function logActivity($message, $userId = 0)
{
    file_put_contents(ROOTDIR . '/activity', $message . "\n", FILE_APPEND);
}

/** The service properties of a service, in the file properties. */
final class Properties
{
    public function get($name)
    {
        return $this->load()[$name] ?? '';
    }

    public function save(array $values)
    {
        file_put_contents(ROOTDIR . '/properties', json_encode($values + $this->load()));
    }

    private function load()
    {
        $file = ROOTDIR . '/properties';
        return is_file($file) ? json_decode(file_get_contents($file), true) : [];
    }
}

$params = json_decode(stream_get_contents(STDIN), true);
$model = ['orderid' => $params['orderid'], 'domainstatus' => 'Active'];
$params['model'] = new class($model) extends ArrayObject {
    /** @var Properties */
    public $serviceProperties;
};
$params['model']->serviceProperties = new Properties();

require $argv[1] . '/jetpack.php';
$function = 'jetpack_' . $argv[2];
$start = microtime(true);
$result = $function($params);
echo json_encode(['result' => $result, 'ms' => (microtime(true) - $start) * 1000]), "\n";
