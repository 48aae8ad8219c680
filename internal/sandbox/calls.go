package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

type authKind int

const (
	authNone authKind = iota
	authPartner
	authLicensing
)

// call is one row of the table of what is served.
type call struct {
	name   string // as in faults and in the log
	method string
	path   string // {name} stands for one segment
	auth   authKind
	body   bodyKind
	fields []string
	query  []string
	style  errorStyle
	handle func(*Server, *exchange) (any, error)
}

// control is true for the sandbox's own endpoints: no fault and no latency touches them.
func (c *call) control() bool { return strings.HasPrefix(c.path, "/sandbox/") }

const (
	jpphp     = "/rest/v1.3/jpphp/"
	licensing = "/wpcom/v2/jetpack-licensing"
)

func callTable() []call {
	post, get, del := http.MethodPost, http.MethodGet, http.MethodDelete
	envelope := []string{"http_envelope", "pretty"}
	ssh := []string{"ssh_user", "ssh_pass", "ssh_private_key", "ssh_host", "ssh_port"}
	ftp := []string{"ftp_user", "ftp_pass", "ftp_host", "ftp_port"}
	provision := slices.Concat([]string{
		"siteurl", "local_user", "plan", "force_register", "force_connect", "onboarding",
		"wpcom_user_id", "wpcom_user_email", "home_url",
	}, ssh, ftp)
	limits := []string{
		"name", "allowed_personal_plans", "allowed_premium_plans", "allowed_professional_plans",
		"notes",
	}
	grant := []string{"grant_type", "scope", "client_id", "client_secret"}
	return []call{
		{
			"token", post, "/oauth2/token", authNone, bodyForm, grant, nil, styleOAuth,
			(*Server).token,
		},
		{
			"provision", post, jpphp + "provision", authPartner, bodyMultipart, provision,
			[]string{"partner-tracking-id"},
			styleStart, (*Server).provision,
		},
		{
			"cancel", post, jpphp + "{site}/partner-cancel", authPartner, bodyForm | bodyNone,
			[]string{"plan", "cancel-all"},
			append([]string{"partner_tracking_id"}, envelope...),
			styleStart, (*Server).cancel,
		},
		{
			"status", get, "/rest/v1.4/jpphp/{site}/status", authPartner, bodyNone, nil, envelope,
			styleStart, (*Server).status,
		},
		{
			"upgrade-paths", get, jpphp + "{site}/upgrade-paths", authPartner, bodyNone, nil, nil,
			styleStart, (*Server).upgradePaths,
		},
		{
			"ssh-credentials", post, jpphp + "{blog_id}/ssh-credentials", authPartner, bodyForm,
			ssh, nil, styleStart, (*Server).sshCredentials,
		},
		{
			"ftp-credentials", post, jpphp + "{blog_id}/ftp-credentials", authPartner, bodyForm,
			ftp, nil, styleStart, (*Server).ftpCredentials,
		},
		{
			"magic-link", post, jpphp + "mobile-magic-link", authPartner, bodyForm,
			[]string{"email"},
			nil, styleStart, (*Server).magicLink,
		},
		{
			"errors", get, jpphp + "errors", authNone, bodyNone, nil,
			[]string{"verbose"},
			styleStart, (*Server).errorList,
		},
		{
			"partner-keys-verify", post, jpphp + "partner-keys/verify", authPartner,
			bodyForm | bodyNone, nil, nil, styleStart, (*Server).verifyKey,
		},
		{
			"partner-keys-new", post, jpphp + "partner-keys/new", authPartner, bodyForm, limits,
			nil, styleStart, (*Server).newKey,
		},

		{
			"license-issue", post, licensing + "/license", authLicensing, bodyJSON | bodyNone,
			[]string{"product"},
			[]string{"product"},
			styleLicensing, (*Server).issueLicense,
		},
		{
			"license-show", get, licensing + "/license", authLicensing, bodyNone, nil,
			[]string{"license_key"},
			styleLicensing, (*Server).showLicense,
		},
		{
			"license-revoke", del, licensing + "/license", authLicensing, bodyNone, nil,
			[]string{"license_key"},
			styleLicensing, (*Server).revokeLicense,
		},
		{
			"license-attach", post, licensing + "/license/{license_key}/site", authLicensing,
			bodyJSON,
			[]string{"site"},
			nil, styleLicensing, (*Server).attachLicense,
		},
		{
			"license-detach", del, licensing + "/license/{license_key}/site", authLicensing,
			bodyNone, nil,
			[]string{"cancellation_email"},
			styleLicensing, (*Server).detachLicense,
		},
		{
			"product-families", get, licensing + "/product-families", authNone, bodyNone, nil, nil,
			styleLicensing, (*Server).productFamilies,
		},
		{
			"partner-product-families", get, licensing + "/partner/product-families", authLicensing,
			bodyNone, nil, nil, styleLicensing, (*Server).partnerProductFamilies,
		},
		{
			"site-connection", post, licensing + "/site-connection", authLicensing,
			bodyJSON | bodyForm,
			[]string{"url", "local_user"},
			nil, styleLicensing,
			(*Server).siteConnection,
		},

		{
			"sandbox-approve", get, "/sandbox/approve", authNone, bodyNone, nil,
			[]string{"site", "partner_redirect"},
			styleStart, (*Server).approve,
		},
		{
			"sandbox-state", get, "/sandbox/state", authNone, bodyNone, nil, nil, styleStart,
			(*Server).showState,
		},
		{
			"sandbox-faults", post, "/sandbox/faults", authNone, bodyText, nil, nil, styleStart,
			(*Server).setFaults,
		},
	}
}

// faultCalls are the names that a fault may have before its colon.
func faultCalls() []string {
	names := []string{"any"}
	for _, c := range callTable() {
		if !c.control() {
			names = append(names, c.name)
		}
	}
	return names
}

// match finds the call for a request. Without one, allowed lists the methods
// that the path would take; it is empty where the path is unknown.
func (s *Server) match(r *http.Request) (found *call, vars map[string]string, allowed []string) {
	for i := range s.calls {
		c := &s.calls[i]
		v, ok := matchPath(c.path, r.URL.EscapedPath())
		if !ok {
			continue
		}
		if c.method == r.Method {
			return c, v, nil
		}
		allowed = append(allowed, c.method)
	}
	return nil, nil, allowed
}

func matchPath(pattern, path string) (map[string]string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	vars := map[string]string{}
	for i, w := range want {
		// Unescaped segment by segment: an escaped slash must not make a new one.
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
