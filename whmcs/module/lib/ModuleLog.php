<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Writes to WHMCS's two logs, without secrets: the module log itself masks only values that are
 * passed to it, and only when it is shown.
 */
final class ModuleLog
{
    private const LONGEST = 20000;

    /**
     * Writes a call of the program to the module log, if the host has enabled that.
     *
     * @param array<mixed> $request the document that was passed to the program
     * @param array<mixed>|null $reply the document that it returned, if any
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
     * @param array<mixed> $request the document that was passed to the program
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
            // This can't be reported anywhere, and the command itself is done.
        }
    }

    private static function text(string $text): string
    {
        return strlen($text) <= self::LONGEST ? $text : substr($text, 0, self::LONGEST) . ' … (' . strlen($text) . ' bytes)';
    }
}
