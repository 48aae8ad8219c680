<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * The module's own settings: config.php in its folder. Releases don't contain it, so updates don't
 * touch it.
 */
final class Config
{
    /** The program ends within 60 seconds by itself; this limit is for one that hangs. */
    public const TIMEOUT = 75;

    private const SHORTEST = 65;
    private const LONGEST = 600;

    /** @var string path of the program; empty for the module's own */
    public $binary;

    /** @var float seconds that the program may take */
    public $timeout;

    /** @var float seconds from SIGTERM to SIGKILL */
    public $grace;

    public function __construct(string $binary = '', float $timeout = self::TIMEOUT, float $grace = 5)
    {
        $this->binary = $binary;
        $this->timeout = $timeout;
        $this->grace = $grace;
    }

    /**
     * Reads config.php of the module's folder. Without the file, the defaults apply.
     *
     * @throws Problem for a value that can't be used
     */
    public static function load(string $folder): self
    {
        $file = $folder . '/config.php';
        if (!@is_file($file)) {
            return new self();
        }
        try {
            $values = self::read($file);
        } catch (\Throwable $e) {
            throw new Problem($file . ' cannot be read: ' . $e->getMessage() . ' (line ' . $e->getLine() . '). See config.sample.php beside it.');
        }
        if (!is_array($values)) {
            throw new Problem($file . ' must return an array. See config.sample.php beside it.');
        }
        $unknown = array_diff(array_map('strval', array_keys($values)), ['binary', 'timeout']);
        if ($unknown !== []) {
            throw new Problem($file . ' has the unknown setting "' . reset($unknown) . '". The settings are "binary" and "timeout".');
        }
        return new self(self::binary($values['binary'] ?? '', $file), self::timeout($values['timeout'] ?? self::TIMEOUT, $file));
    }

    /**
     * Includes the file in a scope of its own, so that it can't see or change the module's
     * variables.
     *
     * @return mixed
     */
    private static function read(string $file)
    {
        ob_start();
        try {
            return include $file;
        } finally {
            ob_end_clean();
        }
    }

    /** @param mixed $value */
    private static function binary($value, string $file): string
    {
        if (!is_string($value) || strpos($value, "\0") !== false || ($value !== '' && $value[0] !== '/')) {
            throw new Problem('"binary" in ' . $file . ' must be the full path of the program, such as "/usr/local/bin/jetpack-start".');
        }
        return $value;
    }

    /** @param mixed $value */
    private static function timeout($value, string $file): float
    {
        if ((!is_int($value) && !is_float($value)) || !($value >= self::SHORTEST && $value <= self::LONGEST)) {
            throw new Problem(sprintf(
                '"timeout" in %s must be a number of seconds from %d to %d: the program ends within 60 seconds by itself, and must not be cut off before.',
                $file,
                self::SHORTEST,
                self::LONGEST
            ));
        }
        return (float) $value;
    }
}
