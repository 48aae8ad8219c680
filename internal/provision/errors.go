package provision

import "jetpack-start/internal/failure"

// Error codes of this package, besides those of the API and of package jetpack.
const (
	CodeNoWordPress   = "no_wordpress"
	CodeSafeMode      = "site_in_safe_mode"
	CodeUnknownUser   = "unknown_user"
	CodeIdentity      = "identity_mismatch"     // the ledger knows another URL or blog ID
	CodeUnconfirmed   = "identity_unconfirmed"  // nobody but the site says whose it is
	CodeUpgrade       = "upgrade_not_possible"  // the plan isn't one of the site's upgrade paths
	CodeNoSite        = "no_site"               // no site was named, and there is no WordPress here
	CodeAuthorization = "authorization_failure" // the user token wasn't stored
	CodeWaitRanOut    = "wait_ran_out"
	CodePlanMissing   = "plan_missing" // the site is connected, but has no such plan
)

// ErrWaitRanOut is returned beside a pending Result if the user didn't approve the connection in
// time.
var ErrWaitRanOut = &failure.Error{
	Code:      CodeWaitRanOut,
	Message:   "the connection was not approved in the time given with --wait",
	Retryable: true,
}

// NoSite returns the error of a command that was given no site and found no WordPress: err is
// WP-CLI's. It isn't wrapped, because its hint is about other commands.
func NoSite(err error) error {
	message := "no site is named, and there is no WordPress here: " + err.Error()
	return &failure.Error{Code: CodeNoSite, Message: message}
}
