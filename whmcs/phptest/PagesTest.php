<?php

declare(strict_types=1);

/** The pages for the staff and for customers. */
final class PagesTest extends ModuleTestCase
{
    private const HOSTILE = '"><script>alert(1)</script>\'&';

    private const STATUS = [
        'success' => true, 'outcome' => 'active', 'result' => 'success', 'license_key' => 'jetpack-scan_AbCd', 'product' => 'jetpack-scan',
        'product_name' => 'Jetpack Scan', 'state' => 'active', 'site' => 'https://shop.example/blog', 'domain' => 'shop.example/blog',
        'admin_url' => 'https://shop.example/blog/wp-admin/admin.php?page=jetpack#/license/activation', 'issued_at' => '2026-11-21T10:00:00Z', 'note' => '',
    ];

    public function testAdminFields(): void
    {
        $this->reply(self::STATUS);
        $fields = jetpack_AdminServicesTabFields($this->params());
        $this->assertSame(['License Key', 'License State', 'Attached To', 'Issued'], array_keys($fields));
        $this->assertStringContainsString(' readonly ', $fields['License Key']);
        $this->assertStringContainsString('value="jetpack-scan_AbCd"', $fields['License Key']);
        $this->assertStringNotContainsString(' name=', $fields['License Key']);
        $this->assertSame('Active', $fields['License State']);
        $this->assertStringContainsString('<a href="https://shop.example/blog" ', $fields['Attached To']);
        $this->assertSame('2026-11-21T10:00:00Z', $fields['Issued']);
    }

    public function testAdminFieldsAreEscaped(): void
    {
        $this->reply(['license_key' => self::HOSTILE, 'state' => self::HOSTILE, 'note' => self::HOSTILE, 'site' => 'https://x' . self::HOSTILE, 'issued_at' => self::HOSTILE] + self::STATUS);
        foreach (jetpack_AdminServicesTabFields($this->params()) as $html) {
            $this->assertStringNotContainsString('<script', $html);
            $page = new DOMDocument();
            $page->loadHTML('<?xml encoding="UTF-8"><div>' . $html . '</div>');
            $this->assertSame(0, $page->getElementsByTagName('script')->length);
        }
        $this->reply(['site' => 'javascript:alert(1)'] + self::STATUS);
        $this->assertSame('javascript:alert(1)', jetpack_AdminServicesTabFields($this->params())['Attached To'], 'no link');
    }

    public function testAdminFieldsWhileTheOutcomeIsOpen(): void
    {
        $this->reply(['state' => 'unknown', 'license_key' => '', 'site' => '', 'issued_at' => '', 'note' => 'The answer was lost. Press Reconcile.'] + self::STATUS);
        $fields = jetpack_AdminServicesTabFields($this->params());
        $this->assertSame(['License Key', 'License State'], array_keys($fields));
        $this->assertStringContainsString('into the field &quot;License Key&quot; of this service (&quot;Jetpack License Key&quot;', $fields['License Key']);
        $this->assertSame('Unknown: The answer was lost. Press Reconcile.', $fields['License State']);
    }

    public function testAdminFieldsOfAFailure(): void
    {
        $this->reply(['success' => false, 'result' => 'The database <b>refuses</b>.']);
        $this->assertSame(['License State' => 'The database &lt;b&gt;refuses&lt;/b&gt;.'], jetpack_AdminServicesTabFields($this->params()));
        $this->config(['binary' => ROOTDIR . '/<nowhere>']);
        $fields = jetpack_AdminServicesTabFields($this->params());
        $this->assertSame(['License State'], array_keys($fields));
        $this->assertStringContainsString('&lt;nowhere&gt;', $fields['License State']);
    }

    public function testClientArea(): void
    {
        $this->reply(self::STATUS);
        $want = array_intersect_key(self::STATUS, ['license_key' => 0, 'state' => 0, 'product_name' => 0, 'domain' => 0, 'admin_url' => 0, 'site' => 0]);
        $area = jetpack_ClientArea($this->params());
        $this->assertSame('jetpack_license', $area['templatefile']);
        $this->assertEquals($want, $area['vars']);
        $this->assertSame($area['vars'], $area['templateVariables']);
    }

