<?php

declare(strict_types=1);

use JetpackStart\Client;
use JetpackStart\Config;
use JetpackStart\Problem;
use JetpackStart\Process;

/** Programs that don't answer. */
final class ProcessTest extends ModuleTestCase
{
    private const SAFE = 'It is safe to run the command again: that issues no second license';

    /** Makes a call with a short time-out. */
    private function failure(string $script, string $command = 'create', float $timeout = 10, float $grace = 5): string
    {
        $path = $this->program($script);
        try {
            (new Client(MODULE, new Config($path, $timeout, $grace)))->call($command, $this->params());
        } catch (Problem $e) {
            $this->assertStringContainsString($path, $e->getMessage());
            $this->assertNoSecret($e->getMessage() . $this->logged());
            $this->assertCount(1, Recorder::$calls);
            return $e->getMessage();
        }
        $this->fail('there was a reply');
    }

    public function testSlowProgramIsStopped(): void
    {
        $start = microtime(true);
        $sentence = $this->failure('trap "echo stopped >&2; exit 1" TERM; cat >/dev/null; while :; do sleep 0.05; done', 'create', 0.5);
        $this->assertStringContainsString('did not end within 0.5 seconds and was stopped', $sentence);
        $this->assertStringContainsString(self::SAFE, $sentence);
        $this->assertStringContainsString('jetpack_start_licenses', $sentence);
        $this->assertStringContainsString('It wrote: stopped', $sentence);
        $this->assertLessThan(4, microtime(true) - $start);
    }

    public function testProgramThatIgnoresSigtermIsKilled(): void
    {
        $pid = ROOTDIR . '/pid';
        $this->failure('trap "" TERM; echo $$ >' . $pid . '; while :; do sleep 0.05; done', 'create', 0.5, 0.5);
        $this->assertFalse(posix_kill((int) file_get_contents($pid), 0), 'the program lives, or is a zombie');
    }

    public function testReplyOfAStoppedProgramCounts(): void
    {
        $path = $this->program('trap \'echo "{\"success\":false,\"result\":\"Interrupted.\"}"; exit 1\' TERM; while :; do sleep 0.05; done');
        $reply = (new Client(MODULE, new Config($path, 0.3, 5)))->call('create', $this->params());
        $this->assertSame('Interrupted.', $reply->result());
    }

    public function testChildOfTheProgramIsNotWaitedFor(): void
    {
        $start = microtime(true);
        $path = $this->program('sleep 20 & echo $! >' . ROOTDIR . '/pid; echo "{\"success\":true,\"result\":\"success\"}"');
        $this->assertSame('success', (new Client(MODULE, new Config($path)))->call('create', $this->params())->result());
        $this->assertLessThan(10, microtime(true) - $start);
        posix_kill((int) file_get_contents(ROOTDIR . '/pid'), 9);
    }

    public function testCrash(): void
    {
        $sentence = $this->failure('kill -SEGV $$');
        $this->assertStringContainsString('crashed (signal 11)', $sentence);
        $this->assertStringContainsString(self::SAFE, $sentence);
    }

    public function testPanicIsNoUsageError(): void
    {
        $sentence = $this->failure('echo "panic: runtime error" >&2; echo "goroutine 1 [running]:" >&2; exit 2');
        $this->assertStringContainsString('crashed. ', $sentence);
        $this->assertStringContainsString('It wrote: panic: runtime error', $sentence);
    }

    public function testProgramThatIsTooOld(): void
    {
        $sentence = $this->failure('echo "jetpack-start: unknown command \"whmcs\"" >&2; exit 2');
        $this->assertStringContainsString('older than the module', $sentence);
        $this->assertStringContainsString('unknown command', $sentence);
    }

    /** @dataProvider noReplies */
    public function testNoReply(string $script): void
    {
        $sentence = $this->failure('cat >/dev/null; ' . $script);
        $this->assertStringContainsString('without a reply', $sentence);
        $this->assertStringContainsString(self::SAFE, $sentence);
    }

    public function noReplies(): array
    {
        return [
            'nothing' => ['exit 0'], 'text' => ['echo hello; exit 1'], 'a list' => ['echo "[1]"'], 'half of it' => ['echo "{\"success\":tr"'],
            'no success' => ['echo "{\"outcome\":\"issued\"}"'], 'two' => ['echo "{\"success\":true}{\"success\":true}"'], 'html' => ['echo "<html>"'],
        ];
    }

