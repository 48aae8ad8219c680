<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * The service's own fields in WHMCS, where the license key is shown, mailed from and, for Reconcile, written by the
 * staff. WHMCS has them since 7.2; without them everything else goes on working.
 */
final class ServiceProperties
{
    public const LICENSE_KEY = 'License Key';

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
        } catch (\Throwable $e) {
            $secrets = Secrets::from(['configoption1' => $params['configoption1'] ?? '']);
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
                $properties->save($values);
            }
        } catch (\Throwable $e) {
            $sentence = 'the license key could not be written into the field "' . implode('", "', array_keys($values)) . '": ' . $e->getMessage();
            ModuleLog::activity($sentence, ['params' => $params], $secrets);
        }
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
