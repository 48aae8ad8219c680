package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authKind is the kind of token that an endpoint requires.
type authKind int

const (
	authNone authKind = iota
	authPartner
	authLicensing // a partner's token or a licensing token
)

// endpoint is a method and a path that the sandbox serves.
type endpoint struct {
	name   string // of the call, as in faults and in the log
	method string
	path   string // {name} matches any segment that isn't empty
	auth   authKind
	body   bodyKind // the kinds of body that are allowed
	fields []string // the fields that are allowed in the body
	query  []string // the query parameters that are allowed
	handle func(*Server, *exchange) (any, error)
}

const (
	jpphp     = "/rest/v1.3/jpphp/"
	licensing = "/wpcom/v2/jetpack-licensing"
)

var (
	envelopeParams  = []string{"http_envelope", "pretty"}
	sshFields       = []string{"ssh_user", "ssh_pass", "ssh_private_key", "ssh_host", "ssh_port"}
	ftpFields       = []string{"ftp_user", "ftp_pass", "ftp_host", "ftp_port"}
	provisionFields = slices.Concat([]string{
		"siteurl", "local_user", "plan", "force_register", "force_connect", "onboarding",
		"wpcom_user_id", "wpcom_user_email", "home_url",
	}, sshFields, ftpFields)
)

var endpoints = []endpoint{
	{
		name: "token", method: http.MethodPost, path: "/oauth2/token",
		body:   bodyForm,
		fields: []string{"grant_type", "scope", "client_id", "client_secret"},
		handle: (*Server).token,
	},
	{
		name: "provision", method: http.MethodPost, path: jpphp + "provision",
		auth: authPartner, body: bodyMultipart, fields: provisionFields,
		query:  []string{"partner_tracking_id"},
		handle: (*Server).provision,
	},
	{
		name: "cancel", method: http.MethodPost, path: jpphp + "{site}/partner-cancel",
		auth: authPartner, body: bodyForm | bodyNone, fields: []string{"plan", "cancel-all"},
		query:  append([]string{"partner_tracking_id"}, envelopeParams...),
		handle: (*Server).cancel,
	},
	{
		name: "status", method: http.MethodGet, path: "/rest/v1.4/jpphp/{site}/status",
		auth: authPartner, body: bodyNone, query: envelopeParams,
		handle: (*Server).status,
	},
	{
		name: "site-info", method: http.MethodGet, path: "/rest/v1.1/sites/{site}",
		body: bodyNone, query: envelopeParams,
		handle: (*Server).siteInfo,
	},
	{
		name: "upgrade-paths", method: http.MethodGet, path: jpphp + "{site}/upgrade-paths",
		auth: authPartner, body: bodyNone,
		handle: (*Server).upgradePaths,
	},
	{
		name: "ssh-credentials", method: http.MethodPost, path: jpphp + "{blog_id}/ssh-credentials",
		auth: authPartner, body: bodyForm, fields: sshFields,
		handle: (*Server).sshCredentials,
	},
	{
		name: "ftp-credentials", method: http.MethodPost, path: jpphp + "{blog_id}/ftp-credentials",
		auth: authPartner, body: bodyForm, fields: ftpFields,
		handle: (*Server).ftpCredentials,
	},
	{
		name: "magic-link", method: http.MethodPost, path: jpphp + "mobile-magic-link",
		auth: authPartner, body: bodyForm, fields: []string{"email"},
		handle: (*Server).magicLink,
	},
	{
		name: "errors", method: http.MethodGet, path: jpphp + "errors",
		body: bodyNone, query: []string{"verbose"},
		handle: (*Server).errorList,
	},
	{
		name: "partner-keys-verify", method: http.MethodPost, path: jpphp + "partner-keys/verify",
		auth: authPartner, body: bodyForm | bodyNone,
		handle: (*Server).verifyKey,
	},
	{
		name: "partner-keys-new", method: http.MethodPost, path: jpphp + "partner-keys/new",
		auth: authPartner, body: bodyForm,
		fields: []string{
			"name", "notes", "allowed_personal_plans", "allowed_premium_plans",
			"allowed_professional_plans",
		},
		handle: (*Server).newKey,
	},

	{
		name: "license-issue", method: http.MethodPost, path: licensing + "/license",
		auth: authLicensing, body: bodyJSON | bodyNone,
		fields: []string{"product"}, query: []string{"product"},
		handle: (*Server).issueLicense,
	},
	{
		name: "license-show", method: http.MethodGet, path: licensing + "/license",
		auth: authLicensing, body: bodyNone, query: []string{"license_key"},
		handle: (*Server).showLicense,
	},
	{
		name: "license-revoke", method: http.MethodDelete, path: licensing + "/license",
		auth: authLicensing, body: bodyNone, query: []string{"license_key"},
		handle: (*Server).revokeLicense,
	},
	{
		name: "license-attach", method: http.MethodPost,
		path: licensing + "/license/{license_key}/site",
		auth: authLicensing, body: bodyJSON, fields: []string{"site"},
		handle: (*Server).attachLicense,
	},
	{
		name: "license-detach", method: http.MethodDelete,
		path: licensing + "/license/{license_key}/site",
		auth: authLicensing, body: bodyNone, query: []string{"cancellation_email"},
		handle: (*Server).detachLicense,
	},
	{
		name: "product-families", method: http.MethodGet, path: licensing + "/product-families",
		body:   bodyNone,
		handle: (*Server).productFamilies,
	},
	{
		name: "partner-product-families", method: http.MethodGet,
		path: licensing + "/partner/product-families",
		auth: authLicensing, body: bodyNone,
		handle: (*Server).partnerProductFamilies,
	},
	{
		name: "site-connection", method: http.MethodPost, path: licensing + "/site-connection",
		auth: authLicensing, body: bodyJSON | bodyForm, fields: []string{"url", "local_user"},
		handle: (*Server).siteConnection,
	},

	{
		name: "sandbox-approve", method: http.MethodGet, path: "/sandbox/approve",
		body: bodyNone, query: []string{"site", "partner_redirect"},
		handle: (*Server).approve,
	},
	{
		name: "sandbox-state", method: http.MethodGet, path: "/sandbox/state",
		body:   bodyNone,
		handle: (*Server).showState,
	},
	{
		name: "sandbox-faults", method: http.MethodPost, path: "/sandbox/faults",
		body:   bodyText,
		handle: (*Server).setFaults,
	},
}

