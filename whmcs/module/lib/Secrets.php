<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What must not be shown, by the name that it has in a document and by its value.
 */
final class Secrets
{
    public const MASK = '[redacted]';

    /** @var array<string, true> every form that a secret can be written in */
    private $forms = [];

    /**
     * Remembers a secret. One that is hardly there is none: to mask it would mask everything. And "none" is what the
     * staff writes for a license that there isn't.
     */
    public function add(string $value): void
    {
        if (strlen(trim($value)) < 4 || strtolower(trim($value)) === 'none') {
            return;
        }
        $json = JSON_INVALID_UTF8_SUBSTITUTE;
        foreach ([
            $value,
            urlencode($value),
            rawurlencode($value),
            substr((string) json_encode($value, $json), 1, -1),
            substr((string) json_encode($value, $json | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), 1, -1),
            htmlspecialchars($value, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8'),
        ] as $form) {
            $this->forms[$form] = true;
        }
    }

    /**
     * Makes one from what has a secret's name in a document.
     *
     * @param array<mixed> $document
     */
    public static function from(array $document): self
    {
        $secrets = new self();
        $secrets->addFrom($document);
        return $secrets;
    }

    /**
     * Remembers what has a secret's name in a document.
     *
     * @param array<mixed> $document
     */
    public function addFrom(array $document, bool $all = false): void
    {
        foreach ($document as $name => $value) {
            $secret = $all || self::isName((string) $name);
            if (is_array($value)) {
                $this->addFrom($value, $secret);
            } elseif ($secret && is_scalar($value) && !is_bool($value)) {
                $this->add((string) $value);
            }
        }
    }

    /**
     * Gives every form of every secret, the longest first so that none is left in half.
     *
     * @return string[]
     */
    public function forms(): array
    {
        $forms = array_map('strval', array_keys($this->forms));
        usort($forms, static function (string $a, string $b): int {
            return strlen($b) <=> strlen($a);
        });
        return $forms;
    }

    /** Masks secrets in a text by their values, and by their names where the text has JSON in it. */
    public function mask(string $text): string
    {
        $text = strtr($text, array_fill_keys($this->forms(), self::MASK));
        // Of a reply that broke off nothing else is known. The end of the string may be missing.
        $masked = preg_replace_callback(
            '/"([^"\\\\]{1,64})"(\s*:\s*)"(?:[^"\\\\]|\\\\.)*+("?)/',
            static function (array $m): string {
                return self::isName($m[1]) ? '"' . $m[1] . '"' . $m[2] . '"' . self::MASK . $m[3] : $m[0];
            },
            $text
        );
        return $masked === null ? self::MASK : $masked;
    }

    /**
     * Gives a document without its secrets: by name, and by value in every text that is left.
     *
     * @param array<mixed> $document
     * @return array<mixed>
     */
    public function redact(array $document, bool $all = false): array
    {
        foreach ($document as $name => $value) {
            $secret = $all || self::isName((string) $name);
            if (is_array($value)) {
                $document[$name] = $this->redact($value, $secret);
            } elseif ($secret && $value !== '' && $value !== null) {
                $document[$name] = self::MASK;
            } elseif (is_string($value)) {
                $document[$name] = $this->mask($value);
            }
        }
        return $document;
    }

    /** Says whether what has this name is a secret, however the name is written. "properties" holds a license key. */
    private static function isName(string $name): bool
    {
        $plain = (string) preg_replace('/[^a-z0-9]/', '', strtolower($name));
        return preg_match('/^(configoption1|properties|authorization|cookie|pass|pwd)$|(token|secret|password|licensekey|apikey|privatekey)$/', $plain) === 1;
    }
}
