<?php

declare(strict_types=1);

/** What is passed to the program, without others being able to see it. */
final class EnvironmentTest extends ModuleTestCase
{
    private const SEEN = 'env >' . ROOTDIR . '/env; tr "\0" " " </proc/$$/cmdline >' . ROOTDIR . '/cmdline; cat >' . ROOTDIR . '/document;'
        . ' echo "{\"success\":true,\"result\":\"success\"}"';

    protected function setUp(): void
    {
        parent::setUp();
        $this->program(self::SEEN);
    }

    protected function tearDown(): void
    {
        foreach (['AWS_SECRET_ACCESS_KEY', 'HTTP_PROXY', 'https_proxy', 'SSL_CERT_DIR'] as $name) {
            putenv($name);
        }
        unset($_SERVER['HTTP_PROXY'], $_SERVER['HTTP_JETPACK_START_X'], $_SERVER['JETPACK_START_API_HOST'], $_SERVER['JETPACK_START_LIST']);
    }

    private function names(): array
    {
        preg_match_all('/^(\w+)=/m', file_get_contents(ROOTDIR . '/env'), $found);
        return $found[1];
    }

    public function testOnlyAFewVariablesArePassedOn(): void
    {
        putenv('AWS_SECRET_ACCESS_KEY=not yours');
        putenv('https_proxy=http://proxy:3128');
        putenv('SSL_CERT_DIR=/certs');
        $_SERVER['JETPACK_START_API_HOST'] = 'api.example';
        $_SERVER['JETPACK_START_LIST'] = ['no scalar'];
        $_SERVER['HTTP_JETPACK_START_X'] = 'from a header';
        $this->assertSame('success', jetpack_CreateAccount($this->params()));
        $env = file_get_contents(ROOTDIR . '/env');
        $this->assertStringContainsString("https_proxy=http://proxy:3128\n", $env);
        $this->assertStringContainsString("SSL_CERT_DIR=/certs\n", $env);
        $this->assertStringContainsString("JETPACK_START_API_HOST=api.example\n", $env);
        foreach ($this->names() as $name) { // PWD, OLDPWD, SHLVL and _ are the shell's own
            $this->assertMatchesRegularExpression('/^(PATH|HOME|SSL_CERT_(FILE|DIR)|(https?|no)_proxy|(HTTPS?|NO)_PROXY|JETPACK_START_\w+|PWD|OLDPWD|SHLVL|_)$/', $name);
        }
        $this->assertNotContains('JETPACK_START_LIST', $this->names());
    }

    /**
     * In a web server's PHP, HTTP_PROXY is the visitor's header "Proxy: …". PHP's own server drops
     * it; others don't.
     */
    public function testProxyHeaderIsNotPassedOn(): void
    {
        $script = '<?php $_SERVER["HTTP_PROXY"] = "http://evil.example"; putenv("HTTP_PROXY=http://evil.example"); define("WHMCS", true); include '
            . var_export(MODULE . '/jetpack.php', true) . '; echo jetpack_CreateAccount(["serviceid" => 1]);';
        file_put_contents(ROOTDIR . '/page.php', $script);
        $free = stream_socket_server('tcp://127.0.0.1:0');
        $port = substr(strrchr(stream_socket_get_name($free, false), ':'), 1);
        fclose($free);
        $null = ['file', '/dev/null', 'w'];
        $server = proc_open([PHP_BINARY, '-S', '127.0.0.1:' . $port, '-t', ROOTDIR], [['file', '/dev/null', 'r'], $null, $null], $pipes);
        for ($i = 0, $page = false; $i < 100 && $page === false; $i++) {
            usleep(50000);
            $page = @file_get_contents('http://127.0.0.1:' . $port . '/page.php');
        }
        proc_terminate($server, 9);
        proc_close($server);
        $this->assertSame('success', $page);
        $this->assertStringNotContainsString('evil', file_get_contents(ROOTDIR . '/env'));
    }

    public function testNoSecretInArgumentsOrEnvironment(): void
    {
        $this->assertSame('success', jetpack_CreateAccount($this->params()));
        $this->assertNoSecret(file_get_contents(ROOTDIR . '/cmdline') . file_get_contents(ROOTDIR . '/env'));
        $this->assertStringContainsString('whmcs create', file_get_contents(ROOTDIR . '/cmdline'));
    }

    public function testSecretsOfTheEnvironmentAreMasked(): void
    {
        $_SERVER['JETPACK_START_X_TOKEN'] = 'environment/token';
        putenv('https_proxy=http://user:proxy-password@proxy:3128');
        $this->program('cat >/dev/null; env >&2; exit 1');
        try {
            $this->assertNoSecret(jetpack_CreateAccount($this->params()) . $this->logged(), 'environment/token', 'proxy-password');
            $this->assertStringContainsString('https_proxy=http://user:[redacted]@proxy:3128', $this->logged());
        } finally {
            unset($_SERVER['JETPACK_START_X_TOKEN']);
        }
    }

    public function testDocumentIsWhatTheProgramNeeds(): void
    {
        $this->assertSame('success', jetpack_CreateAccount($this->params()));
        $document = json_decode(file_get_contents(ROOTDIR . '/document'), true);
        $this->assertSame(['protocol', 'params', 'database', 'module'], array_keys($document));
        ksort($document['params']);
        $this->assertSame([
            'addonId' => 0, 'configoption1' => self::TOKEN, 'configoption2' => 'jetpack-scan', 'configoption3' => 'on', 'configoption4' => '',
            'configoption5' => '', 'configoption6' => '', 'domain' => 'shop.example', 'orderid' => 77, 'pid' => 5,
            'qty' => 1, 'serviceid' => 12, 'status' => 'Active', 'userid' => 3,
        ], $document['params']);
        $this->assertSame(1, $document['protocol']);
    }

    /** @dataProvider models */
    public function testModels($model, array $want): void
    {
        $this->assertSame('success', jetpack_CreateAccount($this->params(['model' => $model, 'addonId' => 4])));
        $params = json_decode(file_get_contents(ROOTDIR . '/document'), true)['params'];
        $this->assertSame($want, array_intersect_key($params, ['orderid' => 0, 'qty' => 0, 'status' => 0]));
    }

    public function models(): array
    {
        $fails = new class implements ArrayAccess {
            public function offsetExists($name): bool
            {
                throw new RuntimeException('no database');
            }

            #[\ReturnTypeWillChange]
            public function offsetGet($name)
            {
                return null;
            }

            public function offsetSet($name, $value): void
            {
            }

            public function offsetUnset($name): void
            {
            }
        };
        return [
            'an addon' => [new StandInModel(['orderid' => '78', 'status' => 'Pending', 'qty' => 2], null), ['orderid' => '78', 'qty' => 2, 'status' => 'Pending']],
            'an array' => [['orderid' => 79, 'status' => 'Active'], ['orderid' => 79, 'status' => 'Active']],
            'an object' => [(object) ['orderid' => 80, 'status' => ['no scalar']], ['orderid' => 80]],
            'none' => [null, []],
            'a broken one' => [$fails, []],
        ];
    }

    public function testBadCharacters(): void
    {
        $this->assertSame('success', jetpack_CreateAccount($this->params(['domain' => "sh\xffop.example"])));
        $this->assertSame("sh\u{fffd}op.example", json_decode(file_get_contents(ROOTDIR . '/document'), true)['params']['domain']);
        $this->assertStringContainsString('The API token of the product is not valid UTF-8', jetpack_CreateAccount($this->params(['configoption1' => "to\xffken"])));
    }
}
