<?php

declare(strict_types=1);

/** The life of a license, with WHMCS's buttons. */
final class FlowTest extends FlowTestCase
{
    public function testCreateAndTerminate(): void
    {
        $before = count($this->licenses());
        $service = $this->service(12);
        $this->assertSame('success', jetpack_CreateAccount($service));
        $key = $this->key($service);
        $this->assertStringStartsWith('jetpack-scan_', $key);
        $this->assertCount($before + 1, $this->licenses());
        $this->assertSame([[77, 5, $key, null]], array_map(static function (array $row): array {
            return [(int) $row['order_id'], (int) $row['product_id'], $row['license_key'], $row['revoked_at']];
        }, $this->theirs()));
        $this->assertStringContainsString('value="' . $key . '"', jetpack_AdminServicesTabFields($service)['License Key']);
        $this->assertEquals([
            'license_key' => $key, 'state' => 'active', 'product_name' => '', 'domain' => 'shop.example', 'site' => '',
            'admin_url' => 'https://shop.example/wp-admin/admin.php?page=jetpack#/license/activation',
        ], ['product_name' => ''] + jetpack_ClientArea($service)['vars']);

        $this->assertSame('success', jetpack_CreateAccount($service), 'an order that is accepted again');
        $this->assertCount($before + 1, $this->licenses());
        $this->assertSame($key, $this->key($service));

        $issued = $this->theirs()[0]['issued_at'];
        $this->assertSame('success', jetpack_TerminateAccount($service));
        $this->assertSame('', $this->key($service));
        $this->assertNotNull($this->licenses()[$key]['revoked_at']);
        $this->assertNotNull($this->theirs()[0]['revoked_at']);
        $this->assertSame($issued, $this->theirs()[0]['issued_at'], 'the time of issue stays');
        $this->assertSame('success', jetpack_TerminateAccount($service), 'nothing is left to revoke');
        $this->assertSame(['', 'revoked'], array_values(array_intersect_key(jetpack_ClientArea($service)['vars'], ['license_key' => 0, 'state' => 0])));
        $this->assertSame('Revoked', jetpack_AdminServicesTabFields($service)['License State']);

        $this->assertSame('success', jetpack_CreateAccount($service), 'sold again');
        $this->assertNotSame($key, $this->key($service));
        $this->assertCount($before + 2, $this->licenses());
    }

    public function testTerminateOfWhatNeverWas(): void
    {
        $this->assertSame('success', jetpack_TerminateAccount($this->service(12)));
        $this->assertSame('Not issued', explode(':', jetpack_AdminServicesTabFields($this->service(13))['License State'])[0]);
    }

    public function testSuspendDetachesAndUnsuspendAttaches(): void
    {
        $service = $this->service(12, ['configoption4' => 'on', 'configoption6' => 'detach']);
        $this->assertSame('success', jetpack_CreateAccount($service));
        $key = $this->key($service);
        $this->assertSame(11, $this->licenses()[$key]['blog_id']);
        $this->assertStringContainsString('href="https://shop.example', jetpack_AdminServicesTabFields($service)['Attached To']);
        $this->assertSame('success', jetpack_SuspendAccount($service));
        $this->assertEmpty($this->licenses()[$key]['blog_id'] ?? 0);
        $this->assertSame('Suspended', explode(':', jetpack_AdminServicesTabFields($service)['License State'])[0]);
        $vars = jetpack_ClientArea($service)['vars'];
        $this->assertSame(['suspended', ''], [$vars['state'], $vars['license_key']]);
        $this->assertSame('success', jetpack_SuspendAccount($service), 'twice');
        $this->assertSame('success', jetpack_UnsuspendAccount($service));
        $this->assertSame(11, $this->licenses()[$key]['blog_id']);
        $this->assertSame('success', jetpack_UnsuspendAccount($service), 'twice');
    }

