package sandbox

import (
	"errors"
	"net/http"
	"net/url"
)

// siteConnection handles POST /site-connection. The body is JSON in the OpenAPI description and a
// form in the integration guide; both are accepted. previously_connected leaves the site
// unconnected.
func (s *Server) siteConnection(x *exchange) (any, error) {
	f := x.fields
	for _, name := range []string{"url", "local_user"} {
		if f[name] == "" {
			return nil, missingParam(name)
		}
	}
	if u, err := url.Parse(f["url"]); err != nil || !isWebURL(u) {
		return nil, invalidInput(
			x.endpoint, "Invalid parameter(s): url. It must be an http or https URL",
		)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := siteKey(f["url"])
	type response struct {
		Code   string `json:"code"`
		BlogID int64  `json:"blog_id"`
	}
	if known := s.state.Sites[key]; known != nil && known.Connected {
		return response{"already_connected", known.BlogID}, nil
	} else if known != nil && known.State == "previously-connected" {
		return response{"previously_connected", known.BlogID}, nil
	}
	result, err := s.configuredResult(key, false)
	if err == nil && result.unresolved {
		err = documentedError("site_inaccessible")
	}
	var apiErr *apiError
	if errors.As(err, &apiErr) {
		apiErr.status = http.StatusForbidden // the guide documents it for all errors of this call
		return nil, apiErr
	}
	target := s.findOrAddSite(key)
	target.Known, target.Registered, target.Connected = true, true, true
	target.URL, target.LocalUser = f["url"], f["local_user"]
	s.assignBlogID(target)
	for _, a := range s.activationsOf(key) {
		a.Pending = false
	}
	return response{"success", target.BlogID}, s.commit(x)
}
