package jetpack

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// SiteConnection is how a site stands after ConnectSite (jetpack-licensing-api,
// integration-docs/site-connection.md).
type SiteConnection struct {
	// Code is "success" (connected now), "already_connected", or "previously_connected": somebody
	// disconnected the site by hand, and the API won't connect it again. Others may come.
	Code      string
	BlogID    int64  // WordPress.com's ID of the site; 0 when the answer doesn't say
	RequestID string // X-Jetpack-Request-Id
	Raw       []byte // the answer as it came, without access tokens
}

// Connected says whether the site is connected, now or since before.
func (s SiteConnection) Connected() bool {
	return s.Code == "success" || s.Code == "already_connected"
}

// ConnectSite connects a site that has Jetpack installed and active, without a WordPress.com user.
// siteURL is its full URL with the scheme; localUser is the ID, login or e-mail of one of its
// users, and what is digits is sent as a number, the ID. It is repeated when no good answer comes:
// several calls for a site do no harm (spec.yml). Errors are *Error.
func (l *Licensing) ConnectSite(
	ctx context.Context, siteURL, localUser string,
) (SiteConnection, error) {
	_, err := SiteIdentifier(siteURL)
	switch {
	case err != nil:
		return SiteConnection{}, refusal("site-connection", err.Error(), err)
	case !strings.Contains(siteURL, "://"):
		return SiteConnection{}, refusal(
			"site-connection", "a site URL starts with http:// or https://", nil,
		)
	case localUser == "":
		return SiteConnection{}, refusal("site-connection", "the local user is empty", nil)
	}
	var s SiteConnection
	if e := l.do(ctx, &call{
		name: "site-connection", method: http.MethodPost, path: "/site-connection",
		json: map[string]any{"url": siteURL, "local_user": numberOrText(localUser)},
		read: func(p reply) (e *Error) {
			s, e = readConnection(p)
			return e
		},
	}); e != nil {
		return SiteConnection{}, e
	}
	return s, nil
}

// readConnection reads an answer. Here a code beside a good status is no error, unless a message
// comes with it.
func readConnection(p reply) (SiteConnection, *Error) {
	root, e := p.check()
	code := text(root, "code")
	if e != nil && (e.Status/100 != 2 || e.Code != code || given(root.Get("message"))) {
		return SiteConnection{}, e
	}
	blog, ok := wholeNumber(root.Get("blog_id"))
	if code == "" || !ok && given(root.Get("blog_id")) {
		return SiteConnection{}, p.errorf(
			CodeInvalidAnswer, "code isn't text, or blog_id isn't a number",
		)
	}
	return SiteConnection{
		Code:      code,
		BlogID:    blog,
		RequestID: p.requestID,
		Raw:       WithoutAccessToken(p.body),
	}, nil
}

// numberOrText is a JSON number for what is one in its usual form, and text for anything else,
// such as a login of "007".
func numberOrText(s string) any {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 &&
		strconv.FormatInt(n, 10) == s {
		return json.Number(s)
	}
	return s
}
