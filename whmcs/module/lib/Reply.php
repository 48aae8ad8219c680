<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * The document that the program returned. Secrets are masked in its texts for people.
 */
final class Reply
{
    /** @var array<mixed> */
    private $document;

    /** @var Secrets */
    private $secrets;

    /** @param array<mixed> $document */
    public function __construct(array $document, Secrets $secrets)
    {
        $this->document = $document;
        $this->secrets = $secrets;
    }

    /**
     * Parses a reply, and returns null if it isn't one.
     *
     * @return array<mixed>|null
     */
    public static function parse(string $stdout): ?array
    {
        $stdout = trim($stdout);
        $document = strncmp($stdout, '{', 1) === 0 ? json_decode($stdout, true) : null;
        return is_array($document) && is_bool($document['success'] ?? null) ? $document : null;
    }

    public function success(): bool
    {
        return $this->document['success'] === true;
    }

    /**
     * Returns what a module command returns to WHMCS: "success", or a sentence for the staff. It
     * never returns "success" for a failure, because WHMCS would mail the customer.
     */
    public function result(): string
    {
        $result = $this->text('result');
        if ($result === 'success' && $this->success()) {
            return 'success';
        }
        if ($result === '' || $result === 'success') {
            $result = $this->text('error_message') ?: $this->text('error_code');
        }
        return $result !== '' && $result !== 'success' ? $this->secrets->mask($result) : 'The jetpack-start program returned no result. See the module log.';
    }

    /** Returns a field unmasked, or '' if there is none. It may be a license key. */
    public function text(string $name): string
    {
        $value = $this->document[$name] ?? '';
        return is_scalar($value) && !is_bool($value) ? (string) $value : '';
    }

    /** Returns a field for people, with secrets masked. */
    public function sentence(string $name): string
    {
        return $this->secrets->mask($this->text($name));
    }

    /**
     * Returns one field of every product, by the product's slug.
     *
     * @return array<string, string>
     */
    public function products(string $field): array
    {
        $products = [];
        foreach (is_array($this->document['products'] ?? null) ? $this->document['products'] : [] as $product) {
            if (is_array($product) && is_string($product['slug'] ?? null) && is_string($product[$field] ?? '')) {
                $products[$product['slug']] = $product[$field] ?? '';
            }
        }
        return $products;
    }
}
