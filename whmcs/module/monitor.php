<?php

/**
 * For monitoring: php modules/servers/jetpack/monitor.php
 *
 * Prints the jetpack-start program's JSON about calls whose outcome is unknown. The exit code is 0
 * if there are none, and 1 if there are some or the check failed.
 */

declare(strict_types=1);

if (PHP_SAPI !== 'cli') {
    die('This file is for the command line');
}
defined('WHMCS') || define('WHMCS', true);

include_once __DIR__ . '/vendor/autoload.php';

try {
    $outcome = (new JetpackStart\Client(__DIR__))->open();
} catch (\Throwable $e) {
    fwrite(STDERR, $e->getMessage() . "\n");
    exit(1);
}
fwrite(STDOUT, $outcome->stdout);
fwrite(STDERR, $outcome->stderr);
exit($outcome->code === 0 ? 0 : 1);
