package cli

import (
	"crypto/tls"
	"errors"
	"strings"

	"jetpack-start/jetpack"
	"jetpack-start/provision"
)

// hints say what to do about a failure, by code: the API's codes (contract, section 1), jetpack's, wpcli's and ours.
var hints = map[string]string{
	"invalid_client":                   "check the partner ID and the secret: jetpack-start doctor says where they come from",
	"invalid_scope":                    "this key may not provision sites: ask Jetpack's partner team",
	"partner_key_disabled":             "this partner key is disabled: ask Jetpack's partner team",
	"invalid_siteurl":                  "give the URL where the WordPress files are, with http:// or https://",
	"invalid_local_user":               "name a user of the site: ID, login or e-mail",
	"invalid_plan":                     "check --plan; your key must be allowed to sell it",
	"plan_downgrade_disallowed":        "a downgrade is a cancel, then a provision",
	"activation_limit_reached":         "this key has used up its plans of that kind: ask Jetpack's partner team, or cancel one",
	"could_not_load_product_class":     "no product goes by that name: check --plan",
	"error_access_token":               "the user could not be connected: run again without --wpcom-user-id, and have the user approve",
	"failed_registration_unknown_blog": "the site answered with a blog ID that isn't its own: run again with --force-register=1",
	"site_inaccessible":                "WordPress.com can't reach the site: check its address, its firewall and that xmlrpc.php answers",
	"invalid_input":                    "run again; if it stays, give the request ID to Jetpack's partner team",
	"not_jps_plan":                     "the plan was not sold by a partner: its owner cancels it at WordPress.com",
	"invalid_blog":                     "WordPress.com knows no such site under this key; a test key's sites have no status",
	"unknown_blog":                     "WordPress.com doesn't know the site: check the URL, and that Jetpack is connected",
	"incorrect_partner_key":            "the plan was provisioned with another partner key: cancel with that one",
	"too_many_requests":                "wait, then run again",
	"invalid_token":                    "the token was refused twice: check that the key is still good",

	jetpack.CodeUnreachable:    "nothing was sent; check the network, the proxy variables and $" + envAPIHost,
	jetpack.CodeTimeout:        "run again; --api-timeout sets how long to wait",
	jetpack.CodeConnectionLost: "run again",
	jetpack.CodeInvalidAnswer:  "what answered isn't the API, or a proxy stands between: jetpack-start doctor",
	jetpack.CodeServerError:    "the API failed: run again later",
	jetpack.CodeHTTPError:      "what answered isn't the API, or a proxy stands between: jetpack-start doctor",

	provision.CodeNoWordPress:    "run this in a docroot, or give --path, or --siteurl to go on without WordPress",
	provision.CodeSafeMode:       "let the site's owner end safe mode in wp-admin first (Jetpack asks: moved, or a copy?)",
	provision.CodeUnknownUser:    "wp user list shows the site's users",
	provision.CodeOutcomeUnknown: "run the same command again with --check: it looks first, and asks only for what isn't there",
	provision.CodeAuthorization:  "mend the cause and run the same command again",
	provision.CodeWaitRanOut:     "the plan waits for the user; run jetpack-start activate when the connection is approved",

	"jetpack_install_failed":    "--jetpack-source takes a zip's path or an URL where wordpress.org can't be reached",
	"jetpack_activation_failed": "wp plugin activate jetpack shows more",
	"activation_failed":         "the result names each plugin's failure",

	"interrupted": "run the same command again: what is done stays done",

	"wp_not_found":            "install WP-CLI, or say where it is with --wp-cli-path",
	"wp_timeout":              "--wp-timeout sets how long to wait",
	"wordpress_not_installed": "finish the installation first: wp core install",
	"wp_root":                 "run as the site's user, or add --allow-root",
	"database_error":          "check the database server and wp-config.php",
	"site_not_found":          "wp site list shows the network's sites; give one with --url",
	"many_sites":              "the alias names a group: give one site",
	"wp_no_answer":            "something on the site ends WordPress early: --debug shows what wp printed",
	"wp_failed":               "--debug shows what wp printed",
}

// hintFor tells apart failures that share a code.
func hintFor(err *jetpack.Error) string {
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err.Err, &cert):
		return "nothing was sent; check this machine's CA certificates ($SSL_CERT_FILE), its clock, and proxies that open TLS"
	case err.Code != "method_not_found":
		return ""
	case strings.Contains(err.Message, "remoteProvision"):
		return "the tokens of the site and of WordPress.com don't match: where --force-register=1 doesn't mend it, disconnect Jetpack on the site and run again"
	}
	return "Jetpack must be installed and active, and the URL's scheme the one that the site answers to (https where it redirects)"
}
