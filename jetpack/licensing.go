package jetpack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// licensingPath comes between the host and the calls of the Licensing API (jetpack-licensing-api,
// spec.yml).
const licensingPath = "/wpcom/v2/jetpack-licensing"

// LicensingConfig says how a Licensing reaches the API. What isn't explained here is as in Config.
// The zero value is enough for ProductFamilies.
type LicensingConfig struct {
	// BaseURL is as in Config: the host, without the path of the Licensing API.
	BaseURL    string
	HostHeader string
	// Token is the partner's access token for this API (integration-docs). It isn't one that the ID
	// and secret of Config get.
	Token     Secret
	UserAgent string
	Timeout   time.Duration
	RetryFor  time.Duration
	HTTP      *http.Client
	Logf      func(format string, args ...any)
	Now       func() time.Time
	Sleep     func(ctx context.Context, d time.Duration) error
}

// Licensing talks to the Jetpack Licensing API, with which a partner issues licenses, each good
// for one site. It is safe for use by several goroutines. License keys are kept out of logs and
// errors, as secrets are: whoever has one can use it.
type Licensing struct {
	transport
	bearer Secret
}

// NewLicensing makes a client. Nothing is sent. It fails on what New fails on, and on a token that
// no header can carry.
func NewLicensing(cfg LicensingConfig) (*Licensing, error) {
	t, err := newTransport(Config{
		BaseURL: cfg.BaseURL, HostHeader: cfg.HostHeader, UserAgent: cfg.UserAgent, Timeout: cfg.Timeout, RetryFor: cfg.RetryFor,
		HTTP: cfg.HTTP, Logf: cfg.Logf, Now: cfg.Now, Sleep: cfg.Sleep,
	})
	if err != nil {
		return nil, err
	}
	if strings.ContainsFunc(
		cfg.Token.Reveal(),
		func(r rune) bool { return r <= ' ' || r >= 0x7f },
	) {
		return nil, errors.New(
			"jetpack: the licensing token has spaces, control characters or others that no token has",
		)
	}
	return &Licensing{transport: t, bearer: cfg.Token}, nil
}

// Format prints the type and the API's address only: fmt would reach the token in an unexported
// field.
func (l *Licensing) Format(f fmt.State, _ rune) {
	io.WriteString(f, "jetpack.Licensing("+l.base+")")
}

// do makes a call with the token there is.
func (l *Licensing) do(ctx context.Context, cl *call) *Error {
	if e := l.ready(cl); e != nil {
		return e
	}
	return l.tries(ctx, cl, l.bearer, l.budget())
}

// ready fits a call for the Licensing API.
func (l *Licensing) ready(cl *call) *Error {
	if l.bearer == "" && !cl.noToken {
		return &Error{
			Call:    cl.name,
			Code:    CodeCredentialsMissing,
			Message: "the licensing token is missing",
		}
	}
	if cl.shown != "" {
		cl.shown = licensingPath + cl.shown
	}
	cl.path = licensingPath + cl.path
	return nil
}

// Issue makes a license for a product, by its slug; what is valid, the API decides. A license is
// paid for and there is no idempotency key, so the call is repeated only where it can't have
// arrived (no connection) or was turned away (429). After an *Error that is Lost nobody knows
// whether there is a license: don't ask again before somebody has looked. The License beside such
// an error has a Key where the bad answer held one, and is usually empty. Errors are *Error.
func (l *Licensing) Issue(ctx context.Context, product string) (License, error) {
	if product == "" {
		return License{}, refusal("license-issue", "the product is empty", nil)
	}
	var made License
	e := l.do(ctx, &call{
		name: "license-issue", method: http.MethodPost, path: "/license", json: map[string]any{"product": product}, once: true,
		read: func(p reply) (e *Error) {
			made, e = readLicense(p)
			return e
		},
	})
	if e != nil {
		return made, e
	}
	return made, nil
}

// License looks at a license. It is repeated when no good answer comes. Errors are *Error.
func (l *Licensing) License(ctx context.Context, key string) (License, error) {
	var found License
	return l.licensed(ctx, key, &found, keyCall("license-show", http.MethodGet, key))
}

// Attach ties a license to a site, which must be connected. site is what SiteIdentifier takes; a
// URL with a scheme is sent as it is, a blog ID as a number. The partner must have been allowed to
// do so (spec.yml). It is repeated when no good answer comes: attaching to the same site twice
// does no harm. Should the second time be refused for the first one's sake, the error says so with
// Repeated. Errors are *Error.
func (l *Licensing) Attach(ctx context.Context, key, site string) (License, error) {
	id, err := SiteIdentifier(site)
	if err != nil {
		return License{}, refusal("license-attach", err.Error(), err)
	}
	if strings.Contains(site, "://") {
		id = site
	}
	var attached License
	cl := siteCall("license-attach", http.MethodPost, key)
	cl.json = map[string]any{"site": numberOrText(id)}
	return l.licensed(ctx, key, &attached, cl)
}

// Detach takes a license off its site, to be used again. The customer is sent an e-mail about it
// unless mail is false, which is meant for moves, such as from a staging site (spec.yml). It is
// repeated as Attach is when it sends no e-mail, else only where it can't have arrived. Errors are
// *Error.
func (l *Licensing) Detach(ctx context.Context, key string, mail bool) (License, error) {
	var detached License
	cl := siteCall("license-detach", http.MethodDelete, key)
	cl.once = mail
	if !mail {
		cl.query = url.Values{"cancellation_email": {"0"}}
	}
	return l.licensed(ctx, key, &detached, cl)
}

// keyCall is a call that names the license in the query.
func keyCall(name, method, key string) *call {
	return &call{
		name:   name,
		method: method,
		path:   "/license",
		query:  url.Values{"license_key": {key}},
	}
}

// siteCall is a call that names the license in the path.
func siteCall(name, method, key string) *call {
	return &call{
		name:   name,
		method: method,
		path:   "/license/" + url.PathEscape(key) + "/site",
		shown:  "/license/{license_key}/site",
	}
}

// licensed makes a call about one license, whose answer is that license.
func (l *Licensing) licensed(
	ctx context.Context, key string, into *License, cl *call,
) (License, error) {
	if e := about(cl, key, into); e != nil {
		return License{}, e
	}
	if e := l.do(ctx, cl); e != nil {
		return License{}, e
	}
	return *into, nil
}

// about ties a call to a key and to where its answer goes.
func about(cl *call, key string, into *License) *Error {
	switch {
	case key == "":
		return refusal(cl.name, "the license key is empty", nil)
	case key == "." || key == "..": // a path can't hold it
		return refusal(cl.name, "not a license key", nil)
	}
	cl.hidden = append(cl.hidden, Secret(key))
	cl.read = func(p reply) (e *Error) {
		*into, e = readLicense(p)
		return e
	}
	return nil
}
