package jetpack

import (
	"context"
	"net/http"
	"time"
)

// Ping checks that the API can be reached, by requesting its list of error codes (errors.md), which
// needs no token. Any HTTP answer that is JSON is good. Ping returns the server's clock from the
// Date header, in UTC, even beside an error, or the zero time if there was no HTTP answer. Errors
// are *Error.
func (c *Client) Ping(ctx context.Context) (date time.Time, err error) {
	return do(ctx, c, &call{
		name: "ping", method: http.MethodGet, path: "/rest/v1.3/jpphp/errors", noToken: true,
	}, readPing)
}

func readPing(p reply) (date time.Time, err error) {
	date, _ = http.ParseTime(p.header.Get("Date"))
	if _, ok := p.parse(); ok {
		return date, nil
	}
	if p.status/100 == 3 {
		_, err = p.check() // names the host that the answer redirects to
		return date, err
	}
	return date, p.unreadable()
}

// Verify asks the API whether the token is valid, after getting one if there is none. It replaces a
// cached token that isn't valid any more, so an error means that the ID and the secret don't work.
// Errors are *Error.
func (c *Client) Verify(ctx context.Context) error {
	_, err := do(ctx, c, &call{
		name: "verify", method: http.MethodPost, path: "/rest/v1.3/jpphp/partner-keys/verify",
	}, readVerify)
	return err
}

// readVerify doesn't require success, which isn't documented for this call: the status 200 is the
// answer. A success that is false is an error nevertheless.
func readVerify(p reply) (struct{}, error) {
	root, err := p.check()
	if err != nil {
		return struct{}{}, err
	}
	if success, ok := boolean(root.Get("success")); ok && !success {
		return struct{}{}, p.errorf(CodeVerifyFailed, "the API says that the token isn't good")
	}
	return struct{}{}, nil
}
