<?php

declare(strict_types=1);

namespace JetpackStart;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * A reason why the module can't do its work. The message is a sentence for the staff that says what
 * to do.
 */
final class Problem extends \RuntimeException
{
}
