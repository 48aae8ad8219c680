package sandbox

import (
	"fmt"
	"strconv"
)

// site is what the API knows about a site.
type site struct {
	Key        string `json:"site"`
	URL        string `json:"siteurl,omitempty"` // as in the last call
	State      string `json:"state"`             // a key of siteStates
	BlogID     int64  `json:"blog_id,omitempty"`
	Known      bool   `json:"known"` // calls that name the site can find it
	Registered bool   `json:"registered"`
	Connected  bool   `json:"is_connected"`
	SSH        bool   `json:"ssh_credentials"`
	FTP        bool   `json:"ftp_credentials"`
	LocalUser  string `json:"local_user,omitempty"`
	BlogToken  string `json:"blog_token,omitempty"`
}

// addSites adds the configured sites to the state.
func (s *Server) addSites() error {
	seen := map[string]bool{}
	var added []siteSpec
	for _, text := range s.cfg.Sites {
		spec, err := parseSite(text)
		if err != nil {
			return err
		}
		if seen[spec.site.Key] {
			return fmt.Errorf("site %q is given twice", spec.site.Key)
		}
		seen[spec.site.Key] = true
		if len(spec.plans) > 0 && len(s.state.Order) == 0 {
			return fmt.Errorf("site %q: plan= needs a partner", text)
		}
		if s.state.Sites[spec.site.Key] == nil {
			added = append(added, spec)
		}
	}
	// Add all sites with a configured blog ID before assigning IDs to the others.
	for _, spec := range added {
		if other := s.siteByBlogID(spec.site.BlogID); other != nil {
			return fmt.Errorf(
				"sites %q and %q have the same blog ID %d", other.Key, spec.site.Key,
				spec.site.BlogID,
			)
		}
		s.state.Sites[spec.site.Key] = &spec.site
	}
	for _, spec := range added {
		s.addConfiguredPlans(s.state.Sites[spec.site.Key], spec.plans)
	}
	return nil
}

// addConfiguredPlans adds the plans that a configured site starts with. The first partner has
// provisioned them, except for the plan of a site in the state foreign-plan.
func (s *Server) addConfiguredPlans(target *site, plans []string) {
	if target.Registered {
		s.assignBlogID(target)
	}
	if target.State == "foreign-plan" {
		s.state.Activations = append(s.state.Activations, &activation{
			Site:  target.Key,
			Plan:  foreignPlan,
			Since: s.cfg.Now(),
		})
	}
	for _, plan := range plans {
		s.state.Activations = append(s.state.Activations, &activation{
			Site:    target.Key,
			Plan:    plan,
			Partner: s.state.Order[0],
			Pending: !target.Connected,
			Since:   s.cfg.Now(),
		})
		target.Known = true
	}
}

// assignBlogID assigns a blog ID to a site that has none. The caller must hold s.mu, or be New.
func (s *Server) assignBlogID(target *site) {
	if target.BlogID != 0 {
		return
	}
	for s.siteByBlogID(s.state.NextBlogID) != nil {
		s.state.NextBlogID++
	}
	target.BlogID = s.state.NextBlogID
	s.state.NextBlogID++
}

// siteByBlogID returns the site with the given blog ID, nil if there is none or id is 0. The caller
// must hold s.mu, or be New.
func (s *Server) siteByBlogID(id int64) *site {
	if id == 0 {
		return nil
	}
	for _, known := range s.state.Sites {
		if known.BlogID == id {
			return known
		}
	}
	return nil
}

// findOrAddSite returns the site with the given key, and adds it if there is none. The caller must
// hold s.mu.
func (s *Server) findOrAddSite(key string) *site {
	found := s.state.Sites[key]
	if found == nil {
		found = &site{Key: key, State: "new"}
		s.state.Sites[key] = found
	}
	return found
}

// lookUpSite returns the known site with the given name, a blog ID or domain::path. The caller must
// hold s.mu.
func (s *Server) lookUpSite(name string) (*site, error) {
	if isDigits(name) {
		id, err := strconv.ParseInt(name, 10, 64)
		if found := s.siteByBlogID(id); err == nil && found != nil && found.Known {
			return found, nil
		}
		return nil, documentedError("invalid_blog", name)
	}
	if found := s.state.Sites[siteKeyFromPath(name)]; found != nil && found.Known {
		return found, nil
	}
	return nil, documentedError("unknown_blog")
}