    public function testOfACommandThatOnlyReadsNothingIsLost(): void
    {
        $this->assertStringNotContainsString('jetpack_start_licenses', $this->failure('exit 1', 'status'));
    }

    public function testHugeOutputIsReadAndDropped(): void
    {
        $sentence = $this->failure('head -c 6000000 /dev/zero; head -c 3000000 /dev/zero >&2');
        $this->assertStringContainsString('wrote more than 4 MB', $sentence);
        $this->assertLessThan(100000, strlen(print_r(Recorder::$calls, true)));
    }

    public function testMuchOnBothPipesDoesNotHang(): void
    {
        $outcome = Process::run(
            ['/bin/sh', '-c', 'head -c 300000 /dev/zero | tr "\0" e >&2; wc -c; head -c 300000 /dev/zero | tr "\0" o'],
            str_repeat('x', 500000),
            '/',
            ['PATH' => '/bin:/usr/bin'],
            20,
            1
        );
        $this->assertStringStartsWith("500000\noooo", $outcome->stdout);
        $this->assertSame(300007, strlen($outcome->stdout));
        $this->assertSame(Process::MOST_STDERR, strlen($outcome->stderr));
        $this->assertSame([0, 0, false], [$outcome->code, $outcome->signal, $outcome->late]);
    }

    /** Both pipes are full then, and one side has to read before it can write more. */
    public function testProgramThatWritesMuchBeforeItReadsOn(): void
    {
        $script = 'head -c 4096 >/dev/null; head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero >&2; wc -c';
        $outcome = Process::run(['/bin/sh', '-c', $script], str_repeat('x', 500000), '/', ['PATH' => '/bin:/usr/bin'], 10, 1);
        $this->assertSame(["495904\n", false], [$outcome->stdout, $outcome->late]);
    }

    /** @dataProvider lengths */
    public function testWhatItWroteIsToldWithoutSecrets(int $length): void
    {
        $sentence = $this->failure('cat >/dev/null; printf "%0' . $length . 'd%s\n" 0 ' . escapeshellarg(self::TOKEN) . ' >&2; exit 1');
        $this->assertStringNotContainsString(substr(self::TOKEN, 0, 4), $sentence . $this->logged());
    }

    public function lengths(): array
    {
        return [[1], [295], [19995]];
    }

    public function testProgramThatReadsNothing(): void
    {
        $outcome = Process::run(['/bin/sh', '-c', 'exec <&-; sleep 0.3; echo done'], str_repeat('x', 1000000), '/', ['PATH' => '/bin:/usr/bin'], 20, 1);
        $this->assertSame("done\n", $outcome->stdout);
    }

    public function testFolderAndArguments(): void
    {
        $this->program('pwd >' . ROOTDIR . '/seen; printf "%s|" "$#" "$@" >>' . ROOTDIR . '/seen; echo "{\"success\":true,\"result\":\"success\"}"');
        $this->assertSame('success', jetpack_ChangePackage($this->params(['domain' => '$(touch ' . ROOTDIR . '/hacked); `id`'])));
        $this->assertSame(realpath(MODULE) . "\n2|whmcs|change-package|", file_get_contents(ROOTDIR . '/seen'));
        $this->assertFileDoesNotExist(ROOTDIR . '/hacked');
    }

    public function testProgramGoesOnWhenPhpIsKilled(): void
    {
        @unlink(ROOTDIR . '/done');
        $this->program('cat >/dev/null; echo $$ >' . ROOTDIR . '/pid; sleep 1; echo late >' . ROOTDIR . '/done');
        @unlink(ROOTDIR . '/pid');
        $script = 'define("WHMCS", true); include ' . var_export(MODULE . '/jetpack.php', true) . '; jetpack_CreateAccount(["serviceid" => 1]);';
        $php = proc_open([PHP_BINARY, '-r', $script], [['file', '/dev/null', 'r'], ['file', '/dev/null', 'w'], ['file', '/dev/null', 'w']], $pipes);
        for ($i = 0; $i < 200 && !is_file(ROOTDIR . '/pid'); $i++) {
            usleep(50000);
        }
        proc_terminate($php, 9);
        proc_close($php);
        for ($i = 0; $i < 100 && !is_file(ROOTDIR . '/done'); $i++) {
            usleep(50000);
        }
        $this->assertFileExists(ROOTDIR . '/done');
    }
}
