<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Runs a program without a shell, with limits of time and output. If PHP itself is killed, the
 * program runs to its end.
 */
final class Process
{
    /**
     * Output beyond these limits is read and dropped, because a program that can't write would
     * hang.
     */
    public const MOST_STDOUT = 4194304;
    public const MOST_STDERR = 65536;

    /** @var resource */
    private $process;

    /** @var array<int, resource> the pipes that are open: 0 to write to, 1 and 2 to read from */
    private $pipes = [];

    /** @var string what is still to be written */
    private $input;

    /** @var Outcome */
    private $outcome;

    /**
     * Runs a program and waits for its end.
     *
     * @param string[] $command the program and its arguments
     * @param array<string, string> $environment
     * @throws Problem if the program can't be started
     */
    public static function run(array $command, string $input, string $folder, array $environment, float $timeout, float $grace): Outcome
    {
        $run = new self($command, $input, $folder, $environment);
        try {
            $run->wait($timeout, $grace);
        } finally {
            $run->close();
        }
        return $run->outcome;
    }

    /**
     * @param string[] $command
     * @param array<string, string> $environment
     */
    private function __construct(array $command, string $input, string $folder, array $environment)
    {
        $this->input = $input;
        $this->outcome = new Outcome();
        $said = '';
        // If a program can't be run, PHP reports that in the child process. WHMCS's error handler
        // must
        // not run there: it would use the parent's connection to the database.
        set_error_handler(static function (int $level, string $message) use (&$said): bool {
            $said = $message;
            return true;
        });
        try {
            $process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']], $this->pipes, $folder, $environment);
        } finally {
            restore_error_handler();
        }
        if (!is_resource($process)) {
            throw new Problem($command[0] . ' could not be started: ' . ($said !== '' ? $said : 'PHP does not say why') . '.');
        }
        $this->process = $process;
        foreach ($this->pipes as $pipe) {
            stream_set_blocking($pipe, false);
        }
        if ($input === '') {
            $this->drop(0);
        }
    }

    private function wait(float $timeout, float $grace): void
    {
        $end = microtime(true) + $timeout;
        $killed = false;
        while ($this->running()) {
            $this->transfer(0.2);
            $now = microtime(true);
            if ($now < $end || $killed) {
                continue;
            }
            $killed = $this->outcome->late;
            proc_terminate($this->process, $killed ? 9 : 15);
            $this->outcome->late = true;
            $end = $now + $grace;
        }
        // Its last output is in the pipes. A child process of it may hold them open; don't wait for
        // that.
        $this->drop(0);
        for ($i = 0; $i < 1024 && $this->transfer(0); $i++) {
            continue;
        }
    }

    private function running(): bool
    {
        $status = proc_get_status($this->process);
        if ($status['running']) {
            return true;
        }
        $this->outcome->code = $status['signaled'] ? -1 : $status['exitcode'];
        $this->outcome->signal = $status['signaled'] ? $status['termsig'] : 0;
        return false;
    }

    /**
     * Reads and writes what the pipes allow, waiting at most that many seconds, and returns whether
     * anything was read or written.
     */
    private function transfer(float $seconds): bool
    {
        $read = array_intersect_key($this->pipes, [1 => true, 2 => true]);
        $write = array_intersect_key($this->pipes, [0 => true]);
        if ($read === [] && $write === []) {
            usleep((int) min($seconds * 1e6, 10000)); // the program closed its pipes but is still running
            return false;
        }
        $except = null;
        if (!@stream_select($read, $write, $except, 0, (int) ($seconds * 1e6))) {
            return false;
        }
        foreach (array_keys($write) as $i) {
            $this->write($i);
        }
        foreach ($read as $pipe) {
            $this->read((int) array_search($pipe, $this->pipes, true));
        }
        return true;
    }

    private function write(int $i): void
    {
        $written = @fwrite($this->pipes[$i], substr($this->input, 0, 65536));
        $this->input = (string) substr($this->input, (int) $written);
        if ($written === false || $this->input === '') { // the program doesn't read the rest, or has read everything
            $this->drop($i);
        }
    }

    private function read(int $i): void
    {
        $piece = @fread($this->pipes[$i], 65536);
        if ($piece === false || $piece === '') {
            if (feof($this->pipes[$i])) {
                $this->drop($i);
            }
            return;
        }
        if ($i === 1) {
            $this->outcome->cut = $this->outcome->cut || strlen($this->outcome->stdout) + strlen($piece) > self::MOST_STDOUT;
            $this->outcome->stdout .= (string) substr($piece, 0, self::MOST_STDOUT - strlen($this->outcome->stdout));
        } else {
            $this->outcome->stderr .= (string) substr($piece, 0, self::MOST_STDERR - strlen($this->outcome->stderr));
        }
    }

    private function drop(int $i): void
    {
        if (isset($this->pipes[$i])) {
            fclose($this->pipes[$i]);
            unset($this->pipes[$i]);
        }
    }

    private function close(): void
    {
        foreach (array_keys($this->pipes) as $i) {
            $this->drop($i);
        }
        proc_close($this->process); // reaps it
    }
}
