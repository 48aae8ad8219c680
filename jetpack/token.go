package jetpack

import (
	"bytes"
	"context"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	tokenPath   = "/oauth2/token"
	tokenScope  = "jetpack-partner" // authentication.md
	tokenNames  = " (client_id, client_secret, grant_type, scope)"
	tokenMargin = time.Minute // a token that expires isn't used in its last minute
)

// token is an access token. A partner's token doesn't expire (authentication.md: it is created
// once), so expires is usually zero.
type token struct {
	value   Secret
	expires time.Time
	fresh   bool // requested by this Client, and no call has succeeded with it yet
}

// usable reports whether the token exists and won't expire soon.
func (t token) usable(now time.Time) bool {
	return t.value != "" && (t.expires.IsZero() || now.Before(t.expires.Add(-tokenMargin)))
}

// tokenRequest is a token request in progress, shared by all callers.
type tokenRequest struct {
	done        chan struct{} // closed when the request has ended
	err         *Error
	interrupted bool // the caller that made the request gave up: another one must make it
}

// Token gets a token if there is none in memory: from the cache folder or from the API. It is
// optional: calls that need a token get one by themselves. A program can call Token early, while
// it does other work; calls wait for it, and concurrent callers share one request. If no request
// is necessary, Token has a connection to the API opened for the next call, and doesn't wait for
// it; a program that brings its own HTTPClient gets none.
//
// The error is an *Error with Call "token". For a wrong ID or secret its Code is the API's
// "invalid_client".
func (c *Client) Token(ctx context.Context) error {
	tok, err := c.token(ctx)
	if err == nil && !tok.fresh && c.early != nil {
		c.early.preconnect(ctx, c.timeout)
	}
	return err
}

func (c *Client) token(ctx context.Context) (token, error) {
	for {
		c.mu.Lock()
		if c.held.usable(c.now()) {
			defer c.mu.Unlock()
			return c.held, nil
		}
		r := c.pending
		if r == nil {
			r = &tokenRequest{done: make(chan struct{})}
			c.pending = r
			c.mu.Unlock()
			return c.getToken(ctx, r)
		}
		c.mu.Unlock()
		select {
		case <-r.done:
		case <-ctx.Done():
			return token{}, &Error{
				Call: "token", Code: CodeUnreachable, Err: ctx.Err(),
				Message: "interrupted while waiting for the token",
			}
		}
		if r.err != nil && !r.interrupted {
			shared := *r.err // a copy, because callers may change it
			return token{}, &shared
		}
	}
}

// getToken gets a token for all callers that wait for r.
func (c *Client) getToken(ctx context.Context, r *tokenRequest) (token, error) {
	tok, err := c.cachedOrFetched(ctx)
	c.mu.Lock()
	if e := apiError(err); e != nil {
		shared := *e
		r.err, r.interrupted = &shared, ctx.Err() != nil
	} else {
		c.held = tok
	}
	c.pending = nil
	c.mu.Unlock()
	close(r.done)
	return tok, err
}

func (c *Client) cachedOrFetched(ctx context.Context) (token, error) {
	if c.id == "" || c.secret == "" {
		return token{}, &Error{
			Call: "token", Code: CodeCredentialsMissing,
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
	err := c.repeat(ctx, c.budget(), (&call{}).mayRepeat, func(ctx context.Context) (err error) {
		tok, err = c.fetchToken(ctx)
		if e := apiError(err); e != nil {
			e.hide([]Secret{c.secret})
		}
		return err
	})
	if err != nil {
		return token{}, err
	}
	c.saveToken(tok)
	return tok, nil
}

// proveToken notes that a call succeeded with a token.
func (c *Client) proveToken(tok Secret) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held.value == tok {
		c.held.fresh = false
	}
}

// dropToken forgets a token that the API refused, in memory and in the cache, unless another
// goroutine or process has already replaced it.
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

// fetchToken requests a token once (authentication.md).
func (c *Client) fetchToken(ctx context.Context) (token, error) {
	var answer reply
	via := &http.Client{Transport: roundTripFunc(func(r *http.Request) (*http.Response, error) {
		var err error
		if answer, err = c.send(r, "token", tokenPath+tokenNames); err != nil {
			return nil, err
		}
		// The answer is judged here, by the same rules as any other, so that oauth2 only ever sees
		// JSON. It would read text/plain as a form.
		if _, err = answer.check(); err != nil {
			return nil, err
		}
		return &http.Response{
			StatusCode: answer.status, Status: http.StatusText(answer.status),
			Request: r, ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {"application/json"}},
			Body:   io.NopCloser(bytes.NewReader(answer.body)),
		}, nil
	})}
	conf := clientcredentials.Config{
		ClientID: c.id, ClientSecret: c.secret.Reveal(), TokenURL: c.base + tokenPath,
		Scopes: []string{tokenScope}, AuthStyle: oauth2.AuthStyleInParams,
	}
	got, err := conf.Token(context.WithValue(ctx, oauth2.HTTPClient, via))
	e := apiError(err)
	switch {
	case e != nil:
		return token{}, e
	case err != nil && answer.status == 0:
		return token{}, refusal("token", "the request can't be made", nil)
	case err != nil:
		return token{}, answer.tokenFailure()
	case strings.ContainsFunc(got.AccessToken, isControl):
		return token{}, answer.errorf(CodeInvalidAnswer, "the access token has control characters")
	}
	tok := token{value: Secret(got.AccessToken), fresh: true}
	// expires_in is read here because oauth2 would count from the real clock. oauth2 has already
	// rejected an expires_in that isn't a number.
	root, _ := answer.object()
	if s := min(root.Get("expires_in").Int(), math.MaxInt32); s > 0 {
		tok.expires = c.now().Add(time.Duration(s) * time.Second)
	}
	return tok, nil
}

// isControl reports whether r is an ASCII control character, which a header can't hold.
func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// tokenFailure returns the error for a good answer in which oauth2 found no token. The error of
// oauth2 isn't kept, because it quotes the answer.
func (p reply) tokenFailure() *Error {
	root, _ := p.object()
	if tok, isText := optional(root.Get(tokenMember)); isText && tok == "" {
		return p.errorf(CodeTokenMissing, "the answer has no access_token")
	}
	return p.errorf(CodeInvalidAnswer, "a member of the answer is of the wrong type")
}
