<?php

declare(strict_types=1);

/** The service's License Key field. */
final class PropertiesTest extends ModuleTestCase
{
    private const KEY = 'jetpack-scan_Ab/Cd"Ef<Gh';

    public function testLicenseKeyIsReadForReconcileAlone(): void
    {
        $this->properties->values = ['License Key' => self::KEY];
        $this->reply(['success' => true, 'result' => 'success', 'properties' => ['License Key' => '']], 'cat >' . ROOTDIR . '/document');
        jetpack_CreateAccount($this->params());
        $this->assertArrayNotHasKey('license_key', json_decode(file_get_contents(ROOTDIR . '/document'), true)['params']);
        $this->assertSame(['License Key' => ''], $this->properties->values, 'cleared');
        $this->properties->values = ['License Key' => self::KEY];
        jetpack_Reconcile($this->params());
        $this->assertSame(self::KEY, json_decode(file_get_contents(ROOTDIR . '/document'), true)['params']['license_key']);
        $this->assertNoSecret($this->logged(), self::KEY);
    }

    public function testPropertiesThatFailAreToldAndTheCommandIsDone(): void
    {
        $this->properties->broken = true;
        $this->reply(['success' => true, 'result' => 'success', 'properties' => ['License Key' => self::KEY]]);
        $this->assertSame('success', jetpack_Reconcile($this->params()));
        $this->assertCount(2, Recorder::$activities);
        $this->assertStringContainsString('the field "License Key" could not be read: no such table: tblcustomfields', Recorder::$activities[0]);
        $this->assertStringContainsString('the license key could not be written into the field "License Key"', Recorder::$activities[1]);
        $this->assertStringContainsString('Service ID: 12', Recorder::$activities[1]);
    }

    public function testOldWhmcsWithoutProperties(): void
    {
        $this->reply(['success' => true, 'result' => 'success', 'properties' => ['License Key' => self::KEY]]);
        foreach ([new StandInModel(['orderid' => 1], null), ['orderid' => 1], null, (object) []] as $model) {
            $this->assertSame('success', jetpack_Reconcile($this->params(['model' => $model])));
        }
        $this->assertSame([], Recorder::$activities);
    }

    /**
     * WHMCS doesn't document in which column it stores a service's License Key. It may be the
     * domain's.
     */
    public function testLicenseKeyNeverTakesThePlaceOfTheDomain(): void
    {
        $this->properties->kept = ['License Key' => 'Domain'];
        foreach (['shop.example', ''] as $domain) {
            $this->properties->values = ['Domain' => $domain];
            $this->reply(['success' => true, 'result' => 'success', 'properties' => ['License Key' => self::KEY]]);
            foreach ([1, 2] as $time) {
                $this->assertSame('success', jetpack_CreateAccount($this->params()));
                $this->assertSame(['Domain' => $domain, 'Jetpack License Key' => self::KEY], $this->properties->values, "time $time");
            }
            $this->reply(['success' => true, 'result' => 'success'], 'cat >' . ROOTDIR . '/document');
            jetpack_Reconcile($this->params());
            $this->assertSame(self::KEY, json_decode(file_get_contents(ROOTDIR . '/document'), true)['params']['license_key']);
            $this->properties->values = ['Domain' => $domain];
            jetpack_Reconcile($this->params());
            $this->assertSame('', json_decode(file_get_contents(ROOTDIR . '/document'), true)['params']['license_key'], 'a domain is no word');
            $this->reply(['success' => true, 'result' => 'success', 'properties' => ['License Key' => '']]);
            jetpack_TerminateAccount($this->params());
            $this->assertSame($domain, $this->properties->values['Domain']);
            $this->assertSame('', $this->properties->values['Jetpack License Key'] ?? '');
        }
        $this->properties->kept = [];
        $this->properties->values = ['Domain' => ''];
        $this->reply(['success' => true, 'result' => 'success', 'properties' => ['License Key' => self::KEY]]);
        jetpack_CreateAccount($this->params(['addonId' => 7]));
        $this->assertSame(['Domain' => '', 'License Key' => self::KEY], $this->properties->values, 'an addon has a field of its own');
    }

    public function testLicenseKeyNeverTakesThePlaceOfTheDomainInTheTable(): void
    {
        $schema = \WHMCS\Database\Capsule::schema();
        if (!$schema->hasTable('tblhosting')) {
            $schema->create('tblhosting', static function ($table): void {
                $table->increments('id');
                $table->text('domain');
            });
        }
        $services = \WHMCS\Database\Capsule::table('tblhosting');
        (clone $services)->where('id', 12)->delete();
        (clone $services)->insert(['id' => 12, 'domain' => 'shop.example'] + ($schema->hasColumn('tblhosting', 'orderid') ? ['userid' => 3, 'orderid' => 77, 'packageid' => 5] : []));
        $this->properties->column = 'License Key';
        $this->reply(['success' => true, 'result' => 'success', 'properties' => ['License Key' => self::KEY]]);
        $this->assertSame('success', jetpack_CreateAccount($this->params()));
        $this->assertSame('shop.example', (clone $services)->where('id', 12)->value('domain'));
        $this->assertSame(self::KEY, $this->properties->values['Jetpack License Key']);
        (clone $services)->where('id', 12)->delete();
    }
}
