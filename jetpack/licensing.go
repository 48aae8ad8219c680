package jetpack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// licensingPath is the path of the Licensing API below the base URL (jetpack-licensing-api,
// spec.yml).
const licensingPath = "/wpcom/v2/jetpack-licensing"

// Licensing is a client of the Jetpack Licensing API, with which a partner issues licenses, each
// for one site. It is safe for concurrent use. License keys are treated as secrets in logs and
// errors, because whoever has a key can use it.
type Licensing struct {
	transport
	token Secret
}

// NewLicensing returns a client of the Licensing API. It sends nothing. It returns an error in the
// cases of NewClient, and if no header can hold cfg.LicensingToken.
func NewLicensing(cfg Config) (*Licensing, error) {
	t, err := newTransport(cfg)
	if err != nil {
		return nil, err
	}
	if strings.ContainsFunc(cfg.LicensingToken.Reveal(), notVisible) {
		return nil, errors.New(
			"jetpack: the licensing token has spaces, control characters or others that no token " +
				"has",
		)
	}
	return &Licensing{transport: t, token: cfg.LicensingToken}, nil
}

// Format writes the type and the base URL for any verb. Without it, fmt would print the token in an
// unexported field.
func (l *Licensing) Format(f fmt.State, _ rune) {
	io.WriteString(f, "jetpack.Licensing("+l.base+")")
}

// call makes a call.
func (l *Licensing) call(ctx context.Context, cl *call) error {
	if err := l.prepare(cl); err != nil {
		return err
	}
	return l.tries(ctx, cl, l.token, l.budget())
}

// prepare completes the path of a call. It returns an error if the call needs a token and there is
// none.
func (l *Licensing) prepare(cl *call) error {
	if l.token == "" && !cl.noToken {
		return &Error{
			Call: cl.name, Code: CodeCredentialsMissing, Message: "the licensing token is missing",
		}
	}
	if cl.shown != "" {
		cl.shown = licensingPath + cl.shown
	}
	cl.path = licensingPath + cl.path
	return nil
}

// Issue issues a license for a product, which is a slug; the API decides what is valid. A license
// costs money and the API has no idempotency keys, so the call is repeated only if it can't have
// arrived (no connection) or was turned away (429).
//
// After an *Error that is Lost, the license may or may not exist: somebody must look before it is
// requested again. The License beside such an error has a Key if the bad answer held one. Errors
// are *Error.
func (l *Licensing) Issue(ctx context.Context, product string) (License, error) {
	if product == "" {
		return License{}, refusal("license-issue", "the product is empty", nil)
	}
	return do(ctx, l, &call{
		name: "license-issue", method: http.MethodPost, path: "/license",
		json: map[string]any{"product": product}, once: true,
	}, readLicense)
}

// License returns a license. The call is repeated if no good answer comes. Errors are *Error.
func (l *Licensing) License(ctx context.Context, key string) (License, error) {
	return l.licenseCall(ctx, key, queryCall("license-show", http.MethodGet, key))
}

// Attach attaches a license to a site, which must be connected. site is anything that
// SiteIdentifier accepts; a URL with a scheme is sent unchanged, a blog ID as a number. The API
// must have allowed the partner to attach licenses (spec.yml).
//
// The call is repeated if no good answer comes: attaching a license to the same site twice does no
// harm. If a repeated call is refused because of an earlier try, the error has Repeated set. Errors
// are *Error.
func (l *Licensing) Attach(ctx context.Context, key, site string) (License, error) {
	id, err := SiteIdentifier(site)
	if err != nil {
		return License{}, refusal("license-attach", err.Error(), err)
	}
	if strings.Contains(site, "://") {
		id = site
	}
	cl := pathCall("license-attach", http.MethodPost, key)
	cl.json = map[string]any{"site": numberOrText(id)}
	return l.licenseCall(ctx, key, cl)
}

// Detach detaches a license from its site, so that it can be used again. The API sends the customer
// an e-mail about it unless mail is false, which is meant for moves, such as from a staging site
// (spec.yml).
//
// If mail is false, the call is repeated as Attach is, otherwise only if it can't have arrived.
// Errors are *Error.
func (l *Licensing) Detach(ctx context.Context, key string, mail bool) (License, error) {
	cl := pathCall("license-detach", http.MethodDelete, key)
	cl.once = mail
	if !mail {
		cl.query = url.Values{"cancellation_email": {"0"}}
	}
	return l.licenseCall(ctx, key, cl)
}

// queryCall returns a call that has the license key in its query.
func queryCall(name, method, key string) *call {
	return &call{
		name: name, method: method, path: "/license", query: url.Values{"license_key": {key}},
	}
}

// pathCall returns a call that has the license key in its path.
func pathCall(name, method, key string) *call {
	return &call{
		name: name, method: method,
		path:  "/license/" + url.PathEscape(key) + "/site",
		shown: "/license/{license_key}/site",
	}
}

// licenseCall makes a call about the license with this key. It returns no license beside an error.
func (l *Licensing) licenseCall(ctx context.Context, key string, cl *call) (License, error) {
	if err := hideKey(cl, key); err != nil {
		return License{}, err
	}
	license, err := do(ctx, l, cl, readLicense)
	if err != nil {
		return License{}, err
	}
	return license, nil
}

// hideKey keeps a license key out of the call's errors. It returns an error for a key that can't be
// sent.
func hideKey(cl *call, key string) error {
	switch key {
	case "":
		return refusal(cl.name, "the license key is empty", nil)
	case ".", "..": // would change the path
		return refusal(cl.name, "not a license key", nil)
	}
	cl.hidden = append(cl.hidden, Secret(key))
	return nil
}
