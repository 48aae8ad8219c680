<?php

// Settings of the Jetpack module. Copy this file to config.php and edit the copy: updates of the
// module don't touch it.

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

return [
    // The path of the jetpack-start program. Default: bin/jetpack-start-linux-amd64 (or -arm64) in
    // this folder.
    // 'binary' => '/usr/local/bin/jetpack-start',

    // After how many seconds a program that hangs is killed, 65 to 600. It ends within 60 by
    // itself.
    // 'timeout' => 75,
];
