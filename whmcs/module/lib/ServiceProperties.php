<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * The service's own fields in WHMCS. The license key is shown there, mailed from there and, for
 * Reconcile, written there by the staff. WHMCS has them since 7.2; everything else works without
 * them.
 *
 * For a service, but not for an addon, WHMCS stores "License Key" in one of its own columns; its
 * documentation doesn't say which ("Service Properties"). If it is the domain's, a field of another
 * name is used, so that the domain isn't overwritten.
 */
final class ServiceProperties
{
    public const LICENSE_KEY = 'License Key';
    public const OTHER_NAME = 'Jetpack License Key';
    private const DOMAIN = 'Domain';

    /**
     * Returns a field's value, or '' if there is none.
     *
     * @param array<mixed> $params WHMCS's parameters
     */
    public static function get(array $params, string $name): string
    {
        try {
            $properties = self::of($params);
            $value = $properties === null ? '' : self::text($properties->get($name));
            if ($properties !== null && $name === self::LICENSE_KEY && empty($params['addonId']) && in_array($value, ['' => ''] + self::domains($params, $properties), true)) {
                $value = self::text($properties->get(self::OTHER_NAME));
            }
        } catch (\Throwable $e) {
            $secrets = Secrets::from(['configoption1' => Document::option($params, 1)]);
            ModuleLog::activity('the field "' . $name . '" could not be read: ' . $e->getMessage(), ['params' => $params], $secrets);
            return '';
        }
        return $value;
    }

    /**
     * Saves fields. A failure is only logged in the activity log, because the command itself is
     * done.
     *
     * @param array<mixed> $params WHMCS's parameters
     * @param array<mixed> $values by name
     */
    public static function save(array $params, array $values, Secrets $secrets): void
    {
        $values = array_map('strval', array_filter($values, 'is_scalar'));
        try {
            $properties = self::of($params);
            if ($properties !== null && $values !== []) {
                empty($params['addonId']) ? self::saveForService($params, $properties, $values) : $properties->save($values);
            }
        } catch (\Throwable $e) {
            $sentence = 'the license key could not be written into the field "' . implode('", "', array_keys($values)) . '": ' . $e->getMessage();
            ModuleLog::activity($sentence, ['params' => $params], $secrets);
        }
    }

    /**
     * Saves a service's fields, and makes sure that its domain stays the same.
     *
     * @param array<mixed> $params
     * @param object $properties
     * @param array<string, string> $values
     */
    private static function saveForService(array $params, $properties, array $values): void
    {
        $domains = self::domains($params, $properties);
        $known = self::text($properties->get(self::LICENSE_KEY));
        $other = self::text($properties->get(self::OTHER_NAME));
        if ($other === '' && ($known === '' || !in_array($known, $domains, true))) {
            $properties->save($values);
            if (self::domains($params, $properties) === $domains) {
                return;
            }
            self::restore($params, $properties, $domains);
        }
        if (isset($values[self::LICENSE_KEY])) {
            $values[self::OTHER_NAME] = $values[self::LICENSE_KEY];
            unset($values[self::LICENSE_KEY]);
        }
        $properties->save($values);
    }

    /**
     * Returns a service's current domain: the property, and the one in WHMCS's table if that can be
     * read.
     *
     * @param array<mixed> $params
     * @param object $properties
     * @return array{property: string, table: string}
     */
    private static function domains(array $params, $properties): array
    {
        $table = '';
        try {
            $row = self::row($params);
            $found = $row === null ? null : $row->first(['domain']);
            $table = $found === null ? '' : self::text(((array) $found)['domain'] ?? '');
        } catch (\Throwable $e) {
            $table = ''; // use the property only
        }
        return ['property' => self::text($properties->get(self::DOMAIN)), 'table' => $table];
    }

    /**
     * @param array<mixed> $params
     * @param object $properties
     * @param array{property: string, table: string} $domains
     */
    private static function restore(array $params, $properties, array $domains): void
    {
        $properties->save([self::DOMAIN => $domains['property']]);
        $row = self::row($params);
        if ($row !== null && self::domains($params, $properties)['table'] !== $domains['table']) {
            $row->update(['domain' => $domains['table']]);
        }
    }

    /**
     * Returns the service in WHMCS's table.
     *
     * @param array<mixed> $params
     * @return object|null
     */
    private static function row(array $params)
    {
        try {
            if (class_exists('WHMCS\\Database\\Capsule') && !empty($params['serviceid'])) {
                return \WHMCS\Database\Capsule::table('tblhosting')->where('id', $params['serviceid']);
            }
        } catch (\Throwable $e) {
            // no connection: use the property only
        }
        return null;
    }

    /** @param mixed $value */
    private static function text($value): string
    {
        return is_scalar($value) ? (string) $value : '';
    }

    /**
     * @param array<mixed> $params
     * @return object|null
     */
    private static function of(array $params)
    {
        $model = $params['model'] ?? null;
        $properties = is_object($model) ? $model->serviceProperties ?? null : null;
        return is_object($properties) ? $properties : null;
    }
}
