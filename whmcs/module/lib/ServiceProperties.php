<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * The service's own fields in WHMCS, where the license key is shown, mailed from and, for Reconcile, written by the
 * staff. WHMCS has them since 7.2; without them everything else goes on working.
 *
 * For a service, not for an addon, WHMCS keeps "License Key" in one of its own columns, and its documentation doesn't say
 * in which (Service Properties). The domain must not be lost to it: where that is the one, a field of another name serves.
 */
final class ServiceProperties
{
    public const LICENSE_KEY = 'License Key';
    private const OTHER_NAME = 'Jetpack License Key';
    private const DOMAIN = 'Domain';

    /**
     * Gives a field's value, '' where there is none.
     *
     * @param array<mixed> $params WHMCS's parameters
     */
    public static function get(array $params, string $name): string
    {
        try {
            $properties = self::of($params);
            $value = $properties === null ? '' : $properties->get($name);
            if ($properties !== null && $name === self::LICENSE_KEY && empty($params['addonId'])) {
                $other = (string) $properties->get(self::OTHER_NAME);
                $value = $other !== '' || (string) $value === (string) $properties->get(self::DOMAIN) ? $other : $value;
            }
        } catch (\Throwable $e) {
            $secrets = Secrets::from(['configoption1' => Document::option($params, 1)]);
            ModuleLog::activity('the field "' . $name . '" could not be read: ' . $e->getMessage(), ['params' => $params], $secrets);
            return '';
        }
        return is_scalar($value) ? (string) $value : '';
    }

    /**
     * Saves fields. A failure is told in the activity log and isn't one of the command, which is done.
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
                empty($params['addonId']) ? self::saveForService($properties, $values) : $properties->save($values);
            }
        } catch (\Throwable $e) {
            $sentence = 'the license key could not be written into the field "' . implode('", "', array_keys($values)) . '": ' . $e->getMessage();
            ModuleLog::activity($sentence, ['params' => $params], $secrets);
        }
    }

    /**
     * Saves a service's fields, and sees to it that its domain is the same afterwards.
     *
     * @param object $properties
     * @param array<string, string> $values
     */
    private static function saveForService($properties, array $values): void
    {
        $domain = (string) $properties->get(self::DOMAIN);
        $isDomain = $domain !== '' && (string) $properties->get(self::LICENSE_KEY) === $domain;
        if (!$isDomain) {
            $properties->save($values);
            $isDomain = (string) $properties->get(self::DOMAIN) !== $domain;
            if (!$isDomain) {
                return;
            }
            $properties->save([self::DOMAIN => $domain]);
        }
        if (isset($values[self::LICENSE_KEY])) {
            $values[self::OTHER_NAME] = $values[self::LICENSE_KEY];
            unset($values[self::LICENSE_KEY]);
        }
        $properties->save($values);
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
