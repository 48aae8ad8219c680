<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Implements the functions that WHMCS calls. A failure is shown as a sentence, never as a broken
 * page.
 */
final class Module
{
    private const STATES = ['active', 'suspended', 'not_issued', 'unknown', 'revoked'];

    /**
     * Runs a module command and returns "success", or a sentence for the staff.
     *
     * @param array<mixed> $params
     */
    public static function command(string $command, array $params): string
    {
        try {
            return self::client()->call($command, $params)->result();
        } catch (\Throwable $e) {
            return self::sentence($e, $params);
        }
    }

    /**
     * Returns one field of all products, by slug.
     *
     * @return array<string, string>
     * @throws \Exception with a sentence: WHMCS shows what a loader throws
     */
    public static function products(string $field): array
    {
        return self::ask('products')->products($field);
    }

    /**
     * Creates the table that Jetpack's modules share if it is missing.
     *
     * @throws \Exception with a sentence
     */
    public static function createTable(): void
    {
        self::ask('create-table');
    }

    /**
     * Returns the fields of a service's page for the staff.
     *
     * @param array<mixed> $params
     * @return array<string, string>
     */
    public static function adminFields(array $params): array
    {
        try {
            $status = self::client()->call('status', $params);
            return $status->success() ? Html::fields($status) : ['License State' => Html::escape($status->result())];
        } catch (\Throwable $e) {
            return ['License State' => Html::escape(self::sentence($e, $params))];
        }
    }

    /**
     * Returns what the client area shows: a template with its variables, or HTML for an addon.
     * WHMCS's documentation shows no addon with a template; the modules that serve addons return
     * HTML.
     *
     * @param array<mixed> $params
     * @return array<string, mixed>|string
     */
    public static function clientArea(array $params)
    {
        $variables = self::clientVariables($params);
        $html = empty($params['addonId']) ? '' : Page::render(dirname(__DIR__) . '/templates/jetpack_license.tpl', $variables);
        if ($html !== '') {
            return $html;
        }
        // A module's own output takes "vars"; one that replaces WHMCS's takes "templateVariables".
        return ['templatefile' => 'jetpack_license', 'vars' => $variables, 'templateVariables' => $variables];
    }

    /**
     * Returns the template's variables unescaped: the template escapes them. Customers don't see
     * errors.
     *
     * @param array<mixed> $params
     * @return array<string, string>
     */
    public static function clientVariables(array $params): array
    {
        $variables = ['license_key' => '', 'state' => 'unavailable', 'product_name' => '', 'domain' => '', 'admin_url' => '', 'site' => ''];
        try {
            $status = self::client()->call('status', $params);
        } catch (\Throwable $e) {
            return $variables; // the module log has it
        }
        if (!$status->success() || !in_array($status->text('state'), self::STATES, true)) {
            return $variables;
        }
        foreach (array_keys($variables) as $name) {
            $variables[$name] = $status->text($name);
        }
        if ($variables['state'] !== 'active') {
            $variables['license_key'] = '';
        }
        return $variables;
    }

    private static function client(): Client
    {
        return new Client(dirname(__DIR__));
    }

    private static function ask(string $command): Reply
    {
        try {
            $reply = self::client()->call($command);
        } catch (\Throwable $e) {
            throw new \Exception(self::sentence($e, []));
        }
        if (!$reply->success()) {
            throw new \Exception($reply->result());
        }
        return $reply;
    }

    /** @param array<mixed> $params */
    private static function sentence(\Throwable $e, array $params): string
    {
        $secrets = Secrets::from(['configoption1' => Document::option($params, 1)]);
        return $secrets->mask($e instanceof Problem ? $e->getMessage() : 'The Jetpack module failed: ' . $e->getMessage());
    }
}
