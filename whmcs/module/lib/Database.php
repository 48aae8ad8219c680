<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * The settings with which WHMCS reaches its database.
 */
final class Database
{
    /** name in the document => variable of configuration.php */
    private const VARIABLES = [
        'host' => 'db_host', 'port' => 'db_port', 'user' => 'db_username', 'password' => 'db_password', 'name' => 'db_name', 'tls_ca' => 'db_tls_ca',
    ];

    /**
     * Returns the settings as strings.
     *
     * @param string $folder the module's folder
     * @return array<string, string>
     * @throws Problem if there are none
     */
    public static function settings(string $folder): array
    {
        $file = (defined('ROOTDIR') ? rtrim((string) constant('ROOTDIR'), '/') : dirname($folder, 3)) . '/configuration.php';
        $settings = self::fromVariables(self::configuration($file));
        if ($settings['name'] === '') {
            $settings = self::connection();
        }
        if ($settings['name'] === '') {
            throw new Problem('The settings of WHMCS\'s database were not found: ' . $file
                . ' is missing, cannot be read or has no $db_name, and WHMCS has no connection to ask for them.');
        }
        $host = strtolower($settings['host']);
        if ($settings['socket'] === '' && ($host === '' || $host === 'localhost')) {
            // For localhost PHP uses the socket that it was built or configured with, which the
            // program can't know.
            $settings['socket'] = (string) ini_get('pdo_mysql.default_socket') ?: (string) ini_get('mysqli.default_socket');
        }
        return $settings;
    }

    /**
     * Returns the variables that configuration.php sets, or none if it can't be read.
     *
     * @return array<string, mixed>
     */
    public static function configuration(string $file): array
    {
        $variables = [];
        if (@is_readable($file)) {
            ob_start();
            set_error_handler(static function (): bool {
                return true; // WHMCS has included it before; its constants can't be defined again
            });
            try {
                $variables = self::variables($file);
            } catch (\Throwable $e) {
                $variables = [];
            } finally {
                restore_error_handler();
                ob_end_clean();
            }
        }
        return $variables;
    }

    /**
     * @param array<string, mixed> $variables
     * @return array<string, string>
     */
    private static function fromVariables(array $variables): array
    {
        $settings = ['socket' => ''];
        foreach (self::VARIABLES as $name => $variable) {
            $settings[$name] = self::text($variables[$variable] ?? '');
        }
        return $settings;
    }

    /**
     * Includes the file in a scope of its own, because it sets variables.
     *
     * @return array<string, mixed>
     */
    private static function variables(string $file): array
    {
        include $file;
        return get_defined_vars();
    }

    /** @return array<string, string> */
    private static function connection(): array
    {
        $config = [];
        try {
            if (class_exists('WHMCS\\Database\\Capsule')) {
                $config = (array) \WHMCS\Database\Capsule::connection()->getConfig();
            }
        } catch (\Throwable $e) {
            $config = []; // the caller reports that there are no settings
        }
        $options = $config['options'] ?? [];
        $ca = defined('PDO::MYSQL_ATTR_SSL_CA') ? constant('PDO::MYSQL_ATTR_SSL_CA') : -1;
        return [
            'socket' => self::text($config['unix_socket'] ?? ''),
            'host' => self::text($config['host'] ?? ''),
            'port' => self::text($config['port'] ?? ''),
            'user' => self::text($config['username'] ?? ''),
            'password' => self::text($config['password'] ?? ''),
            'name' => self::text($config['database'] ?? ''),
            'tls_ca' => self::text(is_array($options) ? $options[$ca] ?? '' : ''),
        ];
    }

    /** @param mixed $value */
    private static function text($value): string
    {
        return is_scalar($value) ? (string) $value : '';
    }
}