    /** @dataProvider off */
    public function testClientAreaOffStartsNothing($option): void
    {
        $this->program('touch ' . ROOTDIR . '/started');
        $this->assertSame([], jetpack_ClientArea($this->params(['configoption3' => $option])));
        $this->assertSame([], jetpack_ClientArea(array_diff_key($this->params(), ['configoption3' => 0])));
        $this->assertFileDoesNotExist(ROOTDIR . '/started');
    }

    public function off(): array
    {
        return [[''], ['0'], [0], [false], [null]];
    }

    /** @dataProvider states */
    public function testClientAreaShowsTheKeyOfAnActiveLicenseAlone(string $state): void
    {
        $this->reply(['state' => $state] + self::STATUS);
        $vars = jetpack_ClientArea($this->params())['vars'];
        $this->assertSame(['', $state], [$vars['license_key'], $vars['state']]);
    }

    public function states(): array
    {
        return [['suspended'], ['not_issued'], ['unknown'], ['revoked']];
    }

    public function testClientAreaGivesRawTexts(): void
    {
        $this->reply(['domain' => self::HOSTILE] + self::STATUS);
        $this->assertSame(self::HOSTILE, jetpack_ClientArea($this->params())['vars']['domain']);
    }

    /** @dataProvider failures */
    public function testClientAreaOfAFailure(array $reply): void
    {
        $this->reply($reply);
        $unavailable = ['license_key' => '', 'state' => 'unavailable', 'product_name' => '', 'domain' => '', 'admin_url' => '', 'site' => ''];
        $this->assertSame($unavailable, jetpack_ClientArea($this->params())['vars']);
        $this->config(['binary' => ROOTDIR . '/nowhere']);
        $this->assertSame($unavailable, jetpack_ClientArea($this->params())['vars']);
    }

    public function failures(): array
    {
        return [
            [['success' => false, 'result' => 'Token refused'] + self::STATUS], [['success' => true]], [['state' => 'exploded'] + self::STATUS],
            [['state' => ['x']] + self::STATUS], [['outcome' => 'no success']],
        ];
    }

    public function testClientAreaOfAnAddonIsHtml(): void
    {
        $addon = array_diff_key($this->params(['addonId' => 7]), array_flip(['configoption1', 'configoption2', 'configoption3']));
        $this->reply(self::STATUS, 'cat >' . ROOTDIR . '/document');
        $this->assertSame([], jetpack_ClientArea($addon), 'not shown');
        $addon += ['API Token' => 'friendly-token', 'Jetpack Product' => 'jetpack-scan', 'Show User License' => 'on'];
        $area = jetpack_ClientArea($addon);
        $this->assertSame('jetpack_license', $area['templatefile'], 'WHMCS has no Smarty that could be asked');
        $params = json_decode(file_get_contents(ROOTDIR . '/document'), true)['params'];
        $this->assertSame(['friendly-token', 'jetpack-scan', 'on'], [$params['configoption1'], $params['configoption2'], $params['configoption3']]);
        $this->assertNoSecret($this->logged(), 'friendly-token');

        require_once 'smarty4/Smarty.class.php';
        mkdir(ROOTDIR . '/templates_c');
        $html = jetpack_ClientArea($addon);
        $this->assertIsString($html);
        $this->assertStringContainsString('jetpack-scan_AbCd', $html);
        $this->assertStringContainsString('shop.example/blog', $html);
        $this->assertNotEmpty(glob(ROOTDIR . '/templates_c/*.php'), 'compiled in WHMCS\'s own folder');
        $this->reply(['license_key' => self::HOSTILE] + self::STATUS);
        $this->assertStringNotContainsString('<script>alert', jetpack_ClientArea($addon));
        $this->assertIsArray(jetpack_ClientArea($this->params()), 'a service has its template rendered by WHMCS');
        self::remove(ROOTDIR . '/templates_c');
        $this->assertIsArray(jetpack_ClientArea($addon), 'nowhere to compile');
    }
}
