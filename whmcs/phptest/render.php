<?php
/*
 * Renders a template with Smarty: php render.php SMARTY.CLASS.PHP TEMPLATE COMPILE_DIR, a JSON list
 * of variables on stdin, a JSON list of pages on stdout. Values and pages are base64: some values
 * aren't valid UTF-8.
 */

declare(strict_types=1);

[, $class, $template, $compileDir] = $argv;
error_reporting(E_ALL);
ini_set('display_errors', 'stderr');
// A warning of the template would be a line in the host's log at each view. Smarty's own
// deprecations don't count, nor what it silences with @.
set_error_handler(static function (int $level, string $message, string $file, int $line) use ($compileDir): bool {
    $deprecated = $level & (E_DEPRECATED | E_USER_DEPRECATED);
    if (!(error_reporting() & $level) || ($deprecated && !str_starts_with($file, $compileDir))) {
        return true;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});

require $class;
$pages = [];
foreach (json_decode(stream_get_contents(STDIN), true, 16, JSON_THROW_ON_ERROR) as $variables) {
    $smarty = new Smarty();
    $smarty->setCompileDir($compileDir);
    foreach ($variables as $name => $value) {
        $smarty->assign($name, base64_decode($value, true));
    }
    $pages[] = base64_encode($smarty->fetch($template));
}
echo json_encode($pages, JSON_THROW_ON_ERROR);
