<?php

declare(strict_types=1);

/** What WHMCS shows in a product's settings, and what Jetpack's addon module calls. */
final class SettingsTest extends ModuleTestCase
{
    public function testProducts(): void
    {
        $products = [
            ['slug' => 'jetpack-scan', 'name' => 'Jetpack Scan', 'description' => 'Scans'], ['slug' => 'jetpack-backup', 'name' => 'Backup'],
            ['name' => 'no slug'], 'no product', ['slug' => 'jetpack-x', 'name' => ['x']],
        ];
        $this->reply(['success' => true, 'result' => 'success', 'products' => $products], 'cat >' . ROOTDIR . '/document');
        $this->assertSame(['jetpack-scan' => 'Jetpack Scan', 'jetpack-backup' => 'Backup'], jetpack_FetchProducts());
        $this->assertSame(['jetpack-scan' => 'Jetpack Scan', 'jetpack-backup' => 'Backup'], jetpack_FetchProducts($this->params()), 'as a loader');
        $this->assertSame('Scans', jetpack_FetchProductDescriptions()['jetpack-scan']);
        $this->assertArrayNotHasKey('params', json_decode(file_get_contents(ROOTDIR . '/document'), true));
    }

    /** @dataProvider askers */
    public function testLoadersThrowASentence(string $function): void
    {
        $this->reply(['success' => false, 'result' => 'Jetpack does not answer. ' . DATABASE['password']]);
        foreach (['Jetpack does not answer. [redacted]', ROOTDIR . '/nowhere'] as $sentence) {
            try {
                $function();
                $this->fail('nothing was thrown');
            } catch (\Exception $e) {
                $this->assertStringContainsString($sentence, $e->getMessage());
                $this->assertNoSecret((string) $e . print_r($e->getTrace(), true));
            }
            $this->config(['binary' => ROOTDIR . '/nowhere']);
        }
    }

    public function askers(): array
    {
        return [['jetpack_FetchProducts'], ['jetpack_FetchProductDescriptions'], ['jetpack_CreateLicensesTable']];
    }

    public function testSettings(): void
    {
        $this->assertSame(['DisplayName' => 'Jetpack Provisioning', 'APIVersion' => '1.1', 'RequiresServer' => false], jetpack_MetaData());
        $options = jetpack_ConfigOptions();
        $this->assertSame(['API Token', 'Jetpack Product', 'Show User License', 'Attach To Site', 'Site User', 'When Suspended'], array_keys($options));
        $this->assertSame('password', $options['API Token']['Type']);
        $this->assertArrayNotHasKey('Default', $options['API Token']);
        $this->assertSame('jetpack_FetchProducts', $options['Jetpack Product']['Loader']);
        $this->assertSame(['', 'detach'], array_keys($options['When Suspended']['Options']));
    }
}
