<?php

declare(strict_types=1);

// Replacements for WHMCS's functions and classes. The database class is the real one that WHMCS
// uses.

namespace WHMCS\Database {
    class Capsule extends \Illuminate\Database\Capsule\Manager
    {
    }
}

namespace {
    /** Records the calls to WHMCS. */
    final class Recorder
    {
        /** @var array<int, array<int, mixed>> the arguments of each logModuleCall */
        public static $calls = [];

        /** @var string[] */
        public static $activities = [];

        /** @var bool whether the module log is broken */
        public static $broken = false;
    }

    function logModuleCall($module, $action, $request, $response, $processed = '', $replace = []): void
    {
        if (Recorder::$broken) {
            throw new \RuntimeException('the log is full');
        }
        Recorder::$calls[] = func_get_args();
    }

    function logActivity($description, $user = 0): void
    {
        Recorder::$activities[] = $description . ($user ? ' - User ID: ' . $user : '');
    }

    /** Replaces WHMCS\Service\Service and WHMCS\Service\Addon: array access, and properties. */
    final class StandInModel implements ArrayAccess
    {
        /** @var array<string, mixed> */
        private $fields;

        /** @var StandInProperties|null */
        public $serviceProperties;

        public function __construct(array $fields, ?StandInProperties $properties)
        {
            $this->fields = $fields;
            $this->serviceProperties = $properties;
        }

        public function offsetExists($name): bool
        {
            return isset($this->fields[$name]);
        }

        #[\ReturnTypeWillChange]
        public function offsetGet($name)
        {
            return $this->fields[$name];
        }

        public function offsetSet($name, $value): void
        {
            $this->fields[$name] = $value;
        }

        public function offsetUnset($name): void
        {
            unset($this->fields[$name]);
        }
    }

    /** Replaces a model's serviceProperties. */
    final class StandInProperties
    {
        /** @var array<string, string> */
        public $values = [];

        /** @var bool */
        public $broken = false;

        /** @var string the name of a field that is the service's column "domain" */
        public $column = '';

        /** @var array<string, string> names that WHMCS keeps elsewhere => where */
        public $kept = [];

        public function get($name)
        {
            return $this->broken ? $this->fail() : $this->values[$this->kept[$name] ?? $name] ?? '';
        }

        public function save(array $values): void
        {
            if ($this->broken) {
                $this->fail();
            }
            foreach ($values as $name => $value) {
                if ($name === $this->column) {
                    \WHMCS\Database\Capsule::table('tblhosting')->where('id', 12)->update(['domain' => $value]);
                }
                $this->values[$this->kept[$name] ?? $name] = $value;
            }
        }

        private function fail()
        {
            throw new \Error('no such table: tblcustomfields');
        }
    }
}
