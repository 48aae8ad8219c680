<?php

declare(strict_types=1);

/** If the program can't be started, the message says why and names its path. */
final class BinaryTest extends ModuleTestCase
{
    private function elf(int $machine): string
    {
        return "\x7fELF\x02\x01\x01" . str_repeat("\0", 9) . pack('vv', 2, $machine) . str_repeat("\0", 100);
    }

    private function put(string $content, int $mode = 0755): string
    {
        $path = $this->program('');
        file_put_contents($path, $content);
        chmod($path, $mode);
        return $path;
    }

    private function assertSays(string $path, string $sentence): void
    {
        $result = jetpack_CreateAccount($this->params());
        $this->assertStringContainsString($path, $result);
        $this->assertStringContainsString($sentence, $result);
        $this->assertNoSecret($result . $this->logged());
        $this->assertCount(1, Recorder::$calls);
    }

    public function testMissing(): void
    {
        $this->config(['binary' => ROOTDIR . '/nowhere']);
        $this->assertSays(ROOTDIR . '/nowhere', 'Upload it there, or set another path as "binary" in config.php');
    }

    public function testShippedOneIsTakenByMachine(): void
    {
        $name = ['x86_64' => 'amd64', 'aarch64' => 'arm64'][php_uname('m')];
        $path = MODULE . '/bin/jetpack-start-linux-' . $name;
        $this->assertSays($path, 'is not at');
        mkdir(MODULE . '/bin');
        file_put_contents($path, "#!/bin/sh\necho '{\"success\":true,\"result\":\"success\"}'\n");
        chmod($path, 0644);
        try {
            $this->assertSame('success', jetpack_CreateAccount($this->params()), 'it is made executable');
            $this->assertSame(0755, fileperms($path) & 0777);
        } finally {
            self::remove(MODULE . '/bin');
        }
    }

    public function testFolderInItsPlace(): void
    {
        $this->config(['binary' => ROOTDIR . '/modules']);
        $this->assertSays(ROOTDIR . '/modules', 'is not at');
    }

    public function testNotExecutableAndNotOurs(): void
    {
        if (posix_geteuid() === 0) { // root may chmod any file, except those in /proc
            $this->config(['binary' => '/proc/version']);
            $this->assertSays('/proc/version', 'chmod 755 /proc/version');
            return;
        }
        $this->config(['binary' => '/etc/passwd']);
        $this->assertSays('/etc/passwd', 'chmod 755 /etc/passwd');
    }

    public function testOtherMachine(): void
    {
        $other = php_uname('m') === 'x86_64' ? 0xb7 : 0x3e;
        $this->assertSays($this->put($this->elf($other)), 'is for another machine than this one (' . php_uname('m') . ')');
    }

    /** @dataProvider noPrograms */
    public function testNoProgram(string $content): void
    {
        $this->assertSays($this->put($content), 'is not a Linux program. Upload it again, in binary mode.');
    }

    public function noPrograms(): array
    {
        return ['empty' => [''], 'text' => ["<html>404 Not Found</html>\n"], 'windows' => ['MZ' . str_repeat("\0", 60)]];
    }

    public function testProgramThatTheSystemRefuses(): void
    {
        $this->assertSays($this->put("#!/no/such/interpreter\n"), 'could not be ');
        $this->assertSame([], Recorder::$activities);
    }

    public function testBrokenProgramOfThisMachine(): void
    {
        $path = $this->put($this->elf(php_uname('m') === 'x86_64' ? 0x3e : 0xb7));
        $result = jetpack_CreateAccount($this->params());
        $this->assertStringContainsString($path, $result);
        $this->assertMatchesRegularExpression('/binary mode|damaged|Exec format error/', $result);
    }

    /** @dataProvider disabled */
    public function testDisabledFunctions(string $name): void
    {
        $path = $this->program('echo "{\"success\":true,\"result\":\"success\"}"');
        $script = 'define("WHMCS", true); include ' . var_export(MODULE . '/jetpack.php', true) . '; echo jetpack_CreateAccount(["serviceid" => 1]);';
        [$out, $err] = $this->php(['-d', 'disable_functions=' . $name, '-r', $script]);
        $this->assertSame('', $err);
        if ($name === 'php_uname') {
            $this->assertSame('success', $out);
            return;
        }
        $this->assertStringContainsString($name . ' is disabled. Take it out of disable_functions in php.ini', $out);
    }

    public function disabled(): array
    {
        return [['proc_open'], ['proc_get_status'], ['proc_terminate'], ['stream_select'], ['php_uname']];
    }

    public function testOpenBasedir(): void
    {
        $this->config(['binary' => '/usr/bin/env']);
        $script = 'define("WHMCS", true); include ' . var_export(MODULE . '/jetpack.php', true) . '; echo jetpack_CreateAccount(["serviceid" => 1]);';
        [$out, $err] = $this->php(['-d', 'open_basedir=' . ROOTDIR, '-r', $script]);
        $this->assertSame('', $err);
        $this->assertStringContainsString('/usr/bin/env', $out);
        $this->assertStringContainsString('open_basedir allows, which is ' . ROOTDIR, $out);
    }

    /** @dataProvider configs */
    public function testConfigIsChecked($php, string $sentence): void
    {
        file_put_contents(MODULE . '/config.php', $php);
        $this->assertSays(MODULE . '/config.php', $sentence);
    }

    public function configs(): array
    {
        return [
            ['<?php return 5;', 'must return an array'],
            ['<?php return [;', 'cannot be read: '],
            ['', 'must return an array'],
            ['<?php return ["binary" => "bin/x"];', '"binary" in '],
            ['<?php return ["binary" => ["/x"]];', 'must be the full path'],
            ['<?php return ["timeout" => 10];', 'must be a number of seconds from 65 to 600'],
            ['<?php return ["timeout" => "75"];', 'must be a number of seconds'],
            ['<?php return ["timeout" => NAN];', 'must be a number of seconds'],
            ['<?php return ["time_out" => 75];', 'has the unknown setting "time_out"'],
            ['<?php throw new Exception("oops");', 'cannot be read: oops'],
        ];
    }

    public function testSampleIsAConfig(): void
    {
        $this->assertSame([], include MODULE . '/config.sample.php');
    }
}
