package jetpack

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	tokenPath  = "/oauth2/token"
	tokenScope = "jetpack-partner" // authentication.md
	tokenNames = " (client_id, client_secret, grant_type, scope)"
	// A token that says when it ends isn't used in its last minute.
	tokenMargin = time.Minute
)

// token is an access token. Partners' tokens last (authentication.md: created once), so expires is
// usually zero.
type token struct {
	value   Secret
	expires time.Time
}

func (t token) usable(now time.Time) bool {
	return t.value != "" && (t.expires.IsZero() || now.Before(t.expires.Add(-tokenMargin)))
}

// flight is one look-up of a token that several callers wait for.
type flight struct {
	done        chan struct{}
	err         *Error
	interrupted bool // the caller who was fetching gave up: whoever waits does it instead
}

// Token makes sure that there is a token: in memory, in the cache folder, or fetched. It can run
// while other work is done; calls that need the token wait for it, and only one request is made
// however many ask at once.
//
// Its error is an *Error with Call "token"; a wrong ID or secret is the API's "invalid_client".
func (c *Client) Token(ctx context.Context) error {
	if _, err := c.token(ctx); err != nil {
		return err
	}
	return nil
}

func (c *Client) token(ctx context.Context) (Secret, *Error) {
	for {
		c.mu.Lock()
		if c.held.usable(c.now()) {
			defer c.mu.Unlock()
			return c.held.value, nil
		}
		f := c.flight
		if f == nil {
			f = &flight{done: make(chan struct{})}
			c.flight = f
			c.mu.Unlock()
			return c.fly(ctx, f)
		}
		c.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", &Error{
				Call:    "token",
				Code:    CodeUnreachable,
				Message: "interrupted while waiting for the token",
				Err:     ctx.Err(),
			}
		}
		if f.err != nil && !f.interrupted {
			shared := *f.err // a copy: callers may change theirs
			return "", &shared
		}
	}
}

// fly looks for a token on behalf of everyone who waits for f.
func (c *Client) fly(ctx context.Context, f *flight) (Secret, *Error) {
	tok, err := c.cachedOrFetched(ctx)
	c.mu.Lock()
	if err == nil {
		c.held = tok
	} else {
		kept := *err
		f.err, f.interrupted = &kept, ctx.Err() != nil
	}
	c.flight = nil
	c.mu.Unlock()
	close(f.done)
	return tok.value, err
}

func (c *Client) cachedOrFetched(ctx context.Context) (token, *Error) {
	if c.id == "" || c.secret == "" {
		return token{}, &Error{
			Call:    "token",
			Code:    CodeCredentialsMissing,
			Message: "the partner ID or the partner secret is missing",
		}
	}
	c.mu.Lock()
	refused := c.refused
	c.mu.Unlock()
	if tok, ok := c.loadToken(); ok && tok.value != refused && tok.usable(c.now()) {
		c.logf("token: from the cache")
		return tok, nil
	}
	var tok token
	b := c.budget()
	err := c.repeat(ctx, b, (&call{}).mayRepeat, func(ctx context.Context) (e *Error) {
		if tok, e = c.fetchToken(ctx); e != nil {
			e.hide([]Secret{c.secret})
		}
		return e
	})
	if err != nil {
		return token{}, err
	}
	c.saveToken(tok)
	return tok, nil
}

// dropToken forgets a token that the API refused, unless another goroutine or process has put a
// new one in its place.
func (c *Client) dropToken(tok Secret) {
	c.mu.Lock()
	if c.held.value == tok {
		c.held = token{}
	}
	c.refused = tok
	c.mu.Unlock()
	c.removeToken(tok)
}

// roundTripFunc is an http.RoundTripper. With it golang.org/x/oauth2 sends through transport.send.
type roundTripFunc func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// fetchToken asks for a token once (authentication.md).
func (c *Client) fetchToken(ctx context.Context) (token, *Error) {
	var rep reply
	via := &http.Client{Transport: roundTripFunc(func(r *http.Request) (*http.Response, error) {
		var e *Error
		if rep, e = c.send(r, "token", tokenPath+tokenNames); e != nil {
			return nil, e
		}
		// The answer is judged here, by the same rules as any other, so that oauth2 only ever sees
		// JSON. It would take text/plain for a form.
		if _, e = rep.check(); e != nil {
			return nil, e
		}
		return &http.Response{
			StatusCode: rep.status, Status: http.StatusText(rep.status), Request: r, ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{
				"Content-Type": {"application/json"},
			}, Body: io.NopCloser(bytes.NewReader(rep.body)),
		}, nil
	})}
	conf := clientcredentials.Config{
		ClientID: c.id, ClientSecret: c.secret.Reveal(), TokenURL: c.base + tokenPath,
		Scopes: []string{tokenScope}, AuthStyle: oauth2.AuthStyleInParams,
	}
	got, err := conf.Token(context.WithValue(ctx, oauth2.HTTPClient, via))
	var e *Error
	switch {
	case errors.As(err, &e):
		return token{}, e
	case err != nil && rep.status == 0:
		return token{}, refusal("token", "the request can't be made", nil)
	case err != nil:
		return token{}, rep.tokenFailure()
	case strings.ContainsFunc(got.AccessToken, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return token{}, rep.errorf(CodeInvalidAnswer, "the access token has control characters")
	}
	tok := token{value: Secret(got.AccessToken)}
	// oauth2 would count from the real clock. It has refused what isn't a number.
	root, _ := rep.object()
	if s := min(root.Get("expires_in").Int(), math.MaxInt32); s > 0 {
		tok.expires = c.now().Add(time.Duration(s) * time.Second)
	}
	return tok, nil
}

// tokenFailure is the error for a good answer in which oauth2 found no token. What oauth2 says
// isn't kept: it quotes the answer.
func (p reply) tokenFailure() *Error {
	root, _ := p.object()
	if tok, isText := optional(root.Get(tokenMember)); isText && tok == "" {
		return p.errorf(CodeTokenMissing, "the answer has no access_token")
	}
	return p.errorf(CodeInvalidAnswer, "a member of the answer is of the wrong type")
}