    public function testSuspendLeavesTheLicenseUnlessAskedTo(): void
    {
        $service = $this->service(12, ['configoption4' => 'on']);
        $this->assertSame('success', jetpack_CreateAccount($service));
        $this->assertSame('success', jetpack_SuspendAccount($service));
        $this->assertSame(11, $this->licenses()[$this->key($service)]['blog_id']);
        $this->assertSame('success', jetpack_UnsuspendAccount($service));
    }

    public function testChangePackage(): void
    {
        $service = $this->service(12, ['configoption4' => 'on']);
        $this->assertSame('success', jetpack_CreateAccount($service));
        $old = $this->key($service);
        $changed = ['pid' => 6, 'configoption2' => 'jetpack-complete'] + $service;
        $this->assertSame('success', jetpack_ChangePackage($changed));
        $new = $this->key($changed);
        $this->assertStringStartsWith('jetpack-complete_', $new);
        $this->assertSame(11, $this->licenses()[$new]['blog_id'], 'where the old one was');
        $this->assertNotNull($this->licenses()[$old]['revoked_at']);
        $this->assertSame('success', jetpack_ChangePackage($changed), 'twice');
        $this->assertSame($new, $this->key($changed));
    }

    public function testAttach(): void
    {
        $service = $this->service(12);
        $this->assertStringContainsString('Create', jetpack_AttachLicense($service));
        $this->assertSame('success', jetpack_CreateAccount($service));
        $this->assertNotSame('success', jetpack_AttachLicense(['domain' => ''] + $service));
        $this->assertNotSame('success', jetpack_AttachLicense(['domain' => 'no domain <b>'] + $service));
        $this->assertNotSame('success', jetpack_AttachLicense(['domain' => 'new.example'] + $service), 'not connected');
        $this->assertSame('success', jetpack_AttachLicense(['domain' => 'https://shop.example/'] + $service));
        $this->assertSame(11, $this->licenses()[$this->key($service)]['blog_id']);
        $this->assertSame('success', jetpack_AttachLicense($service), 'twice');
    }

    public function testRenew(): void
    {
        $service = $this->service(12);
        $this->assertNotSame('success', jetpack_Renew($service));
        $this->assertSame('success', jetpack_CreateAccount($service));
        $this->assertSame('success', jetpack_Renew($service));
        $this->api('DELETE', '/wpcom/v2/jetpack-licensing/license?license_key=' . urlencode($this->key($service)));
        $this->assertStringContainsString('Reconcile', jetpack_Renew($service));
        $this->assertSame('success', jetpack_Reconcile($service));
        $this->assertStringContainsString('revoked at Jetpack', implode("\n", Recorder::$activities));
        $this->assertSame('success', jetpack_CreateAccount($service));
    }

    public function testTwoUnitsOfOneProductInOneOrder(): void
    {
        [$first, $second] = [$this->service(12), $this->service(13)];
        $this->assertSame('success', jetpack_CreateAccount($first));
        $this->assertSame('success', jetpack_CreateAccount($second));
        $this->assertNotSame($this->key($first), $this->key($second));
        $this->assertSame('success', jetpack_TerminateAccount($first));
        $licenses = $this->licenses();
        $this->assertNull($licenses[$this->key($second)]['revoked_at'] ?? null);
        $this->assertStringContainsString($this->key($second), jetpack_AdminServicesTabFields($second)['License Key']);
        $this->assertSame('success', jetpack_CreateAccount($second));
        $this->assertCount(count($licenses), $this->licenses());
    }

    public function testServiceAndItsAddon(): void
    {
        [$service, $addon] = [$this->service(12), $this->addon(12, 12)];
        $this->assertSame('success', jetpack_CreateAccount($service));
        $this->assertSame('success', jetpack_CreateAccount($addon), 'the IDs are the same; they are two');
        $this->assertNotSame($this->key($service), $this->key($addon));
        $this->assertSame('success', jetpack_TerminateAccount($addon));
        $this->assertStringContainsString($this->key($service), jetpack_AdminServicesTabFields($service)['License Key']);
        $this->assertNull($this->licenses()[$this->key($service)]['revoked_at'] ?? null);
    }
}
