package sandbox

import (
	"net/http"
	"net/url"
	"strings"
)

// provisionResponse is the response to a provision call (plan-provisioning.md).
type provisionResponse struct {
	Success      bool    `json:"success"`
	NextURL      string  `json:"next_url"`
	AuthRequired bool    `json:"auth_required"`
	AccessToken  string  `json:"access_token,omitempty"`
	SSHSet       *bool   `json:"ssh_set,omitempty"`
	SSHError     *string `json:"ssh_error,omitempty"`
	FTPSet       *bool   `json:"ftp_set,omitempty"`
	FTPError     *string `json:"ftp_error,omitempty"`
}

// siteResult is what the API found out about a site during a provision call.
type siteResult struct {
	unresolved bool // the host name doesn't resolve, or nothing listens there
	connected  bool
}

// provision handles POST …/provision.
func (s *Server) provision(x *exchange) (any, error) {
	if err := checkProvision(x); err != nil {
		return nil, err
	}
	key := siteKey(x.fields["siteurl"])
	plan, _ := findProduct(x.fields["plan"])
	if s.cfg.CallSites {
		return s.provisionCallingSite(x, key, plan)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkActivation(x.partner, key, plan); err != nil {
		return nil, err
	}
	result, err := s.configuredResult(key, isTrue(x.fields["force_register"]))
	if err != nil {
		return nil, err
	}
	return s.finishProvision(x, key, plan, result)
}

// provisionCallingSite handles a provision call with Config.CallSites. It doesn't call the site if
// the plan can't be activated anyway.
func (s *Server) provisionCallingSite(x *exchange, key string, plan product) (any, error) {
	// Two calls at the same time would register the site twice.
	unlock := s.siteLocks.lock(key)
	defer unlock()
	s.mu.Lock()
	err := s.checkActivation(x.partner, key, plan)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	result, err := s.provisionRemotely(x, key)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Check again: s.mu was unlocked in between.
	if err := s.checkActivation(x.partner, key, plan); err != nil {
		return nil, err
	}
	return s.finishProvision(x, key, plan, result)
}

// configuredResult returns the result that the configured state of a site determines. The caller
// must hold s.mu.
func (s *Server) configuredResult(key string, forceRegister bool) (siteResult, error) {
	target := s.state.Sites[key]
	if target == nil {
		return siteResult{}, nil
	}
	switch target.State {
	case "unresolved":
		return siteResult{unresolved: true}, nil
	case "no-jetpack":
		return siteResult{}, remoteMethodMissing("remoteRegister")
	case "token-mismatch":
		if !forceRegister {
			return siteResult{}, remoteMethodMissing("remoteProvision")
		}
		target.State = "new"
	case "inaccessible":
		return siteResult{}, documentedError("site_inaccessible")
	case "registration-failed":
		return siteResult{}, documentedError("failed_registration_unknown_blog")
	case "no-product-class":
		return siteResult{}, documentedError("could_not_load_product_class")
	case "no-user-token":
		return siteResult{}, documentedError("error_access_token")
	}
	return siteResult{connected: target.Connected}, nil
}

// checkActivation returns an error if p can't activate plan on the site with the given key. The
// caller must hold s.mu.
func (s *Server) checkActivation(p *partner, key string, plan product) error {
	active := s.activationsOf(key)
	for _, a := range active {
		if a.Partner == p.ID && a.Plan == plan.slug {
			if s.cfg.RepeatCode == "" {
				return nil
			}
			return repeatedPlan(s.cfg.RepeatCode, plan)
		}
	}
	for _, a := range active {
		if other, _ := findProduct(a.Plan); other.covers(plan) {
			return documentedError("plan_downgrade_disallowed")
		}
	}
	used := 0
	for _, a := range s.state.Activations {
		if a.Partner == p.ID && a.Plan == plan.slug {
			used++
		}
	}
	if limit, limited := p.Limits[plan.slug]; limited && used >= limit {
		return documentedError("activation_limit_reached", plan.slug)
	}
	return nil
}

// repeatedPlan returns the error for a plan that the partner has on the site. Under the general
// code invalid_input, only the text tells what is wrong (docs/contract.md, "Answers to a
// provision").
func repeatedPlan(code string, plan product) *apiError {
	err := documentedError(code, plan.slug)
	err.status = http.StatusBadRequest
	if code == "invalid_input" {
		err.message = "You already have this plan from this partner."
	}
	return err
}

// finishProvision activates the plan, updates the site, and returns the response. The caller must
// hold s.mu.
func (s *Server) finishProvision(
	x *exchange, key string, plan product, result siteResult,
) (any, error) {
	before := s.snapshot(key)
	f := x.fields
	target := s.findOrAddSite(key)
	target.Known, target.URL, target.LocalUser = true, f["siteurl"], f["local_user"]
	resp := provisionResponse{Success: true, AuthRequired: true}
	if !result.unresolved {
		target.Registered = true
		s.assignBlogID(target)
		target.Connected = result.connected
		if f["wpcom_user_id"] != "" {
			token, err := s.jetpackToken()
			if err != nil {
				return nil, err
			}
			resp.AccessToken, target.Connected = token, true
		}
	}
	s.activate(x.partner, target, plan, result.unresolved || !target.Connected)
	s.storeCredentials(target, f, &resp)
	switch {
	case result.unresolved: // no next_url: the API couldn't register the site
	case target.Connected:
		resp.AuthRequired = false
		resp.NextURL = strings.TrimRight(f["siteurl"], "/") + "/wp-admin/"
	default:
		resp.NextURL = s.nextURL(x, key)
	}
	if s.snapshot(key) == before {
		return resp, nil
	}
	return resp, s.commit(x)
}

// activate adds an activation, and removes those that it replaces. If the partner has the plan on
// the site already, it adds none. Unless pending is set, all pending activations of the site become
// active. The caller must hold s.mu.
func (s *Server) activate(p *partner, target *site, plan product, pending bool) {
	for _, a := range s.activationsOf(target.Key) {
		if !pending {
			a.Pending = false
		}
		if a.Partner == p.ID && a.Plan == plan.slug {
			return
		}
	}
	s.deleteActivations(func(a *activation) bool {
		old, _ := findProduct(a.Plan)
		return a.Site == target.Key && a.Partner == p.ID && plan.replaces(old)
	})
	s.state.Activations = append(s.state.Activations, &activation{
		Site:    target.Key,
		Partner: p.ID,
		Plan:    plan.slug,
		Pending: pending,
		Since:   s.cfg.Now(),
	})
	s.state.Made++
}

// nextURL returns the next_url of a site. It always has a query, because partners append
// &partner_redirect=… to it.
func (s *Server) nextURL(x *exchange, key string) string {
	base := s.cfg.NextURL
	if base == "" {
		base = x.base + "/sandbox/approve"
	}
	separator := "?"
	if strings.Contains(base, "?") {
		separator = "&"
	}
	return base + separator + "site=" + url.QueryEscape(key)
}
