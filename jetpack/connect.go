package jetpack

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
)

// SiteConnection is the state of a site after ConnectSite (jetpack-licensing-api,
// integration-docs/site-connection.md).
type SiteConnection struct {
	// Code is "success" (connected now), "already_connected", or "previously_connected": somebody
	// disconnected the site by hand, and the API won't connect it again. Other codes are possible.
	Code      string
	BlogID    int64  // WordPress.com's ID of the site; 0 if unknown
	RequestID string // X-Jetpack-Request-Id
	Raw       []byte // the answer, without access tokens
}

// Connected reports whether the site is connected, by this call or before it.
func (s SiteConnection) Connected() bool {
	return s.Code == "success" || s.Code == "already_connected"
}

// ConnectSite connects a site to WordPress.com without a WordPress.com user. The site must have
// Jetpack installed and active. siteURL is its full URL with the scheme; localUser is the ID, login
// or e-mail of one of its users. A localUser of digits is sent as a number, the ID.
//
// The call is repeated if no good answer comes: several calls for a site do no harm (spec.yml).
// Errors are *Error.
func (l *Licensing) ConnectSite(
	ctx context.Context, siteURL, localUser string,
) (SiteConnection, error) {
	const name = "site-connection"
	if err := CheckSiteURL(siteURL); err != nil {
		return SiteConnection{}, refusal(name, err.Error(), err)
	}
	if localUser == "" {
		return SiteConnection{}, refusal(name, "the local user is empty", nil)
	}
	return do(ctx, l, &call{
		name: name, method: http.MethodPost, path: "/site-connection",
		json: map[string]any{"url": siteURL, "local_user": numberOrText(localUser)},
	}, readConnection)
}

// readConnection reads an answer. A code beside a good status isn't an error here, unless there is
// a message too.
func readConnection(p reply) (SiteConnection, error) {
	root, err := p.check()
	code := text(root, "code")
	e := apiError(err)
	if e != nil && (e.Status/100 != 2 || e.Code != code || given(root.Get("message"))) {
		return SiteConnection{}, err
	}
	blog, ok := wholeNumber(root.Get("blog_id"))
	if code == "" || !ok && given(root.Get("blog_id")) {
		return SiteConnection{}, p.errorf(
			CodeInvalidAnswer, "code isn't text, or blog_id isn't a number",
		)
	}
	return SiteConnection{
		Code: code, BlogID: blog, RequestID: p.requestID, Raw: WithoutAccessToken(p.body),
	}, nil
}

// numberOrText returns a JSON number if s is a whole number in its usual form, otherwise s: a login
// can be "007".
func numberOrText(s string) any {
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil && n >= 0 && strconv.FormatInt(n, 10) == s {
		return json.Number(s)
	}
	return s
}
