package sandbox

import (
	"errors"
	"net/http"
	"net/url"
)

// siteConnection answers POST /site-connection, whose body is JSON in the
// OpenAPI description and a form in the guide. previously_connected leaves
// the site unconnected: it isn't a connection.
func (s *Server) siteConnection(x *exchange) (any, error) {
	f := x.fields
	for _, name := range []string{"url", "local_user"} {
		if f[name] == "" {
			return nil, missing(name)
		}
	}
	if u, err := url.Parse(f["url"]); err != nil || !isWebURL(u) {
		return nil, invalidInput(
			x.call, `Invalid parameter(s): url. It must be an http or https URL`,
		)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := siteKey(f["url"])
	type connection struct {
		Code   string `json:"code"`
		BlogID int64  `json:"blog_id"`
	}
	if at := s.st.Sites[key]; at != nil && at.Connected {
		return connection{"already_connected", at.BlogID}, nil
	}
	if at := s.st.Sites[key]; at != nil && at.State == "previously-connected" {
		return connection{"previously_connected", at.BlogID}, nil
	}
	what, err := s.siteTrouble(key, false)
	if err == nil && what.unresolved {
		err = documented("site_inaccessible")
	}
	var no *apiError
	if errors.As(err, &no) {
		no.status = http.StatusForbidden // as the guide says of any error here
		return nil, no
	}
	at := s.siteAt(key)
	at.Known, at.Registered, at.Connected = true, true, true
	at.URL, at.LocalUser = f["url"], f["local_user"]
	s.giveBlogID(at)
	for _, a := range s.activationsOf(key) {
		a.Pending = false
	}
	return connection{"success", at.BlogID}, s.changed(x)
}
