<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Masks secrets, by their names in a document and by their values.
 */
final class Secrets
{
    public const MASK = '[redacted]';

    /** @var array<string, true> every form in which a secret can be written */
    private $forms = [];

    /**
     * Remembers a secret. It ignores very short ones, because masking them would mask everything,
     * and "none", which the staff writes if there is no license.
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
     * Returns the secrets of a document: the values whose names are secrets'.
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
     * Remembers the values in a document whose names are secrets'.
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
     * Returns every form of every secret, the longest first, so that none is masked only in part.
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

    /** Masks secrets in a text by their values, and by their names if the text contains JSON. */
    public function mask(string $text): string
    {
        $text = strtr($text, array_fill_keys($this->forms(), self::MASK));
        // The values in an incomplete reply aren't known. The end of the string may be missing.
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
     * Returns a document with its secrets masked, by name, and by value in all other texts.
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

    /**
     * Returns whether a value with this name is a secret, in any spelling of the name. "properties"
     * holds a license key.
     */
    private static function isName(string $name): bool
    {
        $plain = (string) preg_replace('/[^a-z0-9]/', '', strtolower($name));
        return preg_match('/^(configoption1|properties|authorization|cookie|pass|pwd)$|(token|secret|password|licensekey|apikey|privatekey)$/', $plain) === 1;
    }
}
