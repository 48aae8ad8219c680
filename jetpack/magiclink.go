package jetpack

import (
	"context"
	"net/http"
)

// MagicLink makes the API send an e-mail with a link that logs its receiver in to the mobile app
// (mobile-magic-link.md). Each call sends an e-mail, so it is repeated only if it can't have
// arrived. The API accepts 5 calls an hour for an e-mail address, then answers
// "too_many_requests", after which the call isn't repeated. The request ID and errors are those of
// SetSSHCredentials.
func (c *Client) MagicLink(ctx context.Context, email string) (requestID string, err error) {
	if email == "" {
		return "", refusal("magic-link", "the e-mail address is empty", nil)
	}
	return do(ctx, c, &call{
		name: "magic-link", method: http.MethodPost, path: "/rest/v1.3/jpphp/mobile-magic-link",
		once: true, limited: true, fields: []Field{{Name: "email", Value: email}},
	}, readSuccess)
}
