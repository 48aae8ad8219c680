<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Renders a template where WHMCS doesn't, with the Smarty that it brings.
 */
final class Page
{
    /**
     * Gives the HTML, '' where there is no Smarty or no folder for what it compiles.
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
        foreach (['Smarty', 'Smarty\\Smarty'] as $class) { // the second is that of Smarty 5
            if (class_exists($class)) {
                return new $class();
            }
        }
        return null;
    }

    /** WHMCS's own: a folder that others can write to would let them put code there. */
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
