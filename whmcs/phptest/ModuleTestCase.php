<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;

/**
 * Has programs to start instead of jetpack-start, parameters as WHMCS passes them, and its logs.
 */
abstract class ModuleTestCase extends TestCase
{
    protected const TOKEN = 'tok/en&"ä secret';

    /** @var StandInProperties */
    protected $properties;

    protected function setUp(): void
    {
        Recorder::$calls = Recorder::$activities = [];
        Recorder::$broken = false;
        $this->properties = new StandInProperties();
        self::configuration(DATABASE);
        @unlink(MODULE . '/config.php');
    }

    /**
     * Writes a shell script in place of the program. It gets the command as $2, the document on
     * stdin.
     */
    protected function program(string $script, string $name = 'program'): string
    {
        $path = ROOTDIR . '/' . $name;
        file_put_contents($path, "#!/bin/sh\n" . $script . "\n");
        chmod($path, 0755);
        $this->config(['binary' => $path]);
        return $path;
    }

    /** Writes a program that prints a reply. */
    protected function reply(array $reply, string $before = 'cat >/dev/null'): string
    {
        file_put_contents(ROOTDIR . '/reply', json_encode($reply));
        return $this->program($before . "\ncat " . ROOTDIR . '/reply; [ ' . (int) !empty($reply['success']) . ' = 1 ]');
    }

    protected function config(array $values): void
    {
        file_put_contents(MODULE . '/config.php', '<?php return ' . var_export($values, true) . ';');
    }

    /** Returns WHMCS's parameters of a service, many of which the program must not get. */
    protected function params(array $changes = []): array
    {
        $model = new StandInModel(['id' => 12, 'orderid' => 77, 'domainstatus' => 'Active', 'qty' => 1, 'password' => 'model-password'], $this->properties);
        return $changes + [
            'serviceid' => 12, 'addonId' => 0, 'userid' => 3, 'pid' => 5, 'domain' => 'shop.example', 'username' => 'shop', 'password' => 'service-password',
            'configoption1' => self::TOKEN, 'configoption2' => 'jetpack-scan', 'configoption3' => 'on', 'configoption4' => '', 'configoption5' => '',
            'configoption6' => '', 'configoption7' => 'not ours', 'model' => $model, 'customfields' => ['PIN' => '4711'],
            'clientsdetails' => ['email' => 'customer@example.com', 'firstname' => 'Ada'], 'serverpassword' => 'server-password',
        ];
    }

    /** Returns everything that was logged, as one text. */
    protected function logged(): string
    {
        $calls = array_map(static function (array $call): array {
            return array_slice($call, 0, 5); // the sixth is the list of secrets
        }, Recorder::$calls);
        return print_r($calls, true) . json_encode($calls, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE) . implode("\n", Recorder::$activities);
    }

    protected function assertNoSecret(string $text, string ...$secrets): void
    {
        foreach (array_merge([self::TOKEN, DATABASE['password']], $secrets) as $secret) {
            foreach ([$secret, urlencode($secret), rawurlencode($secret), trim(json_encode($secret), '"'), htmlspecialchars($secret, ENT_QUOTES)] as $form) {
                $this->assertStringNotContainsString($form, $text);
            }
        }
    }

    /** Writes WHMCS's configuration.php. */
    public static function configuration(array $database, string $more = ''): void
    {
        $php = "<?php\n\$license = 'WHMCS-1';\n" . $more;
        foreach (['host' => 'db_host', 'port' => 'db_port', 'user' => 'db_username', 'password' => 'db_password', 'name' => 'db_name', 'tls_ca' => 'db_tls_ca'] as $key => $variable) {
            if (isset($database[$key])) {
                $php .= '$' . $variable . ' = ' . var_export($database[$key], true) . ";\n";
            }
        }
        file_put_contents(ROOTDIR . '/configuration.php', $php);
    }

    /** Runs PHP in a process of its own. */
    protected function php(array $arguments, array $environment = []): array
    {
        $process = proc_open(array_merge([PHP_BINARY], $arguments), [['file', '/dev/null', 'r'], ['pipe', 'w'], ['pipe', 'w']], $pipes, ROOTDIR, $environment + getenv());
        $output = [stream_get_contents($pipes[1]), stream_get_contents($pipes[2])];
        $output[] = proc_close($process);
        return $output;
    }

    public static function copy(string $from, string $to): void
    {
        foreach (new FilesystemIterator($from) as $file) {
            $target = $to . '/' . $file->getFilename();
            if ($file->isDir()) {
                mkdir($target);
                self::copy($file->getPathname(), $target);
            } else {
                copy($file->getPathname(), $target);
            }
        }
    }

    public static function remove(string $folder): void
    {
        foreach (new FilesystemIterator($folder) as $file) {
            $file->isDir() && !$file->isLink() ? self::remove($file->getPathname()) : unlink($file->getPathname());
        }
        rmdir($folder);
    }
}
