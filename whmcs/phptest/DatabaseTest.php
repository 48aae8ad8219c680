<?php

declare(strict_types=1);

use JetpackStart\Database;
use JetpackStart\Problem;

/** Reads configuration.php in the forms that hosts use. */
final class DatabaseTest extends ModuleTestCase
{
    public function testConfiguration(): void
    {
        self::configuration(['host' => 'db.example:3307', 'port' => 3308, 'user' => 'u', 'password' => 'p\'"$x\\', 'name' => 'whmcs', 'tls_ca' => '/ca.pem']);
        $this->assertEquals([
            'host' => 'db.example:3307', 'port' => '3308', 'user' => 'u', 'password' => 'p\'"$x\\', 'name' => 'whmcs', 'tls_ca' => '/ca.pem', 'socket' => '',
        ], Database::settings(MODULE));
        foreach (Database::settings(MODULE) as $value) {
            $this->assertIsString($value);
        }
    }

    public function testWhatItPrintsAndDefinesStaysOut(): void
    {
        define('ONCE', 1);
        $noise = "?>\xef\xbb\xbf\nhello\n<?php define('ONCE', 2); echo \$undefined; \$file = 'x'; \$db_name = ['x'];\n";
        self::configuration(['name' => 'whmcs'], $noise);
        $this->expectOutputString('');
        $this->assertSame('whmcs', Database::settings(MODULE)['name']);
        self::configuration([], $noise);
        $this->assertSame(DATABASE['name'], Database::settings(MODULE)['name'], 'from the connection');
    }

    /** @dataProvider locals */
    public function testSocketOfLocalhost(string $host, bool $socket): void
    {
        self::configuration(['host' => $host, 'user' => 'u', 'name' => 'whmcs']);
        $this->assertSame($socket ? ini_get('pdo_mysql.default_socket') : '', Database::settings(MODULE)['socket']);
    }

    public function locals(): array
    {
        return [['localhost', true], ['LocalHost', true], ['', true], ['127.0.0.1', false], ['db.example', false], ['localhost:3306', false]];
    }

    /** @dataProvider unusable */
    public function testConnectionWhereThereIsNoConfiguration(?string $php): void
    {
        $php === null ? unlink(ROOTDIR . '/configuration.php') : file_put_contents(ROOTDIR . '/configuration.php', $php);
        $settings = Database::settings(MODULE);
        foreach (DATABASE as $name => $value) {
            $this->assertSame($value, $settings[$name]);
        }
    }

    public function unusable(): array
    {
        return [
            'missing' => [null], 'empty' => [''], 'no database' => ['<?php $license = "x";'], 'broken' => ['<?php $db_name = ;'],
            'throws' => ['<?php throw new Exception("x");'],
        ];
    }

    public function testWithoutWhmcsItIsThreeFoldersAbove(): void
    {
        self::configuration(['host' => 'h', 'user' => 'u', 'password' => 'p', 'name' => 'whmcs']);
        $script = 'define("WHMCS", true); include ' . var_export(MODULE . '/vendor/autoload.php', true) . ';'
            . 'try { echo JetpackStart\Database::settings(' . var_export(MODULE, true) . ')["name"]; } catch (JetpackStart\Problem $e) { echo $e->getMessage(); }';
        $this->assertSame(['whmcs', '', 0], $this->php(['-r', $script]));
        unlink(ROOTDIR . '/configuration.php');
        [$out] = $this->php(['-r', $script]);
        $this->assertStringContainsString(ROOTDIR . '/configuration.php is missing', $out);
    }

    public function testPasswordThatIsNoUtf8(): void
    {
        $this->reply(['success' => true, 'result' => 'success']);
        self::configuration(['host' => 'h', 'user' => 'u', 'password' => "p\xe4ss", 'name' => 'whmcs']);
        $this->assertStringContainsString('The password of WHMCS\'s database is not valid UTF-8', jetpack_CreateAccount($this->params()));
    }
}
