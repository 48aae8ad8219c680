<?php

// Settings of the Jetpack module. Copy this file to config.php and change that: an update of the module leaves it alone.

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

return [
    // The jetpack-start program. Without this it is bin/jetpack-start-linux-amd64 (or -arm64) in this folder.
    // 'binary' => '/usr/local/bin/jetpack-start',

    // Seconds after which a program that hangs is ended, 65 to 600. It ends within 60 by itself.
    // 'timeout' => 75,
];
