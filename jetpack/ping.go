package jetpack

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Ping asks for the list of error codes (errors.md), which needs no token, to see whether the API
// can be reached. Any HTTP answer that is JSON is good. It gives the server's clock from the Date
// header, in UTC, also beside an error when there was an HTTP answer; zero when there was none.
// Errors are *Error.
func (c *Client) Ping(ctx context.Context) (date time.Time, err error) {
	if e := c.do(ctx, &call{
		name: "ping", method: http.MethodGet, path: "/rest/v1.3/jpphp/errors", noToken: true,
		read: func(p reply) *Error {
			date, _ = http.ParseTime(p.header.Get("Date"))
			switch {
			case p.readErr == nil && json.Valid(p.body):
				return nil
			case p.status/100 == 3:
				_, e := p.check()
				return e
			}
			return p.unreadable()
		},
	}); e != nil {
		return date, e
	}
	return date, nil
}

// Verify asks whether the token is good, after getting one when there is none. A cached token that
// isn't good any more is replaced, so an error means that the ID and the secret don't work. Errors
// are *Error.
func (c *Client) Verify(ctx context.Context) error {
	if e := c.do(ctx, &call{
		name: "verify", method: http.MethodPost, path: "/rest/v1.3/jpphp/partner-keys/verify",
		read: func(p reply) *Error {
			root, e := p.check()
			if e != nil {
				return e
			}
			// Success isn't documented for this call: 200 says it. One that is false is believed
			// all the same.
			if ok, said := boolean(root.Get("success")); said && !ok {
				return p.errorf(CodeVerifyFailed, "the API says that the token isn't good")
			}
			return nil
		},
	}); e != nil {
		return e
	}
	return nil
}
