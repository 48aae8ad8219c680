<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What became of a program that was started.
 */
final class Outcome
{
    /** @var int exit code; -1 where a signal ended the program */
    public $code = -1;

    /** @var int the signal that ended it, or 0 */
    public $signal = 0;

    /** @var string */
    public $stdout = '';

    /** @var string */
    public $stderr = '';

    /** @var bool whether it was ended for taking too long */
    public $late = false;

    /** @var bool whether it wrote more to stdout than is kept */
    public $cut = false;
}
