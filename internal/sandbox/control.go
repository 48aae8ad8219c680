package sandbox

import (
	"fmt"
	"maps"
	"net/url"
	"strings"

	"jetpack-start/internal/plainjson"
)

// approve handles GET /sandbox/approve, the default next_url. The visit is the user's approval: it
// connects the site and activates its pending plans.
func (s *Server) approve(x *exchange) (any, error) {
	back := x.query["partner_redirect"]
	if back != "" {
		if u, err := url.Parse(back); err != nil || !isWebURL(u) {
			return nil, invalidInput(x.endpoint, `"partner_redirect" must be an http or https URL`)
		}
	}
	key := siteKey(x.query["site"])
	s.mu.Lock()
	target := s.state.Sites[key]
	known := target != nil && target.Known
	s.mu.Unlock()
	if !known {
		return nil, documentedError("unknown_blog")
	}
	if s.cfg.CallSites {
		unlock := s.siteLocks.lock(key)
		defer unlock()
		if err := s.connectRemotely(x, key); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	activated := []string{}
	for _, a := range s.activationsOf(key) {
		if a.Pending {
			a.Pending = false
			activated = append(activated, a.Plan)
		}
	}
	target.Registered, target.Connected = true, true
	if target.State == "unresolved" {
		target.State = "connected" // or the next provision call would disconnect it
	}
	s.assignBlogID(target)
	if err := s.commit(x); err != nil {
		return nil, err
	}
	if back != "" {
		return redirect(back), nil
	}
	return struct {
		Success   bool     `json:"success"`
		Site      string   `json:"site"`
		BlogID    int64    `json:"blog_id"`
		Activated []string `json:"activated"`
	}{true, key, target.BlogID, activated}, nil
}

// shownState is the response of GET /sandbox/state. It holds no secrets.
type shownState struct {
	Sites       map[string]site           `json:"sites"`
	Activations []activation              `json:"activations"`
	ByPartner   map[string]map[string]int `json:"activations_by_partner"`
	Licenses    []license                 `json:"licenses"`
	Partners    []partner                 `json:"partners"`
	Counts      map[string]int            `json:"counts"`
	Calls       map[string]int            `json:"calls"`
}

// showState handles GET /sandbox/state, with which tests compare the client's view and the API's.
func (s *Server) showState(*exchange) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleteExpired()
	shown := shownState{
		Sites:       map[string]site{},
		Activations: []activation{},
		ByPartner:   map[string]map[string]int{},
		Licenses:    []license{},
		Partners:    []partner{},
		Counts:      s.counts(),
		Calls:       maps.Clone(s.callCounts),
	}
	for key, known := range s.state.Sites {
		masked := *known
		masked.BlogToken = mask(known.BlogToken)
		shown.Sites[key] = masked
	}
	for _, a := range s.state.Activations {
		shown.Activations = append(shown.Activations, *a)
		if shown.ByPartner[a.Partner] == nil {
			shown.ByPartner[a.Partner] = map[string]int{}
		}
		shown.ByPartner[a.Partner][a.Plan]++
	}
	for _, l := range s.state.Licenses {
		shown.Licenses = append(shown.Licenses, *l)
	}
	for _, id := range s.state.Order {
		masked := *s.state.Partners[id]
		masked.Secret, masked.Token = mask(masked.Secret), mask(masked.Token)
		shown.Partners = append(shown.Partners, masked)
	}
	raw, err := plainjson.Marshal(shown)
	return rawJSON(raw), err
}

// counts returns the counts of GET /sandbox/state. The caller must hold s.mu.
func (s *Server) counts() map[string]int {
	counts := map[string]int{
		"activations":           len(s.state.Activations),
		"activations_made":      s.state.Made,
		"activations_cancelled": s.state.Cancelled,
		"licenses":              len(s.state.Licenses),
	}
	for _, a := range s.state.Activations {
		if a.Pending {
			counts["pending"]++
		}
	}
	for _, l := range s.state.Licenses {
		if l.Revoked != nil {
			counts["licenses_revoked"]++
		}
	}
	return counts
}

// mask returns a placeholder for a secret, "" if there is none.
func mask(secret string) string {
	if secret == "" {
		return ""
	}
	return redacted
}

// setFaults handles POST /sandbox/faults: it replaces the faults by those in the body, one on each
// line. Empty lines are skipped.
func (s *Server) setFaults(x *exchange) (any, error) {
	var specs []string
	for line := range strings.Lines(x.text) {
		if line = strings.TrimSpace(line); line != "" {
			specs = append(specs, line)
		}
	}
	if err := s.faults.replace(specs); err != nil {
		return nil, invalidInput(x.endpoint, "%s", err)
	}
	return map[string]string{"faults": fmt.Sprint(len(specs))}, nil
}
