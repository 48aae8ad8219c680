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

// Codes of failures that the commands find themselves.
const (
	codeNotConnected        = "not_connected"        // the WordPress here has no blog ID
	codeUnknownSite         = "unknown_site"         // the ledger has no blog ID for the URL
	codePreviouslyConnected = "previously_connected" // the Licensing API's answer that isn't a connection
	codeSecretUnsaved       = "secret_unsaved"       // a partner key was made, and its secret is not in the file
	codeUnknownCode         = "unknown_code"         // errors CODE knows no such code
)

// errorText explains an error code, in the form of the API's own list: solution is the hint that
// is shown with a failure.
type errorText struct{ description, cause, solution string }

// errorTable explains the API's codes (contract, section 1 and 4), jetpack's, wpcli's and ours.
var errorTable = map[string]errorText{
	"invalid_client": {
		"The partner ID and the secret don't go together.",
		"One of the two is wrong, or the key was taken back.",
		"check the partner ID and the secret: jetpack-start doctor says where they come from",
	},
	"invalid_scope": {
		"The key's token may not provision sites.",
		"The key was made for something else.",
		"this key may not provision sites: ask Jetpack's partner team",
	},
	"partner_key_disabled": {
		"The partner key is switched off.",
		"Jetpack's partner team switched it off.",
		"this partner key is disabled: ask Jetpack's partner team",
	},
	"invalid_siteurl": {
		"The site's URL is missing or isn't one.",
		"It has no scheme, or isn't where the WordPress files are.",
		"give the URL where the WordPress files are, with http:// or https://",
	},
	"invalid_local_user": {
		"The plan's owner is missing, or isn't a user of the site.",
		"No user of the site has this ID, login or e-mail.",
		"name a user of the site: ID, login or e-mail",
	},
	"invalid_plan": {
		"The API has no such plan, or not for this key.",
		"The slug is misspelled, or the key may not sell it.",
		"check --plan; your key must be allowed to sell it",
	},
	"plan_downgrade_disallowed": {
		"The site has a larger plan, which isn't replaced by a smaller one.",
		"A plan that includes this one is on the site.",
		"a downgrade is a cancel, then a provision",
	},
	"activation_limit_reached": {
		"The key may provision no more plans of this kind.",
		"Its limit for the plan is used up.",
		"this key has used up its plans of that kind: ask Jetpack's partner team, or cancel one",
	},
	"could_not_load_product_class": {
		"The API found no product for the plan.",
		"The slug is misspelled.",
		"no product goes by that name: check --plan",
	},
	"error_access_token": {
		"The user's token could not be made.",
		"The WordPress.com user that was named could not be connected.",
		"the user could not be connected: run again without --wpcom-user-id, and have the user approve",
	},
	"failed_registration_unknown_blog": {
		"The site answered with a blog ID that WordPress.com doesn't know as its own.",
		"The site was copied, or its connection is an old one.",
		"the site answered with a blog ID that isn't its own: run again with --force-register=1",
	},
	"site_inaccessible": {
		"WordPress.com could not reach the site.",
		"The domain doesn't lead to it, a firewall stands between, or xmlrpc.php is closed.",
		"WordPress.com can't reach the site: check its address, its firewall and that xmlrpc.php answers",
	},
	"invalid_input": {
		"The API doesn't take one of the values.",
		"A value is missing, unknown or malformed.",
		"run again; if it stays, give the request ID to Jetpack's partner team",
	},
	"not_jps_plan": {
		"The site's plan didn't come from a partner.",
		"Its owner bought it at WordPress.com.",
		"the plan was not sold by a partner: its owner cancels it at WordPress.com",
	},
	"invalid_blog": {
		"The API knows no such blog ID under this key.",
		"The ID is wrong, or the site was provisioned with a test key.",
		"WordPress.com knows no such site under this key; a test key's sites have no status",
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
		"The API takes no more calls of this kind for now.",
		"There were too many in a short time.",
		"wait, then run again",
	},
	"invalid_token": {
		"The API refused the token, also a new one.",
		"The key was taken back, or is switched off.",
		"the token was refused twice: check that the key is still good",
	},

	jetpack.CodeUnreachable: {
		"The API could not be reached.",
		"The network, the name or the certificate failed before anything was sent.",
		"nothing was sent; check the network, the proxy variables and $" + envAPIHost,
	},
	jetpack.CodeTimeout: {
		"The API's answer didn't come in time.",
		"The API or the way to it is slow.",
		"run again; --api-timeout sets how long to wait",
	},
	jetpack.CodeConnectionLost: {
		"The connection ended before the answer.",
		"The network, or a proxy between, cut it.",
		"run again",
	},
	jetpack.CodeInvalidAnswer: {
		"The answer can't be read.",
		"Something else than the API answered, or the answer was cut.",
		"what answered isn't the API, or a proxy stands between: jetpack-start doctor",
	},
	jetpack.CodeServerError: {
		"The API failed with a 5xx status, and didn't say why.",
		"Something at the API, or a proxy before it, is broken.",
		"the API failed: run again later",
	},
	jetpack.CodeHTTPError: {
		"The API answered with an HTTP status alone.",
		"A proxy or another server answered.",
		"what answered isn't the API, or a proxy stands between: jetpack-start doctor",
	},

	provision.CodeNoWordPress: {
		"There is no WordPress here.",
		"The folder isn't a docroot, or wp isn't installed.",
		"run this in a docroot, or give --path, or --siteurl to go on without WordPress",
	},
	provision.CodeSafeMode: {
		"Jetpack is in safe mode on the site, so nothing is done with it.",
		"The site is a copy of another, or was moved.",
		"let the site's owner end safe mode in wp-admin first (Jetpack asks: moved, or a copy?)",
	},
	provision.CodeIdentity: {
		"The ledger knows the site's blog ID or URL otherwise.",
		"The site was moved, or is a copy of another.",
		"if the site was moved on purpose, run once with --force-identity; if it is a copy, disconnect Jetpack on it first",
	},
	provision.CodePlanMissing: {
		"The site is connected, and its plan isn't there.",
		"It was cancelled, or it expired before the connection was approved.",
		"run the same command again with --check",
	},
	provision.CodeUnknownUser: {
		"The site has no such user.",
		"The ID, login or e-mail is wrong.",
		"wp user list shows the site's users",
	},
	failure.OutcomeUnknown: {
		"Nobody knows whether the call had its effect.",
		"Its answer was lost on the way.",
		"run the same command again with --check: it looks first, and asks only for what isn't there",
	},
	provision.CodeAuthorization: {
		"A user token came with the plan and could not be stored on the site.",
		"The plan is there; the site's Jetpack refused the token, or wp failed.",
		"mend the cause and run the same command again",
	},
	provision.CodeWaitRanOut: {
		"The time of --wait is over, and the connection isn't approved.",
		"Nobody has approved it yet.",
		"the plan waits for the user; run jetpack-start activate when the connection is approved",
	},

	"jetpack_install_failed": {
		"Jetpack could not be installed.",
		"wordpress.org can't be reached, or the files can't be written.",
		"--jetpack-source takes a zip's path or an URL where wordpress.org can't be reached",
	},
	"jetpack_activation_failed": {
		"Jetpack could not be activated.",
		"The plugin, or another one, fails as it loads.",
		"wp plugin activate jetpack shows more",
	},
	"activation_failed": {
		"A plugin that the plan calls for could not be set going.",
		"It could not be installed or activated, or its key did not come.",
		"the result names each plugin's failure",
	},

	"interrupted": {
		"The command was interrupted.",
		"Ctrl-C, or a signal to end.",
		"run the same command again: what is done stays done",
	},

	licensing.CodeRevoked: {
		"The license was revoked.",
		"Revoking is for good: its reference gets no other license.",
		"use another --reference for a new license",
	},
	licensing.CodeLedger: {
		"The ledger can't be used, so nothing was sent.",
		"Its file can't be written, or its database can't be reached.",
		"check --ledger and $" + envLedger + ": the folder must be writable, the database reachable",
	},
	licensing.CodeUnsaved: {
		"The license was issued, and the ledger could not be written.",
		"The ledger failed between the call and its answer.",
		"jetpack-start license reconcile ID --license-key=KEY writes it down later",
	},
	codeUnknownSite: {
		"The ledger doesn't know the site's blog ID.",
		"The site's plan was provisioned elsewhere, or before it was connected.",
		"give --blog-id=ID, or run this in the site's docroot",
	},
	licensing.CodeTooYoung: {
		"The entry is too young to be settled by hand.",
		"The process that made it may still be waiting for its answer.",
		"wait, or set --min-age",
	},

	"invalid_product": {
		"There is no such product.",
		"The slug is misspelled.",
		"jetpack-start product list shows what can be sold",
	},
	"invalid_license_key": {
		"The license key is not one of this partner's.",
		"It is misspelled, or another partner issued it.",
		"check the key; only the partner who issued it can use it",
	},

	"wp_not_started": {
		"wp could not be started.",
		"Its file isn't a program that this user may run.",
		"it must be a program that this user may run: check its mode, and what its first line names",
	},
	"wp_not_found": {
		"WP-CLI was not found.",
		"There is no wp on the PATH.",
		"install WP-CLI, or say where it is with --wp-cli-path",
	},
	"wp_timeout": {
		"A call of wp took too long and was ended.",
		"The site is slow, or something on it waits.",
		"--wp-timeout sets how long to wait",
	},
	"wordpress_not_installed": {
		"The WordPress files are there, and it isn't installed.",
		"Its database has no tables yet.",
		"finish the installation first: wp core install",
	},
	"wp_root": {
		"WP-CLI doesn't run as root.",
		"The command runs as root, without --allow-root.",
		"run as the site's user, or add --allow-root",
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
		"The alias stands for several sites.",
		"It is a group.",
		"the alias names a group: give one site",
	},
	"wp_no_answer": {
		"wp ended without an answer.",
		"A plugin or a drop-in of the site ends PHP.",
		"something on the site ends WordPress early: --debug shows what wp printed",
	},
	"wp_failed": {
		"A call of wp failed.",
		"wp's own message says why.",
		"--debug shows what wp printed",
	},

	"method_not_found": {
		"The site's Jetpack doesn't answer WordPress.com's call.",
		"Jetpack isn't active there, the URL's scheme is another, or the tokens of the two sides don't match.",
		"Jetpack must be installed and active, and the URL's scheme the one that the site answers to (https where it redirects)",
	},
	provision.CodeUpgrade: {
		"The site can't take the plan now.",
		"It has the plan or a larger one from elsewhere, or a product that includes it.",
		"jetpack-start upgrade-paths shows what it can take; a downgrade is a cancel, then a provision",
	},
	provision.CodeNoSite: {
		"No site is named, and there is no WordPress to look at.",
		"The folder isn't a docroot, or wp isn't installed.",
		"name the site by its URL or blog ID, or run this in a docroot, or give --path",
	},
	codeNotConnected: {
		"The WordPress here has no blog ID.",
		"Jetpack was never connected on it.",
		"connect it first, with jetpack-start provision or site connect, or give --blog-id",
	},
	codePreviouslyConnected: {
		"Somebody disconnected the site by hand, so the API doesn't connect it again.",
		"The site was connected before.",
		"this is not a connection: run jetpack-start provision, or have the user approve it in wp-admin",
	},

	licensing.CodeKeyExists: {
		"The reference has its partner key already.",
		"The same order asked for it before.",
		"its secret was shown once: for a new key use another --reference",
	},
	codeSecretUnsaved: {
		"The partner key was made, and its secret could not be written to the file.",
		"The disk is full, or the file's folder went away.",
		"the secret is on standard output, this once: keep it",
	},
	licensing.CodeMismatch: {
		"What was named isn't what the entry asked for.",
		"The license is for another product, or the entry is of another kind.",
		"jetpack-start license list --kind=all shows the entries",
	},
	"unknown_entry": {
		"The ledger has no such entry.",
		"The number is wrong, or the ledger is another.",
		"jetpack-start license list --kind=all shows the entries",
	},
	"entry_settled": {
		"The entry is settled already.",
		"Somebody settled it, or its call ended well.",
		"jetpack-start license list --kind=all shows the entries",
	},
	"license_already_attached": {
		"The license is on another site.",
		"It was attached before.",
		"take it off that site first: jetpack-start license detach KEY",
	},
	"license_not_attached": {
		"The license is on no site.",
		"It was never attached, or was detached.",
		"there is nothing to detach",
	},
	"invalid_site": {
		"Jetpack isn't connected on a site of this name.",
		"The site is misspelled, or not connected yet.",
		"check the site; it must be connected first: jetpack-start provision, or site connect",
	},
	"rest_forbidden": {
		"The Licensing API refused the token.",
		"The token is wrong, or was taken back.",
		"check the licensing token: $" + envLicensing + ", or --token-file",
	},
	codeUnknownCode: {
		"No error has this code.",
		"It is misspelled, or newer than this program.",
		"jetpack-start errors lists them",
	},
}

// hintFor tells apart failures that share a code.
func hintFor(err *jetpack.Error) string {
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err.Err, &cert):
		return "nothing was sent; check this machine's CA certificates ($SSL_CERT_FILE), its clock, and proxies that open TLS"
	case err.Call == "magic-link" && err.Code == "too_many_requests":
		return "an address gets 5 links an hour: wait, then run again"
	case strings.HasPrefix(err.Call, "license-") && err.Code == licensing.CodeRevoked:
		return "a revoked license stays so: issue another"
	case err.Code == "method_not_found" && strings.Contains(err.Message, "remoteProvision"):
		return "the tokens of the site and of WordPress.com don't match: where --force-register=1 doesn't mend it, disconnect Jetpack on the site and run again"
	}
	return ""
}
