package jetpack

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Config says how a Client or a Licensing reaches its API. The zero value reaches the public API
// without credentials, which is enough for Client.Ping, Client.Errors and
// Licensing.ProductFamilies.
type Config struct {
	// BaseURL is the scheme, host and optional path of the API. The default is
	// https://public-api.wordpress.com. http is for loopback only.
	BaseURL string
	// HostHeader, if not empty, is sent as Host, for an API that is reached under another name.
	// The certificate is still verified for the host of BaseURL.
	HostHeader string

	// PartnerID and PartnerSecret are the credentials of a Client.
	PartnerID     string
	PartnerSecret Secret
	// CacheDir is a folder in which a Client keeps its token between runs. It is created if it
	// doesn't exist, readable for its owner only. If CacheDir is empty, tokens are kept in memory.
	CacheDir string

	// LicensingToken is the credential of a Licensing: the partner's access token for the Licensing
	// API (integration-docs). It isn't a token that PartnerID and PartnerSecret get.
	LicensingToken Secret

	UserAgent string // default: jetpack-start
	// Timeout is the timeout of one HTTP request, from dialing to the last byte of the answer. The
	// default is 60s.
	Timeout time.Duration
	// RetryFor limits the retries of one call: none starts later than this after the first try. A
	// try in progress isn't cut short. The default is 30s; a negative value means no retries.
	RetryFor time.Duration
	// HTTPClient, if not nil, is used instead of a client that takes its proxy from the environment
	// and requires TLS 1.2. Redirects are never followed, because they would carry secrets to
	// another host.
	HTTPClient *http.Client
	// Logf, if not nil, is called with one line per request: method, path, names of the fields
	// (never their values), status, time and request ID. It may be called from several goroutines
	// at once.
	Logf func(format string, args ...any)

	now   func() time.Time                                 // default: time.Now
	sleep func(ctx context.Context, d time.Duration) error // default: sleep.Context
}

// Client is a client of the partner API. It is safe for concurrent use.
type Client struct {
	transport
	id     string
	secret Secret
	dir    string

	mu      sync.Mutex // guards the fields below
	held    token
	refused Secret // the last token that the API refused: must not be read from the cache again
	pending *tokenRequest
}

// NewClient returns a client of the partner API. It sends nothing and touches no file. It returns
// an error if cfg.BaseURL isn't a URL or would send secrets over plain HTTP to another machine, or
// if a header value can't be sent.
func NewClient(cfg Config) (*Client, error) {
	t, err := newTransport(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{
		transport: t, id: cfg.PartnerID, secret: cfg.PartnerSecret, dir: cfg.CacheDir,
	}, nil
}

// Format writes the type and the base URL for any verb. Without it, fmt would print the secrets
// in unexported fields.
func (c *Client) Format(f fmt.State, _ rune) { io.WriteString(f, "jetpack.Client("+c.base+")") }

// call makes a call, and makes it once more with a new token if the API refuses the token, unless
// that is a new one itself.
func (c *Client) call(ctx context.Context, cl *call) error {
	b := c.budget()
	cl.hidden = append(cl.hidden, c.secret)
	if cl.noToken {
		return c.tries(ctx, cl, "", b)
	}
	tok, err := c.token(ctx)
	if err != nil {
		return err
	}
	b.start = c.now() // the time that the token took doesn't count
	err = c.tries(ctx, cl, tok.value, b)
	e := apiError(err)
	switch {
	case err == nil:
		c.proveToken(tok.value)
		return nil
	case e == nil || !e.tokenRefused() || tok.fresh:
		return err
	}
	c.logf("%s: the token was refused (%s), getting another", cl.name, printable(e.Code))
	c.dropToken(tok.value)
	if tok, err = c.token(ctx); err != nil {
		return err
	}
	return c.tries(ctx, cl, tok.value, b)
}
