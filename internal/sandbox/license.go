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
	Owner    string     `json:"owner"` // the partner whose token issued it
	Issued   time.Time  `json:"issued_at"`
	Attached *time.Time `json:"attached_at"`
	Revoked  *time.Time `json:"revoked_at"`
	BlogID   int64      `json:"blog_id"` // 0: attached to no site
	Site     string     `json:"site"`
}

// keyRandom is how many letters and digits follow the slug and _ in a key.
const keyRandom = 25

// licenseAnswer has the properties of the OpenAPI description.
type licenseAnswer struct {
	ID      int64   `json:"license_id"`
	Key     string  `json:"license_key"`
	Issued  string  `json:"issued_at"`
	Revoked *string `json:"revoked_at"`
}

func (l *license) answer() licenseAnswer {
	out := licenseAnswer{ID: l.ID, Key: l.Key, Issued: wpTime(l.Issued)}
	if l.Revoked != nil {
		at := wpTime(*l.Revoked)
		out.Revoked = &at
	}
	return out
}

// wpTime is how the integration guide's example shows a time; the OpenAPI
// description says date-time without an example.
func wpTime(t time.Time) string { return t.UTC().Format(time.DateTime) }

// issueLicense takes product from the JSON body or the query: the description
// and the guide differ. Each call makes a license; there is no idempotency key.
func (s *Server) issueLicense(x *exchange) (any, error) {
	slug, inBody := x.fields["product"]
	if fromQuery, inQuery := x.query["product"]; inQuery {
		if inBody {
			return nil, invalidInput(x.call, `"product" is in the body and in the query`)
		}
		slug = fromQuery
	}
	if slug == "" {
		return nil, missing("product")
	}
	if !slices.ContainsFunc(licensed(), func(p licensedProduct) bool { return p.slug == slug }) {
		return nil, invalidInput(x.call, "Invalid parameter(s): product. %s is not a product", slug)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tail, err := s.random(keyRandom)
	if err != nil {
		return nil, err
	}
	l := &license{
		ID:      s.st.NextLicense,
		Key:     slug + "_" + tail,
		Product: slug,
		Owner:   x.owner,
		Issued:  s.cfg.Now(),
	}
	s.st.NextLicense++
	s.st.Licenses = append(s.st.Licenses, l)
	return l.answer(), s.changed(x)
}

func missing(field string) *apiError {
	return &apiError{
		status:  400,
		code:    "rest_missing_callback_param",
		message: "Missing parameter(s): " + field,
	}
}

// licenseOf finds a license of the calling token; the caller holds the lock.
func (s *Server) licenseOf(x *exchange, key string) (*license, error) {
	if key == "" {
		return nil, missing("license_key")
	}
	i := slices.IndexFunc(
		s.st.Licenses, func(l *license) bool { return l.Key == key && l.Owner == x.owner },
	)
	if i < 0 {
		// Another partner's license must not be told from one that isn't there.
		return nil, &apiError{
			status:  403,
			code:    "invalid_license_key",
			message: "The license key is not one of yours",
		}
	}
	return s.st.Licenses[i], nil
}

func (s *Server) showLicense(x *exchange) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.licenseOf(x, x.query["license_key"])
	if err != nil {
		return nil, err
	}
	return l.answer(), nil
}

// revokeLicense is for good. A second time it is refused and changes nothing.
func (s *Server) revokeLicense(x *exchange) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.licenseOf(x, x.query["license_key"])
	if err != nil {
		return nil, err
	}
	if l.Revoked != nil {
		return nil, revoked()
	}
	now := s.cfg.Now()
	l.Revoked, l.Attached, l.BlogID, l.Site = &now, nil, 0, ""
	return l.answer(), s.changed(x)
}

func revoked() *apiError {
	return &apiError{status: 400, code: "license_revoked", message: "The license was revoked"}
}

// attachLicense takes a site as an absolute URL, a blog ID or domain::path;
// the site must be connected.
func (s *Server) attachLicense(x *exchange) (any, error) {
	named := x.fields["site"]
	if named == "" {
		return nil, missing("site")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.licenseOf(x, x.vars["license_key"])
	if err != nil {
		return nil, err
	}
	if strings.Contains(named, "://") {
		named = siteKey(named)
	}
	at, err := s.lookup(named)
	switch {
	case l.Revoked != nil:
		return nil, revoked()
	case err != nil || !at.Connected:
		return nil, &apiError{
			status:  400,
			code:    "invalid_site",
			message: "The site is not a connected Jetpack site",
		}
	case l.BlogID == at.BlogID:
		return l.answer(), nil
	case l.BlogID != 0:
		return nil, &apiError{
			status:  400,
			code:    "license_already_attached",
			message: "The license is attached to another site",
		}
	}
	now := s.cfg.Now()
	l.Attached, l.BlogID, l.Site = &now, at.BlogID, at.Key
	return l.answer(), s.changed(x)
}

func (s *Server) detachLicense(x *exchange) (any, error) {
	if v, there := x.query["cancellation_email"]; there && v != "0" && v != "1" {
		return nil, invalidInput(x.call, `"cancellation_email" must be 0 or 1`)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := s.licenseOf(x, x.vars["license_key"])
	switch {
	case err != nil:
		return nil, err
	case l.Revoked != nil:
		return nil, revoked()
	case l.BlogID == 0:
		return nil, &apiError{
			status:  400,
			code:    "license_not_attached",
			message: "The license is attached to no site",
		}
	}
	l.Attached, l.BlogID, l.Site = nil, 0, ""
	return l.answer(), s.changed(x)
}
