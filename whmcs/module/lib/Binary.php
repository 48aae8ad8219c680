<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Finds the jetpack-start program and checks that it can be started. If it can't, the message says
 * why and names its path, because WHMCS doesn't show the operating system's errors.
 */
final class Binary
{
    /** php_uname('m') => the name in the file's name, and e_machine of the ELF header */
    private const MACHINES = [
        'x86_64' => ['amd64', 0x3e],
        'amd64' => ['amd64', 0x3e],
        'aarch64' => ['arm64', 0xb7],
        'arm64' => ['arm64', 0xb7],
    ];

    /** Hardened hosts disable some of these individually. */
    private const FUNCTIONS = ['proc_open', 'proc_close', 'proc_get_status', 'proc_terminate', 'stream_select'];

    /**
     * Returns the path of the program to start.
     *
     * @param string $folder the module's folder
     * @throws Problem if there is none that can be started
     */
    public static function find(Config $config, string $folder): string
    {
        self::functions();
        $path = $config->binary !== '' ? $config->binary : self::shipped($folder);
        self::exists($path);
        if (!@is_executable($path) && function_exists('chmod')) {
            @chmod($path, 0755); // an FTP upload loses the bit
            clearstatcache(true, $path);
        }
        if (!@is_executable($path)) {
            throw new Problem($path . ' is not executable. Run: chmod 755 ' . $path . ' (and check that its file system is not mounted with noexec).');
        }
        self::format($path);
        return $path;
    }

    private static function functions(): void
    {
        $missing = array_filter(self::FUNCTIONS, static function (string $name): bool {
            return !function_exists($name);
        });
        if ($missing !== []) {
            throw new Problem('PHP may not start the jetpack-start program: ' . implode(', ', $missing)
                . ' is disabled. Take it out of disable_functions in php.ini for this site, and for the PHP that runs the cron job.');
        }
    }

    private static function shipped(string $folder): string
    {
        $bin = $folder . '/bin/jetpack-start-linux-';
        $machine = self::machine();
        if ($machine === '') { // php_uname is disabled
            return @is_file($bin . 'arm64') && !@is_file($bin . 'amd64') ? $bin . 'arm64' : $bin . 'amd64';
        }
        if (PHP_OS_FAMILY !== 'Linux' || !isset(self::MACHINES[$machine])) {
            throw new Problem(sprintf(
                'The module comes with no jetpack-start program for this machine (%s, %s). Build one, and set its path as "binary" in %s/config.php.',
                PHP_OS_FAMILY,
                $machine,
                $folder
            ));
        }
        return $bin . self::MACHINES[$machine][0];
    }

    private static function machine(): string
    {
        return function_exists('php_uname') ? php_uname('m') : '';
    }

    private static function exists(string $path): void
    {
        clearstatcache(true, $path);
        if (@is_file($path)) {
            return;
        }
        $basedir = (string) ini_get('open_basedir');
        throw new Problem('The jetpack-start program is not at ' . $path . '. Upload it there, or set another path as "binary" in config.php of the module.'
            . ($basedir === '' ? '' : ' If it is there: PHP sees only what open_basedir allows, which is ' . $basedir . '.'));
    }

    /**
     * Rejects a program for another machine, and one whose upload was incomplete or changed line
     * ends.
     */
    private static function format(string $path): void
    {
        $head = @file_get_contents($path, false, null, 0, 20);
        if ($head === false || strncmp($head, '#!', 2) === 0) {
            return; // not readable but executable, or a wrapper script
        }
        if (strlen($head) < 20 || strncmp($head, "\x7fELF", 4) !== 0) {
            throw new Problem($path . ' is not a Linux program. Upload it again, in binary mode.');
        }
        $machine = self::machine();
        $found = unpack('v', $head, 18);
        if (PHP_OS_FAMILY === 'Linux' && isset(self::MACHINES[$machine]) && $found !== false && $found[1] !== self::MACHINES[$machine][1]) {
            throw new Problem(sprintf('%s is for another machine than this one (%s). Upload the program for %s.', $path, $machine, self::MACHINES[$machine][0]));
        }
    }
}
