package provision

import (
	"strconv"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
)

// CodeSiteURL is the error code for a URL that no site can have. The API has it too.
const CodeSiteURL = "invalid_siteurl"

// CheckOwnURL returns an error if a WordPress says of itself that it has a URL that no site can
// have: wp-config.php builds it from a request that WP-CLI doesn't have, or the database holds it.
func CheckOwnURL(siteURL string) error {
	err := jetpack.CheckSiteURL(siteURL)
	if err == nil {
		return nil
	}
	return &failure.Error{
		Code: CodeSiteURL, Err: err,
		Message: "the siteurl of the WordPress here can't be used" + shownURL(siteURL) + ": " +
			err.Error(),
		Hint: "correct the siteurl in wp-config.php or in the database; or pass the site's URL " +
			"to wp with --url, or to the API with --siteurl",
	}
}

// checkGivenURL returns an error if the URL in the request is none that a site can have.
func checkGivenURL(siteURL string) error {
	if err := jetpack.CheckSiteURL(siteURL); err != nil {
		message := "the site's URL can't be used" + shownURL(siteURL) + ": " + err.Error()
		return &failure.Error{Code: CodeSiteURL, Message: message, Err: err}
	}
	return nil
}

// shownURL returns an invalid URL for a message, after a space and in quotes and parentheses, or
// "" if it could hold a password.
func shownURL(siteURL string) string {
	const most = 100 // characters
	if siteURL == "" || strings.Contains(siteURL, "@") {
		return ""
	}
	if runes := []rune(siteURL); len(runes) > most {
		siteURL = string(runes[:most]) + "…"
	}
	return " (" + strconv.Quote(siteURL) + ")"
}
