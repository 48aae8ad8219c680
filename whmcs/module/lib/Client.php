<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Runs the program's commands. Each takes one document and returns one reply; both are recorded in
 * the module log.
 */
final class Client
{
    public const VERSION = 'dev';

    /**
     * Commands that change something: if their reply is lost, the program has still recorded what
     * it did.
     */
    private const CHANGING = ['create', 'terminate', 'suspend', 'unsuspend', 'change-package', 'renew', 'attach', 'reconcile'];

    /** @var Config|null */
    private $config;

    /** @var string the module's folder */
    private $folder;

    /** @var Secrets */
    private $secrets;

    public function __construct(string $folder, ?Config $config = null)
    {
        $this->folder = $folder;
        $this->config = $config;
        $this->secrets = new Secrets();
    }

    /**
     * Runs a command and returns its reply, which may be a failure.
     *
     * @param array<mixed>|null $params WHMCS's parameters if the command is about a service or an addon
     * @throws Problem if there is no reply
     */
    public function call(string $command, ?array $params = null): Reply
    {
        $request = ['params' => array_intersect_key($params ?? [], ['serviceid' => 0, 'addonId' => 0, 'userid' => 0])];
        $outcome = null;
        try {
            $config = $this->config ?? Config::load($this->folder);
            $program = Binary::find($config, $this->folder);
            $request = Document::make($command, $params, Database::settings($this->folder));
            $this->secrets->addFrom($request);
            $outcome = $this->start($program, $command, Document::encode($request), $config);
            $document = Reply::parse($outcome->stdout);
            if ($document === null) {
                throw new Problem($this->lost($program, $command, $outcome, $config));
            }
        } catch (Problem $e) {
            $sentence = $this->secrets->mask($e->getMessage());
            ModuleLog::call($command, $request, $outcome, null, $sentence, $this->secrets);
            throw new Problem($sentence);
        }
        $this->secrets->addFrom($document);
        $reply = new Reply($document, $this->secrets);
        ModuleLog::call($command, $request, $outcome, $document, $reply->result(), $this->secrets);
        $this->follow($document, $request, $params ?? []);
        return $reply;
    }

    /**
     * Runs "open", which lists the calls whose outcome is unknown, and returns its outcome
     * unchanged.
     *
     * @throws Problem if the program can't be run
     */
    public function open(): Outcome
    {
        $config = $this->config ?? Config::load($this->folder);
        $program = Binary::find($config, $this->folder);
        $request = Document::make('open', null, Database::settings($this->folder));
        $this->secrets->addFrom($request);
        $outcome = $this->start($program, 'open', Document::encode($request), $config);
        if (Reply::parse($outcome->stdout) === null) {
            throw new Problem($this->secrets->mask($this->lost($program, 'open', $outcome, $config)));
        }
        $outcome->stderr = $this->secrets->mask($outcome->stderr);
        return $outcome;
    }

    private function start(string $program, string $command, string $document, Config $config): Outcome
    {
        $environment = Environment::forProgram();
        foreach (Environment::secrets($environment) as $secret) {
            $this->secrets->add($secret);
        }
        return Process::run([$program, 'whmcs', $command], $document, $this->folder, $environment, $config->timeout, $config->grace);
    }

    /**
     * Saves the properties and logs the warnings of a reply.
     *
     * @param array<mixed> $document
     * @param array<mixed> $request
     * @param array<mixed> $params
     */
    private function follow(array $document, array $request, array $params): void
    {
        if (is_array($document['properties'] ?? null)) {
            ServiceProperties::save($params, $document['properties'], $this->secrets);
        }
        foreach (is_array($document['warnings'] ?? null) ? $document['warnings'] : [] as $warning) {
            if (is_string($warning) && $warning !== '') {
                ModuleLog::activity($warning, $request, $this->secrets);
            }
        }
    }

    /** Returns a sentence about a program that gave no reply, and what to do. */
    private function lost(string $program, string $command, Outcome $outcome, Config $config): string
    {
        $again = 'Upload it again, in binary mode.';
        $said = $this->secrets->mask(trim((string) strtok(trim($outcome->stderr), "\n"))); // before it is cut: half a secret isn't recognized
        $said = $said === '' ? '' : ' It wrote: ' . substr($said, 0, 300);
        $crashed = preg_match('/^(panic:|fatal error:|runtime:|SIG[A-Z]+:)/m', $outcome->stderr) === 1;
        if (!$outcome->late && ($outcome->code === 126 || $outcome->code === 127)) {
            return $program . ' could not be run (exit code ' . $outcome->code . '): it is for another machine, damaged, or on a file system that is mounted with noexec. '
                . $again . $said;
        }
        if ($outcome->late) {
            $why = sprintf('%s did not end within %g seconds and was stopped.', $program, $config->timeout);
        } elseif ($outcome->signal !== 0 || $crashed) {
            $why = $program . ' crashed' . ($outcome->signal !== 0 ? ' (signal ' . $outcome->signal . ')' : '') . '. ' . $again;
        } elseif ($outcome->cut) {
            $why = $program . ' wrote more than ' . (Process::MOST_STDOUT >> 20) . ' MB, which is not a reply. ' . $again;
        } elseif ($outcome->code === 2) {
            $why = $program . ' does not know this command of the module: it is older than the module, or damaged. Install the program and the module of one release.';
        } else {
            $why = $program . ' ended with exit code ' . $outcome->code . ' without a reply. ' . $again;
        }
        if (in_array($command, self::CHANGING, true)) {
            $why .= ' The outcome of the call is in the table jetpack_start_licenses. It is safe to run the command again: that issues no second license.';
        }
        return $why . $said;
    }
}