// isControl reports whether the endpoint is one of the sandbox's own. Faults and latency don't
// apply to those.
func (e *endpoint) isControl() bool { return strings.HasPrefix(e.path, "/sandbox/") }

// errorStyle returns the form of the endpoint's errors.
func (e *endpoint) errorStyle() errorStyle { return errorStyleOf(e.path) }

// faultCalls returns the names that a fault may have before its colon.
func faultCalls() []string {
	names := []string{"any"}
	for _, e := range endpoints {
		if !e.isControl() {
			names = append(names, e.name)
		}
	}
	return names
}

// findEndpoint returns the endpoint for r and the values of the variables in its path. If no
// endpoint matches, found is nil and allowed holds the methods that the path allows.
func findEndpoint(
	r *http.Request,
) (found *endpoint, vars map[string]string, allowed []string) {
	for i := range endpoints {
		e := &endpoints[i]
		v, ok := matchPath(e.path, r.URL.EscapedPath())
		if !ok {
			continue
		}
		if e.method == r.Method {
			return e, v, nil
		}
		allowed = append(allowed, e.method)
	}
	return nil, nil, allowed
}

// matchPath reports whether an escaped path matches the pattern, and returns the values of the
// pattern's variables.
func matchPath(pattern, path string) (map[string]string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	vars := map[string]string{}
	for i, w := range want {
		// Unescape each segment by itself, so that an escaped slash can't separate segments.
		h, err := url.PathUnescape(have[i])
		if err != nil {
			return nil, false
		}
		if name, ok := strings.CutPrefix(w, "{"); ok {
			if h == "" {
				return nil, false
			}
			vars[strings.TrimSuffix(name, "}")] = h
		} else if w != h {
			return nil, false
		}
	}
	return vars, true
}
