<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * WHMCS's two logs. Neither gets a secret: the module log masks only values that it is told, and only when it is shown.
 */
final class ModuleLog
{
    private const LONGEST = 20000;

    /**
     * Writes a call of the program to the module log, where the host has switched that on.
     *
     * @param array<mixed> $request the document that the program got
     * @param array<mixed>|null $reply the document that it gave, where it gave one
     */
    public static function call(string $action, array $request, ?Outcome $outcome, ?array $reply, string $result, Secrets $secrets): void
    {
        if (!function_exists('logModuleCall')) {
            return;
        }
        $response = [];
        if ($reply !== null) {
            $response = $secrets->redact($reply);
        } elseif ($outcome !== null) {
            $response = ['stdout' => self::text($secrets->mask($outcome->stdout))];
        }
        if ($outcome !== null) {
            $response['exit code'] = $outcome->code;
            $response['stderr'] = self::text($secrets->mask($outcome->stderr));
        }
        try {
            logModuleCall('jetpack', $action, $secrets->redact($request), $response, $secrets->mask($result), $secrets->forms());
        } catch (\Throwable $e) {
            self::activity('the module log could not be written: ' . $e->getMessage(), $request, $secrets);
        }
    }

    /**
     * Writes a sentence to the activity log.
     *
     * @param array<mixed> $request the document that the program got
     */
    public static function activity(string $sentence, array $request, Secrets $secrets): void
    {
        if (!function_exists('logActivity')) {
            return;
        }
        $params = $request['params'] ?? [];
        $service = empty($params['addonId']) ? 'Service ID: ' . ($params['serviceid'] ?? '?') : 'Addon ID: ' . $params['addonId'];
        $about = $params === [] ? '' : ' - ' . $service;
        try {
            logActivity('Jetpack: ' . $secrets->mask($sentence) . $about, (int) ($params['userid'] ?? 0));
        } catch (\Throwable $e) {
            // There is nowhere left to say it, and the command itself is done.
        }
    }

    private static function text(string $text): string
    {
        return strlen($text) <= self::LONGEST ? $text : substr($text, 0, self::LONGEST) . ' … (' . strlen($text) . ' bytes)';
    }
}
