package jetpack

import (
	"context"
	"net/http"
	"strconv"
)

// SiteInfo is what WordPress.com tells everybody about a site (determining-connection-status.md).
type SiteInfo struct {
	BlogID    int64
	URL       string // its home
	RequestID string // X-Jetpack-Request-Id
}

// SiteInfo returns the URL that WordPress.com has for a blog ID. It needs no token. A site that
// isn't connected, or is private, is an error with Status 403 or 404. The call is repeated if no
// good answer comes. Errors are *Error.
func (c *Client) SiteInfo(ctx context.Context, blogID int64) (SiteInfo, error) {
	return do(ctx, c, &call{
		name: "site-info", method: http.MethodGet, noToken: true,
		path: "/rest/v1.1/sites/" + strconv.FormatInt(blogID, 10),
	}, func(p reply) (SiteInfo, error) { return readSiteInfo(p, blogID) })
}

func readSiteInfo(p reply, blogID int64) (SiteInfo, error) {
	root, err := p.check()
	if err != nil {
		return SiteInfo{}, err
	}
	info := SiteInfo{
		BlogID: root.Get("ID").Int(), URL: root.Get("URL").String(), RequestID: p.requestID,
	}
	if info.BlogID != blogID || CheckSiteURL(info.URL) != nil {
		return SiteInfo{}, p.errorf(CodeInvalidAnswer, "the answer isn't about the blog ID")
	}
	return info, nil
}
