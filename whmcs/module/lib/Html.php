<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Renders what the staff sees on a service's page. Every value is escaped, wherever it comes from.
 */
final class Html
{
    private const STATES = [
        'active' => 'Active', 'suspended' => 'Suspended', 'not_issued' => 'Not issued', 'unknown' => 'Unknown', 'revoked' => 'Revoked',
    ];

    /** Escapes a text for HTML, in an attribute too. */
    public static function escape(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
    }

    /**
     * Returns the fields of a service's page from the reply to "status".
     *
     * @return array<string, string>
     */
    public static function fields(Reply $status): array
    {
        $state = $status->text('state');
        $key = $status->text('license_key');
        $label = self::STATES[$state] ?? $state;
        $note = $status->sentence('note');
        $fields = [
            'License Key' => $state === 'unknown' ? ($key === '' ? '' : self::input($key) . ' ') . self::hint() : self::input($key),
            'License State' => self::escape($note === '' ? $label : $label . ': ' . $note),
        ];
        $site = $status->text('site');
        if ($site !== '') {
            $fields['Attached To'] = self::link($site);
        }
        $issued = $status->text('issued_at');
        if ($issued !== '') {
            $fields['Issued'] = self::escape($issued);
        }
        return $fields;
    }

    private static function hint(): string
    {
        return self::escape('Unknown. Write the key that the partner portal shows, or the word none, into the field "'
            . ServiceProperties::LICENSE_KEY . '" of this service ("' . ServiceProperties::OTHER_NAME . '", if it has that one), save, and press Reconcile.');
    }

    /**
     * Returns a read-only field. It has no name, so that saving the page doesn't send the key.
     */
    private static function input(string $value): string
    {
        return '<input type="text" class="form-control input-300" size="60" readonly aria-label="License Key" value="' . self::escape($value) . '">';
    }

    private static function link(string $address): string
    {
        $text = self::escape($address);
        if (strncasecmp($address, 'https://', 8) !== 0) {
            return $text;
        }
        return '<a href="' . $text . '" target="_blank" rel="noopener noreferrer">' . $text . '</a>';
    }
}
