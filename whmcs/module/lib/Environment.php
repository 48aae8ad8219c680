<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * The few environment variables that are passed to the program. A web server's environment contains
 * request headers, and other programs' secrets.
 */
final class Environment
{
    private const NAMES = [
        'PATH', 'HOME', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'http_proxy', 'https_proxy', 'no_proxy', 'HTTPS_PROXY', 'NO_PROXY',
    ];

    private const PREFIX = 'JETPACK_START_';

    /**
     * @return array<string, string>
     */
    public static function forProgram(): array
    {
        $names = self::NAMES;
        if (PHP_SAPI === 'cli') {
            $names[] = 'HTTP_PROXY'; // in a web server this is the visitor's header "Proxy"
        }
        $kept = [];
        // A web server's settings are only in $_SERVER; a shell's are only in getenv if
        // variables_order
        // has no E.
        foreach ([$_SERVER, $_ENV, getenv()] as $source) {
            foreach ($source as $name => $value) {
                $name = (string) $name;
                if (!in_array($name, $names, true) && strncmp($name, self::PREFIX, strlen(self::PREFIX)) !== 0) {
                    continue;
                }
                if (is_scalar($value) && strpos((string) $value, "\0") === false) {
                    $kept[$name] = (string) $value;
                }
            }
        }
        return $kept;
    }

    /**
     * Returns the values among them that must not be shown.
     *
     * @param array<string, string> $environment
     * @return string[]
     */
    public static function secrets(array $environment): array
    {
        $secrets = [];
        foreach ($environment as $name => $value) {
            // The name of a file isn't secret, but an address may contain a password.
            if (preg_match('/(TOKEN|SECRET|PASSWORD|PASS|KEY|DSN)$/i', $name) === 1) {
                $secrets[] = $value;
            } elseif (preg_match('~//[^/@]*:([^/@]+)@~', $value, $found) === 1) {
                $secrets[] = $found[1];
            }
        }
        return $secrets;
    }
}
