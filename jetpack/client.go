// Package jetpack is the client of the Jetpack partner API, with which a hosting partner
// provisions and cancels plans on its customers' sites (Client), and of the Licensing API, with
// which it issues licenses (Licensing). It takes care of the token, of time-outs and repeats, and
// of telling a refusal from an answer that was lost on the way, because plans and licenses cost
// money. The facts come from Automattic's host-partner-documentation
// (jetpack/jetpack-start-endpoints) and jetpack-licensing-api (spec.yml, integration-docs); doc
// comments name the document.
package jetpack

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Config says how a Client reaches the API. The zero value reaches the public API without
// credentials, which is enough for Ping.
type Config struct {
	// BaseURL is scheme, host and optional path; "" means https://public-api.wordpress.com. http is
	// for loopback only.
	BaseURL string
	// HostHeader is sent as Host when it isn't empty, for an API reached under another name. The
	// certificate is still checked against the host in BaseURL.
	HostHeader    string
	PartnerID     string
	PartnerSecret Secret
	// CacheDir is a folder for token files; "" keeps tokens in memory only. It is made, for its
	// owner alone, when missing.
	CacheDir  string
	UserAgent string // "" means jetpack-start
	// Timeout is for one request, from dialling to the last byte of the answer; 0 means 60 s.
	Timeout time.Duration
	// RetryFor bounds the repeats of one call: no try starts later than this after the first one
	// did. One under way isn't cut short by it. 0 means 30 s, negative no repeats.
	RetryFor time.Duration
	// HTTP is used instead of a client of our own, which takes its proxy from the environment and
	// wants TLS 1.2 or later. Either way redirects aren't followed: they would carry secrets to
	// another host.
	HTTP *http.Client
	// Logf gets one line for each request: method, path, the fields' names (never their values),
	// status, time, request ID. It may be called from several goroutines. nil is silent.
	Logf func(format string, args ...any)
	// Now is the clock; nil means the real one.
	Now func() time.Time
	// Sleep waits between tries and gives the context's error when it ends first; nil means real
	// time.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Client talks to the partner API. It is safe for use by several goroutines.
type Client struct {
	transport
	id     string
	secret Secret
	dir    string

	mu      sync.Mutex // guards what follows
	held    token
	refused Secret // the last token that the API didn't take: not to be read from the cache again
	flight  *flight
}

// New makes a client. Nothing is sent and no file is touched. It fails on a BaseURL that isn't one
// or that would carry secrets over plain HTTP to another machine, and on header values that can't
// be sent.
func New(cfg Config) (*Client, error) {
	t, err := newTransport(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{transport: t, id: cfg.PartnerID, secret: cfg.PartnerSecret, dir: cfg.CacheDir}, nil
}

// Format prints the type and the API's address only: fmt would reach the secrets in unexported
// fields.
func (c *Client) Format(f fmt.State, _ rune) { io.WriteString(f, "jetpack.Client("+c.base+")") }
