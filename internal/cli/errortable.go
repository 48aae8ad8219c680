package cli

import (
	"crypto/tls"
	"errors"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/licensing"
	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
)

// The codes of failures that this package finds.
const (
	// The WordPress here has no blog ID.
	codeNotConnected = "not_connected"
	// The ledger has no blog ID for the URL.
	codeUnknownSite = "unknown_site"
	// The Licensing API's answer with status 200 that isn't a connection.
	codePreviouslyConnected = "previously_connected"
	// A partner key was created, but its secret is not in the file.
	codeSecretUnsaved = "secret_unsaved"
	// The site has the license, but Jetpack could not attach it.
	codeNotAttached = "attach_failed"
	// The command errors doesn't know the code.
	codeUnknownCode = "unknown_code"
)

// errorText explains an error code, with the same fields as the API's own list. The solution is the
// hint with a failure.
type errorText struct{ description, cause, solution string }

// errorTable explains the API's codes (docs/contract.md, "Errors"), and those of this program.
var errorTable = map[string]errorText{
	"invalid_client": {
		"The partner ID and the secret don't go together.",
		"One of the two is wrong, or the key was revoked.",
		"check the partner ID and the secret: jetpack-start doctor says where they come from",
	},
	"invalid_scope": {
		"The key's token may not provision sites.",
		"The key was created for another purpose.",
		"this key may not provision sites: ask Jetpack's partner team",
	},
	"partner_key_disabled": {
		"The partner key is disabled.",
		"Jetpack's partner team disabled it.",
		"this partner key is disabled: ask Jetpack's partner team",
	},
	"invalid_siteurl": {
		"The site's URL is missing or invalid.",
		"It has no scheme, or isn't the URL of the WordPress files.",
		"give the URL of the WordPress files, with http:// or https://",
	},
	"invalid_local_user": {
		"The plan's owner is missing, or isn't a user of the site.",
		"No user of the site has this ID, login or e-mail address.",
		"name a user of the site: ID, login or e-mail address",
	},
	"invalid_plan": {
		"The API has no such plan, or not for this key.",
		"The slug is misspelled, or the key may not sell it.",
		"check --plan; your key must be allowed to sell it",
	},
	"plan_downgrade_disallowed": {
		"The site has a larger plan, which can't be replaced by a smaller one.",
		"The site's plan includes this one.",
		"to downgrade, cancel the plan, then provision the other one",
	},
	"activation_limit_reached": {
		"The key can't provision more plans of this kind.",
		"Its limit for the plan is used up.",
		"this key has no plans of that kind left: ask Jetpack's partner team, or cancel one",
	},
	"could_not_load_product_class": {
		"The API found no product for the plan.",
		"The slug is misspelled.",
		"no product has that name: check --plan",
	},
	"error_access_token": {
		"The user's token could not be created.",
		"The WordPress.com user that was named could not be connected.",
		"the user could not be connected: run again without --wpcom-user-id, and let the user " +
			"approve",
	},
	"failed_registration_unknown_blog": {
		"The site answered with a blog ID that WordPress.com doesn't have for it.",
		"The site is a copy, or its connection is outdated.",
		"the site answered with the blog ID of another site: run again with --force-register=1",
	},
	"site_inaccessible": {
		"WordPress.com could not reach the site.",
		"The domain points elsewhere, a firewall blocks the request, or xmlrpc.php is blocked.",
		"WordPress.com can't reach the site: check its domain, its firewall and that xmlrpc.php " +
			"answers",
	},
	"invalid_input": {
		"The API rejects one of the values.",
		"A value is missing, unknown or malformed.",
		"run again; if it persists, give the request ID to Jetpack's partner team",
	},
	"not_jps_plan": {
		"The site's plan didn't come from a partner.",
		"Its owner bought it at WordPress.com.",
		"the plan was not sold by a partner: its owner must cancel it at WordPress.com",
	},
	"invalid_blog": {
		"The API has no such blog ID for this key.",
		"The ID is wrong, or the site was provisioned with a test key.",
		"WordPress.com has no such site for this key; sites of test keys have no status",
	},
	"unknown_blog": {
		"WordPress.com doesn't know the site.",
		"The URL is wrong, or the site was never connected.",
		"WordPress.com doesn't know the site: check the URL, and that Jetpack is connected",
	},
	"incorrect_partner_key": {
		"Another partner key provisioned the plan.",
		"Only the key that provisioned a plan can cancel it.",
		"the plan was provisioned with another partner key: cancel with that one",
	},
	"too_many_requests": {
		"The API accepts no more calls of this kind for now.",
		"There were too many within a short time.",
		"wait, then run again",
	},
	"invalid_token": {
		"The API rejected the token, and a new one too.",
		"The key was revoked or disabled.",
		"a new token was rejected too: check that the key is still valid",
	},

	jetpack.CodeUnreachable: {
		"The API could not be reached.",
		"The network, the name resolution or the certificate failed before anything was sent.",
		"nothing was sent; check the network, the proxy variables and $" + envAPIHost,
	},
	jetpack.CodeTimeout: {
		"The API didn't answer in time.",
		"The API or the network is slow.",
		"run again; --api-timeout sets the timeout",
	},
	jetpack.CodeConnectionLost: {
		"The connection was lost before the answer.",
		"The network or a proxy interrupted it.",
		"run again",
	},
	jetpack.CodeInvalidAnswer: {
		"The answer can't be read.",
		"Something other than the API answered, or the answer was truncated.",
		"something other than the API answered, perhaps a proxy: jetpack-start doctor",
	},
	jetpack.CodeServerError: {
		"The API failed with a 5xx status without a reason.",
		"The API, or a proxy in front of it, is broken.",
		"the API failed: run again later",
	},
	jetpack.CodeHTTPError: {
		"The API answered with an HTTP status only.",
		"A proxy or another server answered.",
		"something other than the API answered, perhaps a proxy: jetpack-start doctor",
	},

	provision.CodeNoWordPress: {
		"There is no WordPress here.",
		"The directory isn't a docroot, or wp isn't installed.",
		"run this in a docroot, or give --path, or --siteurl to continue without WordPress",
	},
	provision.CodeSafeMode: {
		"Jetpack is in safe mode on the site, so nothing is changed.",
		"The site is a copy of another, or was moved.",
		"let the site's owner end safe mode in wp-admin first (Jetpack asks whether the site was " +
			"moved or copied)",
	},
	provision.CodeIdentity: {
		"The site isn't the one at --expect-url, or the ledger has another blog ID or URL for " +
			"it, or the docroot of another customer.",
		"The command runs in another site; or the site was moved, is a copy, or pretends to be " +
			"another.",
		"run it where the expected site is; if the site was moved on purpose, run once with " +
			"--force-identity; if it is a copy, disconnect Jetpack on it first",
	},
	provision.CodeUnconfirmed: {
		"With --strict-identity: nobody but the site itself says that it has its URL and blog ID.",
		"The ledger doesn't know the site yet, or WordPress.com doesn't tell whose the blog ID " +
			"is, because the site isn't connected or is private.",
		"if it is the right site, name it with --expect-url, or run once with --force-identity, " +
			"which the ledger remembers",
	},
	provision.CodePlanMissing: {
		"The site is connected, but its plan is missing.",
		"It was cancelled, or it expired before the connection was approved.",
		"run the same command again with --check",
	},
	provision.CodeUnknownUser: {
		"The site has no such user.",
		"The ID, login or e-mail address is wrong.",
		"wp user list shows the site's users",
	},
	failure.OutcomeUnknown: {
		"It can't be determined whether the call succeeded.",
		"Its answer was lost.",
		"run the same command again with --check: it requests the status first, and the plan " +
			"only if it is missing",
	},
	provision.CodeAuthorization: {
		"The plan came with a user token, which could not be stored on the site.",
		"The plan was provisioned; the site's Jetpack rejected the token, or wp failed.",
		"fix the cause and run the same command again",
	},
	provision.CodeWaitRanOut: {
		"The time of --wait ran out before the connection was approved.",
		"Nobody has approved it yet.",
		"the plan waits for the user; run jetpack-start activate when the connection is approved",
	},

	"jetpack_install_failed": {
		"Jetpack could not be installed.",
		"wordpress.org can't be reached, or the files can't be written.",
		"--jetpack-source takes the path or URL of a zip file if wordpress.org can't be reached",
	},
	"jetpack_activation_failed": {
		"Jetpack could not be activated.",
		"The plugin or another one fails to load.",
		"wp plugin activate jetpack shows more",
	},
	"activation_failed": {
		"A plugin of the plan could not be activated.",
		"It could not be installed or activated, or it got no key.",
		"the result names each plugin's failure",
	},

	codeInternal: {
		"jetpack-start has a bug, which ended it.",
		"A case that the program doesn't handle.",
		"report it with this message; before you run the command again, look with license " +
			"reconcile or --check: a call may have succeeded",
	},
	"interrupted": {
		"The command was interrupted.",
		"Ctrl-C, or a signal.",
		"run the same command again: it continues with what is left",
	},

	licensing.CodeRevoked: {
		"The license was revoked.",
		"Revoking can't be undone, and its reference gets no other license.",
		"use another --reference for a new license",
	},
	licensing.CodeLedger: {
		"The ledger can't be used, so nothing was sent.",
		"Its file can't be written, or its database can't be reached.",
		"check --ledger and $" + envLedger + ": the directory must be writable, the database " +
			"reachable",
	},
	licensing.CodeUnsaved: {
		"The license was issued, but the ledger could not be written.",
		"The ledger failed between the call and its answer.",
		"jetpack-start license reconcile ID --license-key=KEY records it later",
	},
	codeUnknownSite: {
		"The ledger has no blog ID for the site.",
		"The site's plan was provisioned elsewhere, or before it was connected.",
		"give --blog-id=ID, or run this in the site's docroot",
	},
	licensing.CodeTooYoung: {
		"The entry is too new to be settled manually.",
		"The process that made it may still be waiting for its answer.",
		"wait, or set --min-age",
	},

	"invalid_product": {
		"There is no such product.",
		"The slug is misspelled.",
		"jetpack-start product list shows the products",
	},
	"invalid_license_key": {
		"The license key is not one of this partner's.",
		"It is misspelled, or another partner issued it.",
		"check the key; only the partner that issued it can use it",
	},

	"wp_not_started": {
		"wp could not be started.",
		"Its file isn't a program that this user may run.",
		"it must be a program that this user, or the docroot's owner if this is root, may run: " +
			"check its mode, and the interpreter in its first line",
	},
	"wp_not_found": {
		"WP-CLI was not found.",
		"There is no wp in the PATH.",
		"install WP-CLI, or give its path with --wp-cli-path",
	},
	"wp_too_old": {
		"WP-CLI is older than 2.5.0.",
		"It has no --exec, or a wrapper around wp doesn't pass it on.",
		"update it (wp cli update); a wrapper around wp must pass all arguments on",
	},
	"wp_timeout": {
		"A call of wp took too long and was ended.",
		"The site is slow, or something on it blocks.",
		"--wp-timeout sets the timeout",
	},
	"wordpress_not_installed": {
		"The WordPress files are there, but it isn't installed.",
		"Its database has no tables yet.",
		"finish the installation first: wp core install",
	},
	"wp_root": {
		"WP-CLI doesn't run as root.",
		"The command runs as root without --allow-root, and the docroot is root's, or there is " +
			"none.",
		"run as the site's user, or add --allow-root",
	},
	codeLocked: {
		"Another jetpack-start works on this site.",
		"It takes longer than --lock-timeout, or it hangs.",
		"run the command again later; --lock-timeout sets how long to wait",
	},
	codeOwnerUnclear: {
		"It isn't clear as whom to run the site's code.",
		"As root, wp runs as the docroot's owner. wp-config.php, the docroot, wp-content, the " +
			"directories above and wp-cli.yml don't belong to one user, or to root and one user.",
		"choose with --run-as=USER, or JETPACK_START_RUN_AS for the drop-ins",
	},
	codeRunAs: {
		"wp can't run as the user that --run-as names.",
		"There is no such user, the command doesn't run as root, or the site is on another " +
			"machine.",
		"name a user of this machine, as root, or leave --run-as out",
	},
	"database_error": {
		"WordPress can't reach its database.",
		"The server is down, or wp-config.php is wrong.",
		"check the database server and wp-config.php",
	},
	"site_not_found": {
		"The network has no such site.",
		"The --url is not one of its sites.",
		"wp site list shows the network's sites; give one with --url",
	},
	"many_sites": {
		"The alias names several sites.",
		"It is a group.",
		"the alias names a group: give the alias of one site",
	},
	"wp_no_answer": {
		"wp ended without an answer.",
		"A plugin or drop-in of the site ends PHP.",
		"something on the site ends PHP early: --debug shows what wp printed",
	},
	"wp_failed": {
		"A call of wp failed.",
		"wp's own message has the reason.",
		"--debug shows what wp printed",
	},

	"method_not_found": {
		"The site's Jetpack doesn't answer WordPress.com's call.",
		"Jetpack isn't active there, the URL has the wrong scheme, or the tokens of the site and " +
			"WordPress.com don't match.",
		"Jetpack must be installed and active, and the URL must have the site's scheme " +
			"(https if the site redirects to it)",
	},
	provision.CodeUpgrade: {
		"The site can't be given the plan now.",
		"It has the plan or a larger one from another seller, or a product that includes it.",
		"jetpack-start upgrade-paths shows the possible plans; to downgrade, cancel the plan first",
	},
	provision.CodeNoSite: {
		"No site is named, and there is no WordPress here.",
		"The directory isn't a docroot, or wp isn't installed.",
		"name the site by its URL or blog ID, or run this in a docroot, or give --path",
	},
	codeNotConnected: {
		"The WordPress here has no blog ID.",
		"Jetpack was never connected on it.",
		"connect it first, with jetpack-start provision or site connect, or give --blog-id",
	},
	codePreviouslyConnected: {
		"Somebody disconnected the site manually, so the API doesn't connect it again.",
		"The site was connected before.",
		"the site is not connected: run jetpack-start provision, or let the user approve it in " +
			"wp-admin",
	},

	licensing.CodeKeyExists: {
		"The reference already has a partner key.",
		"The same order requested it before.",
		"its secret was shown only once: use another --reference for a new key",
	},
	codeSecretUnsaved: {
		"The partner key was created, but its secret could not be written to the file.",
		"The disk is full, or the file's directory was removed.",
		"the secret is on standard output, only this once: store it",
	},
	codeNotAttached: {
		"The site has the license, but Jetpack could not attach it.",
		"The license is attached to another site or revoked, or WordPress.com can't be reached.",
		"jetpack-start license show KEY shows its state; " +
			"the same command again has Jetpack attach it",
	},
	licensing.CodeMismatch: {
		"The entry is about something else.",
		"The license is for another product, or the entry is of another kind.",
		"jetpack-start license list --kind=all shows the entries",
	},
	"unknown_entry": {
		"The ledger has no such entry.",
		"The number is wrong, or it is another ledger.",
		"jetpack-start license list --kind=all shows the entries",
	},
	"entry_settled": {
		"The entry is already settled.",
		"Somebody settled it, or its call succeeded.",
		"jetpack-start license list --kind=all shows the entries",
	},
	"license_already_attached": {
		"The license is attached to another site.",
		"It was attached before.",
		"detach it first: jetpack-start license detach KEY",
	},
	"license_not_attached": {
		"The license isn't attached to a site.",
		"It was never attached, or was detached.",
		"there is nothing to detach",
	},
	"invalid_site": {
		"There is no connected site with this name.",
		"It is misspelled, or not connected yet.",
		"check the site; it must be connected first: jetpack-start provision, or site connect",
	},
	"rest_forbidden": {
		"The Licensing API rejected the token.",
		"The token is wrong, or was revoked.",
		"check the licensing token: $" + envLicensing + ", or --token-file",
	},
	codeUnknownCode: {
		"No error has this code.",
		"It is misspelled, or newer than this program.",
		"jetpack-start errors lists them",
	},
}

// hintFor returns the hint for an error whose code alone doesn't determine it, or "".
func hintFor(err *jetpack.Error) string {
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err.Err, &cert):
		return "nothing was sent; check this machine's CA certificates ($SSL_CERT_FILE), its " +
			"clock, and proxies that intercept TLS"
	case err.Call == "magic-link" && err.Code == "too_many_requests":
		return "an address gets at most 5 links per hour: wait, then run again"
	case strings.HasPrefix(err.Call, "license-") && err.Code == licensing.CodeRevoked:
		return "revoking can't be undone: issue another license"
	case err.Code == "method_not_found" && strings.Contains(err.Message, "remoteProvision"):
		return "the tokens of the site and WordPress.com don't match: if --force-register=1 " +
			"doesn't help, disconnect Jetpack on the site and run again"
	}
	return ""
}
