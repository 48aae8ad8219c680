<?php

declare(strict_types=1);

/** Secrets that only their names reveal, and arguments that others can see. */
final class SecretsTest extends ModuleTestCase
{
    /** It is too short to be masked in texts: only its name keeps it out of the log. */
    public function testShortSecretIsRedactedByName(): void
    {
        self::configuration(['password' => 'xyz'] + DATABASE);
        $this->properties->values = ['License Key' => 'key'];
        $this->reply(['success' => false, 'result' => 'No.', 'license_key' => 'abc', 'properties' => ['License Key' => 'abc', 'Other' => 7]]);
        $this->assertSame('No.', jetpack_Reconcile($this->params(['configoption1' => 'tok'])));
        [, , $request, $response] = Recorder::$calls[0];
        $mask = '[redacted]';
        $this->assertSame([$mask, $mask, $mask], [$request['params']['configoption1'], $request['params']['license_key'], $request['database']['password']]);
        $this->assertSame([$mask, ['License Key' => $mask, 'Other' => $mask]], [$response['license_key'], $response['properties']]);
        $this->assertSame('shop.example', $request['params']['domain']);
    }

    /** Everybody with an account on the machine sees the arguments of every process. */
    public function testNoProcessHasASecretAmongItsArguments(): void
    {
        $this->program('cat >/dev/null; cat /proc/[0-9]*/cmdline >' . ROOTDIR . '/cmdlines 2>/dev/null; echo "{\"success\":true,\"result\":\"success\"}"');
        $this->assertSame('success', jetpack_CreateAccount($this->params()));
        $seen = file_get_contents(ROOTDIR . '/cmdlines');
        $this->assertStringContainsString("\0whmcs\0create\0", $seen);
        $this->assertNoSecret($seen);
    }
}
