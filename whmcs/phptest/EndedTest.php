<?php

declare(strict_types=1);

/** PHP ends in the middle of a call. */
final class EndedTest extends ModuleTestCase
{
    /**
     * A time limit and WHMCS's handlers end PHP like this: shutdown functions and destructors run,
     * but the call doesn't return.
     */
    public function testProgramGoesOnWhenPhpExits(): void
    {
        $this->program('cat >/dev/null; echo $$ >' . ROOTDIR . '/pid; sleep 1; echo late >' . ROOTDIR . '/done');
        foreach (['pid', 'done'] as $name) {
            @unlink(ROOTDIR . '/' . $name);
        }
        $script = 'pcntl_async_signals(true); pcntl_signal(SIGUSR1, function () { exit(3); }); define("WHMCS", true); include '
            . var_export(MODULE . '/jetpack.php', true) . '; jetpack_CreateAccount(["serviceid" => 1]);';
        $null = ['file', '/dev/null', 'w'];
        $php = proc_open([PHP_BINARY, '-r', $script], [['file', '/dev/null', 'r'], $null, $null], $pipes);
        for ($i = 0; $i < 200 && !is_file(ROOTDIR . '/pid'); $i++) {
            usleep(50000);
        }
        proc_terminate($php, SIGUSR1);
        $this->assertSame(3, proc_close($php));
        for ($i = 0; $i < 100 && !is_file(ROOTDIR . '/done'); $i++) {
            usleep(50000);
        }
        $this->assertFileExists(ROOTDIR . '/done');
    }
}
