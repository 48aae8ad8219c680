<?php

declare(strict_types=1);

/** What WHMCS, its logs and its staff see of a reply. */
final class ReplyTest extends ModuleTestCase
{
    private const KEY = 'jetpack-scan_Ab/Cd"Ef<Gh';

    /** @dataProvider commands */
    public function testEveryFunctionRunsItsCommand(string $function, string $command): void
    {
        $this->program('echo "$2" >' . ROOTDIR . '/command; cat >/dev/null; echo "{\"success\":true,\"result\":\"success\"}"');
        $this->assertSame('success', $function($this->params()));
        $this->assertSame($command . "\n", file_get_contents(ROOTDIR . '/command'));
        $this->assertSame(['jetpack', $command], array_slice(Recorder::$calls[0], 0, 2));
    }

    public function commands(): array
    {
        return [
            ['jetpack_CreateAccount', 'create'], ['jetpack_TerminateAccount', 'terminate'], ['jetpack_SuspendAccount', 'suspend'],
            ['jetpack_UnsuspendAccount', 'unsuspend'], ['jetpack_ChangePackage', 'change-package'], ['jetpack_Renew', 'renew'],
            ['jetpack_AttachLicense', 'attach'], ['jetpack_Reconcile', 'reconcile'], ['jetpack_TestApi', 'test'],
        ];
    }

    public function testEveryButtonHasItsFunction(): void
    {
        foreach (jetpack_AdminCustomButtonArray() as $function) {
            $this->assertTrue(function_exists('jetpack_' . $function));
        }
        $this->assertSame(['Attach License', 'Test Connection', 'Reconcile'], array_keys(jetpack_AdminCustomButtonArray()));
    }

    public function testTestConnection(): void
    {
        $this->reply(['success' => true, 'result' => 'success'], 'cat >' . ROOTDIR . '/document');
        $this->assertSame(['success' => true, 'error' => ''], jetpack_TestConnection(['serverhostname' => 'x']));
        $this->assertArrayNotHasKey('params', json_decode(file_get_contents(ROOTDIR . '/document'), true));
        $this->reply(['success' => false, 'result' => 'The token is refused.']);
        $this->assertSame(['success' => false, 'error' => 'The token is refused.'], jetpack_TestConnection($this->params()));
    }

    /** @dataProvider results */
    public function testResults(array $reply, string $want): void
    {
        $this->reply($reply);
        $this->assertSame($want, jetpack_CreateAccount($this->params()));
    }

    public function results(): array
    {
        return [
            [['success' => true, 'result' => 'success'], 'success'],
            [['success' => false, 'result' => 'Press Reconcile.'], 'Press Reconcile.'],
            // A failure is never called a success: WHMCS would mail the customer.
            [['success' => false, 'result' => 'success', 'error_message' => 'it broke'], 'it broke'],
            [['success' => false, 'result' => 'success'], 'The jetpack-start program returned no result. See the module log.'],
            [['success' => false, 'error_code' => 'invalid_token'], 'invalid_token'],
            [['success' => false, 'result' => ['x']], 'The jetpack-start program returned no result. See the module log.'],
            [['success' => true], 'The jetpack-start program returned no result. See the module log.'],
        ];
    }

    public function testNothingSecretIsLoggedOrReturned(): void
    {
        $password = DATABASE['password'];
        $this->reply([
            'success' => false, 'result' => 'No: ' . self::TOKEN . ' and ' . $password . ' and ' . self::KEY, 'license_key' => self::KEY,
            'properties' => ['License Key' => self::KEY], 'warnings' => ['careful with ' . self::KEY, 'and with ' . rawurlencode(self::TOKEN)], 'note' => self::TOKEN,
        ], 'cat >&2; echo ' . escapeshellarg(self::KEY) . ' >&2');
        $result = jetpack_CreateAccount($this->params());
        $this->assertSame('No: [redacted] and [redacted] and [redacted]', $result);
        $this->assertNoSecret($this->logged(), self::KEY, 'service-password', 'server-password', 'model-password', '4711');
        $this->assertSame(['Jetpack: careful with [redacted] - Service ID: 12 - User ID: 3', 'Jetpack: and with [redacted] - Service ID: 12 - User ID: 3'], Recorder::$activities);
        [, , $request, $response, , $replace] = Recorder::$calls[0];
        $this->assertSame('[redacted]', $request['params']['configoption1']);
        $this->assertSame('[redacted]', $request['database']['password']);
        $this->assertSame('jetpack-scan', $request['params']['configoption2']);
        $this->assertSame('[redacted]', $response['license_key']);
        $this->assertSame('[redacted]', $response['properties']['License Key']);
        $this->assertStringContainsString('"protocol":1', $response['stderr'], 'what the program wrote for people is there');
        foreach ([self::TOKEN, rawurlencode(self::TOKEN), urlencode(self::TOKEN), trim(json_encode(self::TOKEN), '"'), $password, self::KEY] as $secret) {
            $this->assertContains($secret, $replace);
        }
        $this->assertNotContains('', $replace);
        $this->assertContainsOnly('string', $replace);
        $this->assertSame(['License Key' => self::KEY], $this->properties->values, 'the key itself is saved');
    }

    public function testBrokenReplyIsRedactedByName(): void
    {
        $this->program('cat >/dev/null; printf %s ' . escapeshellarg('{"success":true,"license_key":"never-seen\"key", "properties":{"License Key":"never-se'));
        $this->assertStringContainsString('without a reply', jetpack_CreateAccount($this->params()));
        $this->assertStringNotContainsString('never-se', $this->logged());
    }

    public function testShortSecretDoesNotMaskEverything(): void
    {
        $this->reply(['success' => false, 'result' => 'a sentence with none of them']);
        $this->properties->values = ['License Key' => 'none'];
        $this->assertSame('a sentence with none of them', jetpack_Reconcile($this->params(['configoption1' => 'a'])));
    }

    public function testBrokenModuleLogStopsNothing(): void
    {
        Recorder::$broken = true;
        $this->reply(['success' => true, 'result' => 'success']);
        $this->assertSame('success', jetpack_CreateAccount($this->params()));
        $this->assertSame(['Jetpack: the module log could not be written: the log is full - Service ID: 12 - User ID: 3'], Recorder::$activities);
    }
}
