package sandbox

import (
	"cmp"
	"net/http"
	"strings"
)

// siteInfo handles GET /rest/v1.1/sites/{site}, which is only answered for a connected site
// (determining-connection-status.md). The codes of its errors are the sandbox's decision.
func (s *Server) siteInfo(x *exchange) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	target, err := s.lookUpSite(x.vars["site"])
	if err != nil {
		return nil, &apiError{
			status: http.StatusNotFound, code: "unknown_blog", message: "Unknown blog",
		}
	}
	if !target.Connected {
		return nil, &apiError{
			status: http.StatusForbidden, code: "unauthorized",
			message: "User cannot access this private blog.",
		}
	}
	url := cmp.Or(target.URL, "https://"+strings.ReplaceAll(target.Key, "::", "/"))
	return struct {
		ID      int64  `json:"ID"`
		URL     string `json:"URL"`
		Jetpack bool   `json:"jetpack"`
	}{target.BlogID, url, true}, nil
}
