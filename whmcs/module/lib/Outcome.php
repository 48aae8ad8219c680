<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * How a program ended.
 */
final class Outcome
{
    /** @var int exit code; -1 if a signal ended the program */
    public $code = -1;

    /** @var int the signal that ended it, or 0 */
    public $signal = 0;

    /** @var string */
    public $stdout = '';

    /** @var string */
    public $stderr = '';

    /** @var bool whether it was killed because it took too long */
    public $late = false;

    /** @var bool whether it wrote more to stdout than is kept */
    public $cut = false;
}
