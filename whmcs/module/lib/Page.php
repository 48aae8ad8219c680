<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Renders a template where WHMCS doesn't, with WHMCS's own Smarty.
 */
final class Page
{
    /**
     * Returns the HTML, or '' if there is no Smarty or no folder for compiled templates.
     *
     * @param array<string, string> $variables
     */
    public static function render(string $template, array $variables): string
    {
        try {
            $smarty = self::smarty();
            $folder = self::compileFolder();
            if ($smarty === null || $folder === '') {
                return '';
            }
            $smarty->setCompileDir($folder);
            foreach ($variables as $name => $value) {
                $smarty->assign($name, $value);
            }
            return (string) $smarty->fetch($template);
        } catch (\Throwable $e) {
            return ''; // WHMCS renders it, or shows nothing
        }
    }

    /** @return object|null */
    private static function smarty()
    {
        foreach (['Smarty', 'Smarty\\Smarty'] as $class) { // the second is Smarty 5's
            if (class_exists($class)) {
                return new $class();
            }
        }
        return null;
    }

    /** Returns WHMCS's own folder: in one that others can write to, they could put code. */
    private static function compileFolder(): string
    {
        $variables = defined('ROOTDIR') ? Database::configuration(ROOTDIR . '/configuration.php') : [];
        foreach ([$variables['templates_compiledir'] ?? '', defined('ROOTDIR') ? ROOTDIR . '/templates_c' : ''] as $folder) {
            if (is_string($folder) && $folder !== '') {
                $folder = $folder[0] === '/' ? $folder : ROOTDIR . '/' . $folder;
                if (@is_dir($folder) && @is_writable($folder)) {
                    return $folder;
                }
            }
        }
        return '';
    }
}
