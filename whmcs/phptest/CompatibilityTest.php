<?php

declare(strict_types=1);

use WHMCS\Database\Capsule;

/**
 * Works beside Jetpack's own modules, with their table, licenses, token and requests for products.
 */
final class CompatibilityTest extends FlowTestCase
{
    private function table(): string
    {
        $statement = ((array) Capsule::connection()->selectOne('SHOW CREATE TABLE jetpack_product_licenses'))['Create Table'];
        return preg_replace('/ AUTO_INCREMENT=\d+/', '', $statement);
    }

    public function testTableIsTheSame(): void
    {
        jetpack_CreateLicensesTable();
        $ours = $this->table();
        Capsule::schema()->drop('jetpack_product_licenses');
        $this->makeTheirTable(self::PLAIN);
        $this->assertSame($this->table(), $ours);
        Capsule::schema()->drop('jetpack_product_licenses');
        $this->makeTheirTable();
        // A connection with a character set adds it to the columns.
        [$theirs, $ours] = preg_replace('/\) ENGINE=.*$/s', ')', [$this->table(), $ours]);
        $this->assertSame($theirs, $ours);
    }

    public function testTableIsLeftAsItIs(): void
    {
        $this->makeTheirTable();
        $before = $this->table();
        jetpack_CreateLicensesTable();
        $this->assertSame('success', jetpack_CreateAccount($this->service(12)));
        $this->assertSame($before, $this->table());
    }

    public function testTheirLicenseIsFoundKeptAndRevoked(): void
    {
        $this->makeTheirTable();
        $key = $this->issuedByTheirs(77, 5);
        $before = count($this->licenses());
        $service = $this->service(12);
        $this->assertStringContainsString($key, jetpack_AdminServicesTabFields($service)['License Key']);
        $this->assertSame($key, jetpack_ClientArea($service)['vars']['license_key']);
        $this->assertSame('success', jetpack_Renew($service));
        $this->assertSame('success', jetpack_CreateAccount($service));
        $this->assertCount($before, $this->licenses());
        $this->assertCount(1, $this->theirs());
        $this->assertSame($key, $this->key($service));
        $this->assertSame('2021-02-03 04:05:06', $this->theirs()[0]['issued_at']);
        $this->assertSame('success', jetpack_AttachLicense($service));
        $this->assertSame(11, $this->licenses()[$key]['blog_id']);
        $this->assertSame('success', jetpack_TerminateAccount($service));
        $this->assertNotNull($this->licenses()[$key]['revoked_at']);
        $row = $this->theirs()[0];
        $this->assertNotNull($row['revoked_at']);
        $this->assertSame('2021-02-03 04:05:06', $row['issued_at']);
    }

    public function testTheirLicenseIsRevokedWithoutBeingUsedBefore(): void
    {
        $this->makeTheirTable();
        $key = $this->issuedByTheirs(77, 5);
        $other = $this->issuedByTheirs(78, 5);
        $this->assertSame('success', jetpack_TerminateAccount($this->service(12)));
        $this->assertNotNull($this->licenses()[$key]['revoked_at']);
        $this->assertNull($this->licenses()[$other]['revoked_at'] ?? null);
    }

    public function testWhatTheirModuleRevokedIsRevoked(): void
    {
        $service = $this->service(12);
        $this->assertSame('success', jetpack_CreateAccount($service));
        $key = $this->key($service);
        $this->api('DELETE', '/wpcom/v2/jetpack-licensing/license?license_key=' . urlencode($key));
        Capsule::table('jetpack_product_licenses')->where('license_key', $key)->update(['revoked_at' => '2026-01-02 03:04:05']);
        $this->assertSame('success', jetpack_CreateAccount($service));
        $this->assertNotSame($key, $this->key($service));
    }

    public function testProductsAreAskedForOnce(): void
    {
        $calls = $this->calls('product-families');
        $products = jetpack_FetchProducts();
        $this->assertSame('Jetpack Scan', $products['jetpack-scan']);
        $this->assertSame($products, jetpack_FetchProducts($this->params()));
        $descriptions = jetpack_FetchProductDescriptions();
        $this->assertSame(array_keys($products), array_keys($descriptions));
        $this->assertStringContainsString('Jetpack Scan', $descriptions['jetpack-scan']);
        $this->assertSame($calls + 1, $this->calls('product-families'));
        $service = $this->service(12);
        $this->assertSame('success', jetpack_CreateAccount($service));
        $this->assertSame('Jetpack Scan', jetpack_ClientArea($service)['vars']['product_name']);
    }

    public function testProductsThatCannotBeHad(): void
    {
        $this->faults('product-families:html=503');
        $this->expectException(\Exception::class);
        $this->expectExceptionMessageMatches('/\w+ .*\.$/s');
        jetpack_FetchProducts();
    }

    public function testTokens(): void
    {
        $params = ['configoption1' => ''] + $this->service(12);
        $this->assertSame('success', jetpack_TestApi($params), 'of another product');
        $this->assertSame(['success' => true, 'error' => ''], jetpack_TestConnection($params));
        Capsule::table('tblproducts')->update(['configoption1' => '']);
        $this->assertNotSame('success', jetpack_TestApi($params), 'none');
        Capsule::table('tbladdonmodules')->insert(['module' => 'jetpack', 'setting' => 'api_token', 'value' => self::token()]);
        $this->assertSame('success', jetpack_TestApi($params), 'of the addon module');
        $this->assertSame('success', jetpack_CreateAccount($params));
        $wrong = 'wrong/"token"&';
        foreach ([jetpack_TestApi(['configoption1' => $wrong] + $params), jetpack_TestConnection(['configoption1' => $wrong] + $params)['error']] as $sentence) {
            $this->assertNotSame('', $sentence);
            $this->assertNotSame('success', $sentence);
            $this->assertNoSecret($sentence . $this->logged(), $wrong);
        }
    }

    /** @dataProvider databases */
    public function testDatabaseThatCannotBeUsed(array $change): void
    {
        $service = $this->service(12);
        $before = count($this->licenses());
        self::configuration($change + DATABASE);
        $sentence = jetpack_CreateAccount($service);
        $this->assertNotSame('success', $sentence);
        $this->assertStringNotContainsString('jetpack-start program returned no result', $sentence);
        $this->assertNoSecret($sentence . $this->logged(), 'wrong-"p/ss');
        $this->assertCount($before, $this->licenses());
        $this->assertSame('unavailable', jetpack_ClientArea($service)['vars']['state']);
        $this->assertSame(['License State'], array_keys(jetpack_AdminServicesTabFields($service)));
        $this->assertSame(1, $this->php([MODULE . '/monitor.php'])[2]);
    }

    public function databases(): array
    {
        return [[['password' => 'wrong-"p/ss']], [['port' => '1']], [['port' => 'x']], [['name' => 'nowhere']], [['tls_ca' => '/nowhere.pem']]];
    }

    public function testHostWithItsPort(): void
    {
        self::configuration(['host' => DATABASE['host'] . ':' . DATABASE['port'], 'port' => ''] + DATABASE);
        $this->assertSame('success', jetpack_CreateAccount($this->service(12)));
    }
}
