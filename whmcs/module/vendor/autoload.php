<?php

declare(strict_types=1);

// Loads the module's own classes, without Composer. The folder has this name because Jetpack's
// addon module includes vendor/autoload.php, and takes a falsy value for "not installed".

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

spl_autoload_register(static function (string $class): void {
    $prefix = 'JetpackStart\\';
    if (strncmp($class, $prefix, strlen($prefix)) !== 0) {
        return;
    }
    $file = dirname(__DIR__) . '/lib/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
    if (is_file($file)) {
        require $file;
    }
});

return true;
