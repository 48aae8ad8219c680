<?php

declare(strict_types=1);

/** The module's files can be included. */
final class FilesTest extends ModuleTestCase
{
    private function files(): array
    {
        return array_merge(glob(MODULE . '/*.php'), glob(MODULE . '/*/*.php'));
    }

    public function testIncludesAreTruthy(): void
    {
        $this->assertTrue((bool) AUTOLOAD);
        $this->assertTrue((bool) INCLUDED);
        $this->assertTrue((bool) include_once MODULE . '/vendor/autoload.php', 'a second time');
        $this->assertTrue((bool) include_once MODULE . '/jetpack.php');
    }

    /**
     * Jetpack's addon module has functions and classes of its own when it includes ours, in this
     * order.
     */
    public function testBesideJetpacksAddonModule(): void
    {
        $script = 'error_reporting(E_ALL); define("WHMCS", true); spl_autoload_register(function ($c) { if (strpos($c, "Jetpack\\\\") === 0) { eval("namespace Jetpack; class AdminDispatcher {}"); } });'
            . 'function jetpack_config() {} function jetpack_activate() {} function jetpack_deactivate() {} function jetpack_output() {'
            . '$autoload = include_once ' . var_export(MODULE . '/vendor/autoload.php', true) . '; $module = include_once ' . var_export(MODULE . '/jetpack.php', true) . ';'
            . 'if (!$autoload || !$module) { echo "not installed"; } new Jetpack\AdminDispatcher(); print_r(jetpack_FetchProducts()); } jetpack_output();';
        $this->reply(['success' => true, 'products' => [['slug' => 'jetpack-scan', 'name' => 'Jetpack Scan']]]);
        $this->assertSame([print_r(['jetpack-scan' => 'Jetpack Scan'], true), '', 0], $this->php(['-r', $script]));
    }

    public function testEveryFileIsGuarded(): void
    {
        foreach ($this->files() as $file) {
            if (basename($file) === 'monitor.php') { // a command line script, which checks that
                continue;
            }
            [$out, $err, $code] = $this->php([$file]);
            $this->assertSame(['This file cannot be accessed directly', '', 0], [$out, $err, $code], $file);
        }
    }

    public function testSyntax(): void
    {
        foreach (array_merge($this->files(), glob(__DIR__ . '/*.php')) as $file) {
            [$out, , $code] = $this->php(['-d', 'error_reporting=-1', '-d', 'display_errors=1', '-l', $file]);
            $this->assertSame(0, $code, $out);
            $this->assertStringNotContainsString('Deprecated', $out);
        }
    }

    public function testNothingIsPrinted(): void
    {
        $this->assertGreaterThan(12, count($this->files()));
        foreach ($this->files() as $file) {
            $text = file_get_contents($file);
            $this->assertStringStartsWith("<?php\n", $text, $file);
            $this->assertStringNotContainsString('?>', $text, $file);
        }
    }

    public function testMetadata(): void
    {
        $about = json_decode(file_get_contents(MODULE . '/whmcs.json'), true);
        $this->assertSame(['1.0', 'whmcs-servers', 'jetpack', 'provisioning'], [$about['schema'], $about['type'], $about['name'], $about['category']]);
    }

    /** @dataProvider opens */
    public function testMonitor(string $script, string $out, string $err, int $code): void
    {
        $this->program('[ "$1 $2" = "whmcs open" ] || exit 9; cat >' . ROOTDIR . '/document; ' . $script);
        $this->assertSame([$out, $err, $code], $this->php([MODULE . '/monitor.php']));
        $this->assertSame(DATABASE['password'], json_decode(file_get_contents(ROOTDIR . '/document'), true)['database']['password']);
    }

    public function opens(): array
    {
        return [
            'none' => ['echo "{\"success\":true,\"open\":[]}"', "{\"success\":true,\"open\":[]}\n", '', 0],
            'one' => ['echo one >&2; echo "{\"success\":false, \"open\":[{}]}"; exit 1', "{\"success\":false, \"open\":[{}]}\n", "one\n", 1],
        ];
    }

    public function testMonitorThatFails(): void
    {
        $this->program('cat >&2; exit 3');
        [$out, $err, $code] = $this->php([MODULE . '/monitor.php']);
        $this->assertSame(['', 1], [$out, $code]);
        $this->assertStringContainsString('ended with exit code 3', $err);
        $this->assertNoSecret($err);
        $this->config(['binary' => ROOTDIR . '/nowhere']);
        $this->assertStringContainsString(ROOTDIR . '/nowhere', $this->php([MODULE . '/monitor.php'])[1]);
    }
}
