package jetpack

import (
	"context"
	"net/http"
)

// MagicLink has the API send an e-mail with which its receiver logs in to the mobile app
// (mobile-magic-link.md). Each call sends one, so it is repeated only where it can't have arrived.
// The API takes 5 for an e-mail address and hour, then says "too_many_requests", which isn't
// waited for. requestID and errors are as those of SetSSHCredentials.
func (c *Client) MagicLink(ctx context.Context, email string) (requestID string, err error) {
	if email == "" {
		return "", refusal("magic-link", "the e-mail address is empty", nil)
	}
	return c.succeed(ctx, &call{
		name: "magic-link", method: http.MethodPost, path: "/rest/v1.3/jpphp/mobile-magic-link", once: true, limited: true,
		fields: []Field{{Name: "email", Value: email}},
	})
}
