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
}
