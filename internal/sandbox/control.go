package sandbox

import (
	"fmt"
	"net/url"
	"strings"
)

// approve is the sandbox's own next_url: visiting it is the user's approval.
// It connects the site and starts what is pending.
func (s *Server) approve(x *exchange) (any, error) {
	back := x.query["partner_redirect"]
	if back != "" {
		if u, err := url.Parse(back); err != nil || !isWebURL(u) {
			return nil, invalidInput(x.call, `"partner_redirect" must be an http or https URL`)
		}
	}
	key := siteKey(x.query["site"])
	s.mu.Lock()
	at := s.st.Sites[key]
	known := at != nil && at.Known
	s.mu.Unlock()
	if !known {
		return nil, documented("unknown_blog")
	}
	if s.cfg.CallSites {
		unlock := s.locks.lock(key)
		defer unlock()
		if err := s.connectSite(x, key); err != nil {
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
	at.Registered, at.Connected = true, true
	if at.State == "unresolved" {
		at.State = "connected" // else the next provision call would undo it
	}
	s.giveBlogID(at)
	if err := s.changed(x); err != nil {
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
	}{true, key, at.BlogID, activated}, nil
}

// showState is for tests, which count on both sides. It holds no secret.
func (s *Server) showState(*exchange) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.activationsOf("") // drops what has expired
	counts := map[string]int{
		"activations":           len(s.st.Activations),
		"activations_made":      s.st.Made,
		"activations_cancelled": s.st.Cancelled,
		"licenses":              len(s.st.Licenses),
	}
	for _, a := range s.st.Activations {
		if a.Pending {
			counts["pending"]++
		}
	}
	for _, l := range s.st.Licenses {
		if l.Revoked != nil {
			counts["licenses_revoked"]++
		}
	}
	shown := struct {
		Sites       map[string]site           `json:"sites"`
		Activations []activation              `json:"activations"`
		ByPartner   map[string]map[string]int `json:"activations_by_partner"`
		Licenses    []license                 `json:"licenses"`
		Partners    []partner                 `json:"partners"`
		Counts      map[string]int            `json:"counts"`
		Calls       map[string]int            `json:"calls"`
	}{map[string]site{}, []activation{}, map[string]map[string]int{}, []license{}, []partner{}, counts, map[string]int{}}
	for key, at := range s.st.Sites {
		copied := *at
		copied.BlogToken = mask(at.BlogToken)
		shown.Sites[key] = copied
	}
	for _, a := range s.st.Activations {
		shown.Activations = append(shown.Activations, *a)
		if shown.ByPartner[a.Partner] == nil {
			shown.ByPartner[a.Partner] = map[string]int{}
		}
		shown.ByPartner[a.Partner][a.Plan]++
	}
	for _, l := range s.st.Licenses {
		shown.Licenses = append(shown.Licenses, *l)
	}
	for _, id := range s.st.Order {
		copied := *s.st.Partners[id]
		copied.Secret, copied.Token = mask(copied.Secret), mask(copied.Token)
		shown.Partners = append(shown.Partners, copied)
	}
	for name, n := range s.seen {
		shown.Calls[name] = n
	}
	return plainJSON(unescapeSlashes(encode(shown))), nil
}

func mask(secret string) string {
	if secret == "" {
		return ""
	}
	return redacted
}

// setFaults replaces the queue: one fault a line, empty lines skipped.
func (s *Server) setFaults(x *exchange) (any, error) {
	var specs []string
	for line := range strings.Lines(x.text) {
		if line = strings.TrimSpace(line); line != "" {
			specs = append(specs, line)
		}
	}
	if err := s.faults.replace(specs); err != nil {
		return nil, invalidInput(x.call, "%s", err)
	}
	return map[string]string{"faults": fmt.Sprint(len(specs))}, nil
}
