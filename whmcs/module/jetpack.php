<?php

/**
 * The provisioning module for Jetpack licenses. Each function passes WHMCS's parameters to the
 * jetpack-start program and returns its answer; all decisions are made there.
 *
 * Jetpack's addon module includes this file and vendor/autoload.php, and calls
 * jetpack_FetchProducts() and jetpack_FetchProductDescriptions().
 */

declare(strict_types=1);

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

include_once __DIR__ . '/vendor/autoload.php';

use JetpackStart\Document;
use JetpackStart\Module;

/**
 * Describes the module to WHMCS.
 *
 * @return array<string, mixed>
 */
function jetpack_MetaData(): array
{
    return [
        'DisplayName' => 'Jetpack Provisioning',
        'APIVersion' => '1.1',
        'RequiresServer' => false,
    ];
}

/**
 * Returns the settings of a product. WHMCS stores them by their order; the first three are those of
 * Jetpack's module.
 *
 * @return array<string, array<string, mixed>>
 */
function jetpack_ConfigOptions(): array
{
    return [
        'API Token' => [
            'Type' => 'password',
            'Size' => '256',
            'Description' => 'The Jetpack Licensing API token for this product. If it is empty, the token of another Jetpack product or of the Jetpack addon module is used.',
            'SimpleMode' => true,
        ],
        'Jetpack Product' => [
            'Type' => 'dropdown',
            'Size' => '256',
            'Loader' => 'jetpack_FetchProducts',
            'SimpleMode' => true,
        ],
        'Show User License' => [
            'Type' => 'yesno',
            'Description' => 'Show the license key in the client area',
            'SimpleMode' => true,
        ],
        'Attach To Site' => [
            'Type' => 'yesno',
            'Description' => 'On Create, connect the customer\'s site and attach the license to it',
        ],
        'Site User' => [
            'Type' => 'text',
            'Size' => '60',
            'Description' => 'Login, ID or e-mail address of the user of the customer\'s WordPress who connects it. Default: 1, the first user.',
        ],
        'When Suspended' => [
            'Type' => 'dropdown',
            'Options' => [
                '' => 'Keep the license on its site',
                'detach' => 'Detach it, without mail, and attach it again',
            ],
            'Description' => 'What Suspend and Unsuspend do',
        ],
    ];
}

/**
 * Issues the license of a service or addon, once.
 *
 * @param array<string, mixed> $params
 * @return string "success", or a sentence for the staff
 */
function jetpack_CreateAccount(array $params): string
{
    return Module::command('create', $params);
}

/**
 * Revokes every license that a service or addon has.
 *
 * @param array<string, mixed> $params
 * @return string "success", or a sentence for the staff
 */
function jetpack_TerminateAccount(array $params): string
{
    return Module::command('terminate', $params);
}

/**
 * Suspends the license according to the setting "When Suspended".
 *
 * @param array<string, mixed> $params
 * @return string "success", or a sentence for the staff
 */
function jetpack_SuspendAccount(array $params): string
{
    return Module::command('suspend', $params);
}

/**
 * Reverses what Suspend did.
 *
 * @param array<string, mixed> $params
 * @return string "success", or a sentence for the staff
 */
function jetpack_UnsuspendAccount(array $params): string
{
    return Module::command('unsuspend', $params);
}

/**
 * Replaces the license by one for the product that the service has now.
 *
 * @param array<string, mixed> $params
 * @return string "success", or a sentence for the staff
 */
function jetpack_ChangePackage(array $params): string
{
    return Module::command('change-package', $params);
}

/**
 * Checks the license when a service or addon is paid for again.
 *
 * @param array<string, mixed> $params
 * @return string "success", or a sentence for the staff
 */
function jetpack_Renew(array $params): string
{
    return Module::command('renew', $params);
}

/**
 * Attaches the license to the service's domain.
 *
 * @param array<string, mixed> $params
 * @return string "success", or a sentence for the staff
 */
function jetpack_AttachLicense(array $params): string
{
    return Module::command('attach', $params);
}

/**
 * Settles a call whose outcome is unknown by what the staff wrote into the service's License Key
 * field.
 *
 * @param array<string, mixed> $params
 * @return string "success", or a sentence for the staff
 */
function jetpack_Reconcile(array $params): string
{
    return Module::command('reconcile', $params);
}

/**
 * Checks the program, the database and the token, from a service's page.
 *
 * @param array<string, mixed> $params
 * @return string "success", or a sentence for the staff
 */
function jetpack_TestApi(array $params): string
{
    return Module::command('test', $params);
}

/**
 * Makes the same check, in the form that WHMCS uses for servers.
 *
 * @param array<string, mixed> $params
 * @return array{success: bool, error: string}
 */
function jetpack_TestConnection(array $params): array
{
    $result = Module::command('test', $params);
    return ['success' => $result === 'success', 'error' => $result === 'success' ? '' : $result];
}

/**
 * Returns the buttons on a service's page for the staff: label => function.
 *
 * @return array<string, string>
 */
function jetpack_AdminCustomButtonArray(): array
{
    return [
        'Attach License' => 'AttachLicense',
        'Test Connection' => 'TestApi',
        'Reconcile' => 'Reconcile',
    ];
}

/**
 * Returns the license for a service's page for the staff: label => HTML.
 *
 * @param array<string, mixed> $params
 * @return array<string, string>
 */
function jetpack_AdminServicesTabFields(array $params): array
{
    return Module::adminFields($params);
}

/**
 * Returns the license for the client area, if the product shows it there.
 *
 * @param array<string, mixed> $params
 * @return array<string, mixed>|string what WHMCS is to render, or HTML
 */
function jetpack_ClientArea(array $params)
{
    return empty(Document::option($params, 3)) ? [] : Module::clientArea($params);
}

/**
 * Returns the products of the Licensing API, also for Jetpack's addon module. WHMCS shows a thrown
 * message in the product's settings.
 *
 * @return array<string, string> slug => name
 * @throws \Exception with a sentence for the staff
 */
function jetpack_FetchProducts(): array
{
    return Module::products('name');
}

/**
 * Returns the products' descriptions, for Jetpack's addon module.
 *
 * @return array<string, string> slug => description
 * @throws \Exception with a sentence for the staff
 */
function jetpack_FetchProductDescriptions(): array
{
    return Module::products('description');
}

/**
 * Creates the table of licenses that Jetpack's modules share. The program also creates it when it
 * is needed.
 *
 * @throws \Exception with a sentence for the staff
 */
function jetpack_CreateLicensesTable(): void
{
    Module::createTable();
}

// Jetpack's addon module takes a falsy value for "not installed".
return true;
