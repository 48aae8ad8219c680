<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * The document for the program: those of WHMCS's parameters that a command needs, unchanged.
 */
final class Document
{
    private const PROTOCOL = 1;

    private const PARAMS = ['serviceid', 'addonId', 'userid', 'pid', 'domain'];

    /**
     * The labels of the options, in order. For an addon WHMCS passes the settings under these, too.
     */
    public const OPTIONS = ['API Token', 'Jetpack Product', 'Show User License', 'Attach To Site', 'Site User', 'When Suspended'];

    /**
     * Returns the document for a command.
     *
     * @param array<mixed>|null $params WHMCS's parameters if the command is about a service or an addon
     * @param array<string, string> $database
     * @return array<string, mixed>
     */
    public static function make(string $command, ?array $params, array $database): array
    {
        $document = ['protocol' => self::PROTOCOL];
        if ($command === 'test' && empty($params['serviceid']) && empty($params['addonId'])) {
            $params = null; // from the form of a server, not of a service
        }
        if ($params !== null) {
            $document['params'] = self::params($params);
            if ($command === 'reconcile') {
                $document['params']['license_key'] = ServiceProperties::get($params, ServiceProperties::LICENSE_KEY);
            }
        }
        return $document + ['database' => $database, 'module' => ['version' => Client::VERSION]];
    }

    /**
     * Returns a setting of the product or addon by its position, from 1, or null if WHMCS passes
     * none.
     *
     * @param array<mixed> $params WHMCS's parameters
     * @return mixed
     */
    public static function option(array $params, int $place)
    {
        return $params['configoption' . $place] ?? $params[self::OPTIONS[$place - 1]] ?? null;
    }

    /**
     * Returns a document as JSON.
     *
     * @param array<string, mixed> $document
     * @throws Problem if a password isn't valid UTF-8
     */
    public static function encode(array $document): string
    {
        // An invalid character in a domain can be replaced: the program then rejects the domain. In
        // a
        // password it can't.
        foreach ([
            'The password of WHMCS\'s database' => $document['database']['password'] ?? '',
            'The API token of the product' => $document['params']['configoption1'] ?? '',
        ] as $name => $value) {
            if (preg_match('//u', (string) $value) !== 1) {
                throw new Problem($name . ' is not valid UTF-8. Save it again, in UTF-8.');
            }
        }
        if (($document['params'] ?? null) === []) {
            $document['params'] = new \stdClass();
        }
        return (string) json_encode($document, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    }

    /**
     * @param array<mixed> $params
     * @return array<string, mixed>
     */
    private static function params(array $params): array
    {
        $picked = [];
        foreach (self::PARAMS as $name) {
            $picked[$name] = $params[$name] ?? null;
        }
        foreach (array_keys(self::OPTIONS) as $i) {
            $picked['configoption' . ($i + 1)] = self::option($params, $i + 1);
        }
        $model = $params['model'] ?? null;
        if (empty($picked['addonId']) && $model instanceof \WHMCS\Service\Addon) {
            $picked['addonId'] = self::of($model, 'id'); // WHMCS's migration guide tells the two apart by either
        }
        $picked['orderid'] = self::of($model, 'orderid');
        $picked['qty'] = $params['qty'] ?? self::of($model, 'qty');
        $picked['status'] = self::of($model, empty($picked['addonId']) ? 'domainstatus' : 'status');
        return array_filter($picked, 'is_scalar');
    }

    /**
     * Reads a field of an array or a model: by index, as WHMCS's models support, or as a property.
     *
     * @param mixed $model
     * @return mixed
     */
    private static function of($model, string $name)
    {
        try {
            if (is_array($model) || $model instanceof \ArrayAccess) {
                $value = $model[$name] ?? null;
                if ($value !== null) {
                    return $value;
                }
            }
            return is_object($model) ? $model->{$name} ?? null : null;
        } catch (\Throwable $e) {
            return null; // treated as a missing field; the program reports what it needs
        }
    }
}
