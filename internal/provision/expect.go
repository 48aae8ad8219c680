package provision

import (
	"context"
	"fmt"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// expectingWP is a WP whose Probe fails if the site isn't the expected one.
type expectingWP struct {
	WP
	expectURL string
}

func (w expectingWP) Probe(ctx context.Context, user string) (*wpcli.Site, error) {
	site, err := w.WP.Probe(ctx, user)
	if err == nil {
		err = CheckExpected(site, w.expectURL)
	}
	if err != nil {
		return nil, err
	}
	return site, nil
}

// CheckExpected returns an error unless the site is the one at expectURL: that must be its siteurl,
// or its home with a siteurl below it, as of a WordPress in a directory of its own. An empty
// expectURL expects nothing.
func CheckExpected(site *wpcli.Site, expectURL string) error {
	want := jetpack.SiteKey(expectURL)
	same := want == jetpack.SiteKey(site.SiteURL) || want == jetpack.SiteKey(site.Home)
	if expectURL == "" || same && isAt(site, expectURL) {
		return nil
	}
	return unexpected("the WordPress here" + shownURL(site.SiteURL) + " is not " + expectURL)
}

// isAt reports whether the URL is the siteurl of the site, or its home with a siteurl below it. A
// "www." is ignored. The home alone isn't enough: plans are requested for the siteurl, and a site
// can have any home.
func isAt(site *wpcli.Site, url string) bool {
	key := func(u string) string { return strings.TrimPrefix(jetpack.SiteKey(u), "www.") }
	want, siteURL := key(url), key(site.SiteURL)
	return siteURL == want || key(site.Home) == want && strings.HasPrefix(siteURL, want+"/")
}

// CheckExpectedURL returns an error unless a command whose site is known only by its URL is about
// the one at expectURL. An empty expectURL expects nothing, an empty siteURL is unknown.
func CheckExpectedURL(siteURL, expectURL string) error {
	switch {
	case expectURL == "", siteURL != "" && jetpack.SiteKey(siteURL) == jetpack.SiteKey(expectURL):
		return nil
	case siteURL == "":
		return unexpected("a blog ID doesn't tell whether the site is " + expectURL)
	}
	return unexpected(fmt.Sprintf("the command is for %s, not for %s", siteURL, expectURL))
}

// unexpected returns the error that the site isn't the expected one.
func unexpected(message string) error {
	return &failure.Error{
		Code: CodeIdentity, Message: message + "; nothing was sent or changed",
		Hint: "correct --expect-url, or run this where that site is",
	}
}
