<?php

declare(strict_types=1);

use WHMCS\Database\Capsule;

/**
 * Runs the real program with a real database, which has copies of WHMCS's tables, and the sandbox
 * as the Licensing API. The sandbox runs through all tests, so its counts are compared with those
 * from before.
 */
abstract class FlowTestCase extends ModuleTestCase
{
    /** The connection that has no character set of its own. */
    protected const PLAIN = 'plain';

    /** @var string[] every license key, to look for it in the logs at the end */
    private $keys = [];

    protected function setUp(): void
    {
        parent::setUp();
        if (!getenv('WHMCS_TEST_BINARY')) {
            $this->markTestSkipped('run by go test ./internal/whmcs');
        }
        $this->config(['binary' => getenv('WHMCS_TEST_BINARY')]);
        $this->faults();
        $pdo = Capsule::connection()->getPdo();
        foreach ($pdo->query('SHOW TABLES')->fetchAll(PDO::FETCH_COLUMN) as $table) {
            $pdo->exec('DROP TABLE `' . $table . '`');
        }
        foreach (array_filter(array_map('trim', explode(";\n", file_get_contents(__DIR__ . '/../../testdata/whmcs/tables.sql')))) as $statement) {
            $pdo->exec($statement);
        }
        Capsule::table('tblproducts')->insert([
            ['id' => 5, 'name' => 'Scan', 'servertype' => 'jetpack', 'configoption1' => self::token(), 'configoption2' => 'jetpack-scan', 'configoption3' => 'on'],
            ['id' => 6, 'name' => 'Complete', 'servertype' => 'jetpack', 'configoption1' => self::token(), 'configoption2' => 'jetpack-complete', 'configoption3' => 'on'],
        ]);
    }

    protected function tearDown(): void
    {
        if (!getenv('WHMCS_TEST_BINARY')) {
            return;
        }
        foreach ($this->licenses() as $license) {
            $this->keys[] = $license['license_key'];
        }
        $this->assertNoSecret($this->logged(), self::token(), ...$this->keys);
        parent::tearDown();
    }

    protected static function token(): string
    {
        return (string) getenv('WHMCS_TEST_TOKEN');
    }

    /** Inserts a service and returns the parameters that WHMCS passes for it. */
    protected function service(int $id, array $changes = []): array
    {
        $row = ['id' => $id, 'userid' => 3, 'orderid' => $changes['orderid'] ?? 77, 'packageid' => $changes['pid'] ?? 5, 'domain' => 'shop.example', 'domainstatus' => 'Active'];
        Capsule::table('tblhosting')->insert($row);
        unset($changes['orderid']);
        return $this->params($changes + ['serviceid' => $id, 'configoption1' => self::token(), 'model' => new StandInModel($row, new StandInProperties())]);
    }

    /** Inserts an addon of a service and returns its parameters. */
    protected function addon(int $id, int $service, array $changes = []): array
    {
        Capsule::table('tbladdons')->insertOrIgnore(['id' => 9, 'name' => 'Scan', 'module' => 'jetpack']);
        Capsule::table('tblmodule_configuration')->insertOrIgnore(['entity_type' => 'addon', 'entity_id' => 9, 'setting_name' => 'configoption2', 'value' => 'jetpack-scan']);
        $row = ['id' => $id, 'orderid' => 77, 'hostingid' => $service, 'addonid' => 9, 'userid' => 3, 'status' => 'Active'];
        Capsule::table('tblhostingaddons')->insert($row);
        return $this->params($changes + ['serviceid' => $service, 'addonId' => $id, 'configoption1' => self::token(), 'model' => new StandInModel($row, new StandInProperties())]);
    }

    /** Returns the value of a service's License Key field. */
    protected function key(array $params): string
    {
        return $params['model']->serviceProperties->values['License Key'] ?? '';
    }

    /** Sets the API's next faults. */
    protected function faults(string ...$faults): void
    {
        $this->api('POST', '/sandbox/faults', implode("\n", $faults), 'text/plain');
    }

    protected function licenses(): array
    {
        return array_column($this->state()['licenses'], null, 'license_key');
    }

    protected function calls(string $name): int
    {
        return $this->state()['calls'][$name] ?? 0;
    }

    protected function state(): array
    {
        return json_decode($this->api('GET', '/sandbox/state'), true);
    }

    protected function api(string $method, string $path, string $body = '', string $type = 'application/json'): string
    {
        return file_get_contents(getenv('WHMCS_TEST_SANDBOX') . $path, false, stream_context_create(['http' => [
            'method' => $method, 'content' => $body, 'header' => ['Content-Type: ' . $type, 'Authorization: Bearer ' . self::token()],
        ]]));
    }

    /** Returns the rows of Jetpack's table in the order of their IDs. */
    protected function theirs(): array
    {
        return array_map('get_object_vars', Capsule::table('jetpack_product_licenses')->orderBy('id')->get()->all());
    }

    /** Creates the table with Illuminate, as Jetpack's modules do. */
    protected function makeTheirTable(string $connection = 'default'): void
    {
        Capsule::schema($connection)->create('jetpack_product_licenses', static function (\Illuminate\Database\Schema\Blueprint $table): void {
            $table->increments('id');
            $table->integer('order_id');
            $table->integer('product_id');
            $table->string('license_key');
            $table->timestamp('issued_at');
            $table->timestamp('revoked_at')->nullable();
        });
    }

    /** Issues a license as Jetpack's module does: at the API, with a row in its table. */
    protected function issuedByTheirs(int $order, int $product, string $slug = 'jetpack-scan'): string
    {
        $license = json_decode($this->api('POST', '/wpcom/v2/jetpack-licensing/license', json_encode(['product' => $slug])), true);
        Capsule::table('jetpack_product_licenses')->insert([
            'order_id' => $order, 'product_id' => $product, 'license_key' => $license['license_key'], 'issued_at' => '2021-02-03 04:05:06',
        ]);
        return $license['license_key'];
    }

    /** Starts PHP with a call in the background. */
    protected function start(string $function, array $params)
    {
        $row = ['orderid' => 77, 'domainstatus' => 'Active'];
        $script = 'define("WHMCS", true); include ' . var_export(MODULE . '/jetpack.php', true) . '; echo ' . $function . '('
            . var_export(['model' => $row] + array_filter($params, 'is_scalar'), true) . ');';
        $process = proc_open([PHP_BINARY, '-r', $script], [['file', '/dev/null', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']], $pipes);
        return [$process, $pipes[1]];
    }
}
