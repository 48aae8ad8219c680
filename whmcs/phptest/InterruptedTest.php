<?php

declare(strict_types=1);

use WHMCS\Database\Capsule;

/** Lost answers, concurrent calls, and PHP being killed. */
final class InterruptedTest extends FlowTestCase
{
    public function testLostAnswerIsSettledByTheStaff(): void
    {
        $before = $this->licenses();
        $service = $this->service(12);
        $this->faults('license-issue:cut-after*1');
        $this->assertStringContainsString('press Reconcile', jetpack_CreateAccount($service));
        foreach (['jetpack_CreateAccount', 'jetpack_TerminateAccount', 'jetpack_ChangePackage'] as $function) {
            $this->assertStringContainsString('press Reconcile', $function($service));
        }
        $this->assertCount(count($before) + 1, $this->licenses());
        $fields = jetpack_AdminServicesTabFields($service);
        $this->assertStringContainsString('into the field &quot;License Key&quot;', $fields['License Key']);
        $this->assertStringStartsWith('Unknown: ', $fields['License State']);
        $this->assertSame('unknown', jetpack_ClientArea($service)['vars']['state']);
        [$out, , $code] = $this->php([MODULE . '/monitor.php']);
        $this->assertSame([1, 'service:12'], [$code, json_decode($out, true)['open'][0]['related']]);

        $key = key(array_diff_key($this->licenses(), $before));
        $service['model']->serviceProperties->values['License Key'] = ' ' . $key . "\n";
        $this->assertNotSame('success', jetpack_Reconcile($service), 'too soon');
        Capsule::table('jetpack_start_licenses')->update(['created_at' => Capsule::raw('created_at - INTERVAL 3 MINUTE')]);
        $this->assertSame('success', jetpack_Reconcile($service));
        $this->assertSame($key, $this->key($service));
        $this->assertSame('success', jetpack_CreateAccount($service));
        $this->assertSame($key, $this->theirs()[0]['license_key']);
        $this->assertSame(0, $this->php([MODULE . '/monitor.php'])[2]);
    }

    public function testLostAnswerOfALicenseThatNeverWas(): void
    {
        $service = $this->service(12);
        $this->faults('license-issue:cut-before*1');
        $this->assertStringContainsString('press Reconcile', jetpack_CreateAccount($service));
        Capsule::table('jetpack_start_licenses')->update(['created_at' => Capsule::raw('created_at - INTERVAL 3 MINUTE')]);
        $service['model']->serviceProperties->values['License Key'] = 'none';
        $this->assertSame('success', jetpack_Reconcile($service));
        $this->assertSame('success', jetpack_CreateAccount($service));
        $this->assertStringStartsWith('jetpack-scan_', $this->key($service));
    }

    public function testFourAtOnceMakeOneLicense(): void
    {
        $before = count($this->licenses());
        $this->faults('license-issue:latency=300ms');
        $service = $this->service(12);
        $started = [];
        for ($i = 0; $i < 4; $i++) {
            $started[] = $this->start('jetpack_CreateAccount', $service);
        }
        foreach ($started as [$process, $out]) {
            $this->assertSame('success', stream_get_contents($out));
            proc_close($process);
        }
        $this->assertCount($before + 1, $this->licenses());
        $this->assertCount(1, $this->theirs());
    }

    /** Web servers kill PHP if a page takes too long. The program's pipes are closed then. */
    public function testLicenseIsWrittenDownWhenPhpIsKilled(): void
    {
        $before = count($this->licenses());
        $this->faults('license-issue:latency=1500ms');
        $service = $this->service(12);
        $calls = $this->calls('license-issue');
        [$process, $out] = $this->start('jetpack_CreateAccount', $service);
        for ($i = 0; $i < 200 && $this->calls('license-issue') === $calls; $i++) {
            usleep(20000);
        }
        proc_terminate($process, 9);
        fclose($out);
        proc_close($process);
        for ($i = 0; $i < 200 && Capsule::table('jetpack_start_licenses')->where('state', 'done')->count() === 0; $i++) {
            usleep(50000);
        }
        $this->assertSame('success', jetpack_CreateAccount($service));
        $this->assertCount($before + 1, $this->licenses());
        $this->assertStringStartsWith('jetpack-scan_', $this->key($service));
    }

    public function testNoSecretCanBeSeenOfTheRunningProgram(): void
    {
        $this->faults('license-issue:latency=1s');
        [$process, $out] = $this->start('jetpack_CreateAccount', $this->service(12));
        $seen = '';
        for ($i = 0; $i < 200 && $seen === ''; $i++) {
            usleep(10000);
            foreach (glob('/proc/[0-9]*/cmdline') as $file) {
                if (strpos((string) @file_get_contents($file), getenv('WHMCS_TEST_BINARY') . "\0whmcs\0") === 0) {
                    $seen = file_get_contents($file) . @file_get_contents(dirname($file) . '/environ');
                }
            }
        }
        $this->assertSame('success', stream_get_contents($out));
        proc_close($process);
        $this->assertStringContainsString("whmcs\0create\0", $seen);
        $this->assertStringContainsString('JETPACK_START_API_URL', $seen);
        $this->assertNoSecret($seen, self::token());
    }
}
