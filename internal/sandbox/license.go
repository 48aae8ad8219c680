package sandbox

import (
	"slices"
	"strings"
	"time"
)

// license is a license of the Licensing API.
type license struct {
	ID       int64      `json:"license_id"`
	Key      string     `json:"license_key"`
	Product  string     `json:"product"`
	Owner    string     `json:"owner"` // the ID of the partner that issued it
	Issued   time.Time  `json:"issued_at"`
	Attached *time.Time `json:"attached_at"`
	Revoked  *time.Time `json:"revoked_at"`
	BlogID   int64      `json:"blog_id"` // 0 if the license is attached to no site
	Site     string     `json:"site"`
}

// keySuffixLen is the number of letters and digits that follow the product's slug and _ in a
// license key.
const keySuffixLen = 25

// licenseResponse has the properties of License in the OpenAPI description.
type licenseResponse struct {
	ID      int64   `json:"license_id"`
	Key     string  `json:"license_key"`
	Issued  string  `json:"issued_at"`
	Revoked *string `json:"revoked_at"`
}

func (l *license) response() licenseResponse {
	resp := licenseResponse{ID: l.ID, Key: l.Key, Issued: formatTime(l.Issued)}
	if l.Revoked != nil {
		revoked := formatTime(*l.Revoked)
		resp.Revoked = &revoked
	}
	return resp
}

// formatTime formats a time as in the example of the integration guide. The OpenAPI description
// has the format date-time and no example.
func formatTime(t time.Time) string { return t.UTC().Format(time.DateTime) }

// issueLicense handles POST /license. The product is a member of the JSON body, as in the OpenAPI
// description, or a query parameter, as in the integration guide. Each call issues a license: the
// API has no idempotency keys.
func (s *Server) issueLicense(x *exchange) (any, error) {
	slug, inBody := x.fields["product"]
	if fromQuery, inQuery := x.query["product"]; inQuery {
		if inBody {
			return nil, invalidInput(x.endpoint, `"product" is in the body and in the query`)
		}
		slug = fromQuery
	}
	if slug == "" {
		return nil, missingParam("product")
	}
	isSlug := func(p licensedProduct) bool { return p.slug == slug }
	if !slices.ContainsFunc(licensedProducts, isSlug) {
		return nil, invalidInput(
			x.endpoint, "Invalid parameter(s): product. %s is not a product", slug,
		)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	suffix, err := s.random(keySuffixLen)
	if err != nil {
		return nil, err
	}
	l := &license{
		ID:      s.state.NextLicense,
		Key:     slug + "_" + suffix,
		Product: slug,
		Owner:   x.owner,
		Issued:  s.cfg.Now(),
	}
	s.state.NextLicense++
	s.state.Licenses = append(s.state.Licenses, l)
	return l.response(), s.commit(x)
}

// findLicense returns the license with the given key if it belongs to the calling token. The
// caller must hold s.mu.
func (s *Server) findLicense(x *exchange, key string) (*license, error) {
	if key == "" {
		return nil, missingParam("license_key")
	}
	i := slices.IndexFunc(s.state.Licenses, func(l *license) bool {
		return l.Key == key && l.Owner == x.owner
	})
	if i < 0 {
		// The same for another partner's license, so that nobody can find out which keys exist.
		return nil, &apiError{
			status:  403,
			code:    "invalid_license_key",
			message: "The license key is not one of yours",
		}
	}
	return s.state.Licenses[i], nil
}

// showLicense handles GET /license.
func (s *Server) showLicense(x *exchange) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.findLicense(x, x.query["license_key"])
	if err != nil {
		return nil, err
	}
	return l.response(), nil
}

// revokeLicense handles DELETE /license. A license can be revoked only once, and for good.
func (s *Server) revokeLicense(x *exchange) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.findLicense(x, x.query["license_key"])
	if err != nil {
		return nil, err
	}
	if l.Revoked != nil {
		return nil, licenseRevoked()
	}
	now := s.cfg.Now()
	l.Revoked, l.Attached, l.BlogID, l.Site = &now, nil, 0, ""
	return l.response(), s.commit(x)
}

// attachLicense handles POST /license/{license_key}/site. The site is a URL, a blog ID or
// domain::path, and must be connected.
func (s *Server) attachLicense(x *exchange) (any, error) {
	name := x.fields["site"]
	if name == "" {
		return nil, missingParam("site")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.findLicense(x, x.vars["license_key"])
	if err != nil {
		return nil, err
	}
	if strings.Contains(name, "://") {
		name = siteKey(name)
	}
	target, err := s.lookUpSite(name)
	switch {
	case l.Revoked != nil:
		return nil, licenseRevoked()
	case err != nil || !target.Connected:
		return nil, &apiError{
			status:  400,
			code:    "invalid_site",
			message: "The site is not a connected Jetpack site",
		}
	case l.BlogID == target.BlogID:
		return l.response(), nil
	case l.BlogID != 0:
		return nil, &apiError{
			status:  400,
			code:    "license_already_attached",
			message: "The license is attached to another site",
		}
	}
	now := s.cfg.Now()
	l.Attached, l.BlogID, l.Site = &now, target.BlogID, target.Key
	return l.response(), s.commit(x)
}

// detachLicense handles DELETE /license/{license_key}/site.
func (s *Server) detachLicense(x *exchange) (any, error) {
	if v, sent := x.query["cancellation_email"]; sent && v != "0" && v != "1" {
		return nil, invalidInput(x.endpoint, `"cancellation_email" must be 0 or 1`)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.findLicense(x, x.vars["license_key"])
	switch {
	case err != nil:
		return nil, err
	case l.Revoked != nil:
		return nil, licenseRevoked()
	case l.BlogID == 0:
		return nil, &apiError{
			status:  400,
			code:    "license_not_attached",
			message: "The license is attached to no site",
		}
	}
	l.Attached, l.BlogID, l.Site = nil, 0, ""
	return l.response(), s.commit(x)
}

func licenseRevoked() *apiError {
	return &apiError{status: 400, code: "license_revoked", message: "The license was revoked"}
}

func missingParam(name string) *apiError {
	return &apiError{
		status:  400,
		code:    "rest_missing_callback_param",
		message: "Missing parameter(s): " + name,
	}
}
