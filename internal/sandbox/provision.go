package sandbox

import (
	"net/url"
	"strings"
)

// provisioned is the answer to a provision call (plan-provisioning.md).
type provisioned struct {
	Success      bool    `json:"success"`
	NextURL      string  `json:"next_url"`
	AuthRequired bool    `json:"auth_required"`
	AccessToken  string  `json:"access_token,omitempty"`
	SSHSet       *bool   `json:"ssh_set,omitempty"`
	SSHError     *string `json:"ssh_error,omitempty"`
}

// finding is what the site itself turned out to be.
type finding struct {
	unresolved bool
	connected  bool
}

// provision answers POST …/provision: it checks what was sent, looks at the
// site, and records the activation.
func (s *Server) provision(x *exchange) (any, error) {
	if err := checkProvision(x); err != nil {
		return nil, err
	}
	key := siteKey(x.fields["siteurl"])
	plan, _ := findProduct(x.fields["plan"])
	if s.cfg.CallSites {
		// One call at a time for one site, or two would register it twice.
		unlock := s.locks.lock(key)
		defer unlock()
		if err := s.mayProvision(x, key, plan); err != nil {
			return nil, err
		}
		what, err := s.callSite(x, key)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.record(x, key, plan, what)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkActivation(x.partner, key, plan); err != nil {
		return nil, err
	}
	what, err := s.siteTrouble(key, isTrue(x.fields["force_register"]))
	if err != nil {
		return nil, err
	}
	return s.record(x, key, plan, what)
}

// siteTrouble follows the configured state of a site; the caller holds the lock.
func (s *Server) siteTrouble(key string, forceRegister bool) (finding, error) {
	at := s.st.Sites[key]
	if at == nil {
		return finding{}, nil
	}
	switch at.State {
	case "unresolved":
		return finding{unresolved: true}, nil
	case "no-jetpack":
		return finding{}, remoteMethodMissing("remoteRegister")
	case "token-mismatch":
		if !forceRegister {
			return finding{}, remoteMethodMissing("remoteProvision")
		}
		at.State = "new"
	case "inaccessible":
		return finding{}, documented("site_inaccessible")
	case "registration-failed":
		return finding{}, documented("failed_registration_unknown_blog")
	case "no-product-class":
		return finding{}, documented("could_not_load_product_class")
	case "no-user-token":
		return finding{}, documented("error_access_token")
	}
	return finding{connected: at.Connected}, nil
}

// mayProvision is checkActivation for a caller without the lock: a plan that
// is refused in any case costs the site no request.
func (s *Server) mayProvision(x *exchange, key string, plan product) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checkActivation(x.partner, key, plan)
}

// checkActivation says whether a partner may put a plan on a site; the caller holds the lock.
func (s *Server) checkActivation(p *partner, key string, plan product) error {
	used := 0
	have := s.activationsOf(key)
	for _, a := range have {
		if a.Partner == p.ID && a.Plan == plan.slug {
			if s.cfg.RepeatCode == "" {
				return nil
			}
			no := documented(s.cfg.RepeatCode, plan.slug)
			no.status = 400
			return no
		}
	}
	for _, a := range have {
		if other, _ := findProduct(a.Plan); other.covers(plan) {
			return documented("plan_downgrade_disallowed")
		}
	}
	for _, a := range s.st.Activations {
		if a.Partner == p.ID && a.Plan == plan.slug {
			used++
		}
	}
	if limit, limited := p.Limits[plan.slug]; limited && used >= limit {
		return documented("activation_limit_reached", plan.slug)
	}
	return nil
}

// record writes down what the call brought about; the caller holds the lock.
// It checks once more: with CallSites the lock was open in between.
func (s *Server) record(x *exchange, key string, plan product, what finding) (any, error) {
	if err := s.checkActivation(x.partner, key, plan); err != nil {
		return nil, err
	}
	before := s.snapshot(key)
	f := x.fields
	at := s.siteAt(key)
	at.Known, at.URL, at.LocalUser = true, f["siteurl"], f["local_user"]
	answer := provisioned{Success: true, AuthRequired: true}
	if !what.unresolved {
		at.Registered = true
		s.giveBlogID(at)
		at.Connected = what.connected
		if f["wpcom_user_id"] != "" {
			token, err := s.random(32)
			if err != nil {
				return nil, err
			}
			answer.AccessToken, at.Connected = token, true
		}
	}
	s.activate(x.partner, at, plan, what.unresolved || !at.Connected)
	s.storeCredentials(at, f, &answer)
	switch {
	case what.unresolved: // next_url stays empty: no secrets could be exchanged
	case at.Connected:
		answer.AuthRequired = false
		answer.NextURL = strings.TrimRight(f["siteurl"], "/") + "/wp-admin/"
	default:
		answer.NextURL = s.nextURL(x, key)
	}
	if s.snapshot(key) == before {
		return answer, nil
	}
	return answer, s.changed(x)
}

// activate adds an activation, in the place of a smaller one of the same
// family. A repeat adds none.
func (s *Server) activate(p *partner, at *site, plan product, pending bool) {
	for _, a := range s.activationsOf(at.Key) {
		if !pending {
			a.Pending = false
		}
		if a.Partner == p.ID && a.Plan == plan.slug {
			return
		}
	}
	s.drop(func(a *activation) bool {
		old, _ := findProduct(a.Plan)
		return a.Site == at.Key && a.Partner == p.ID && plan.replaces(old)
	})
	s.st.Activations = append(s.st.Activations, &activation{
		Site: at.Key, Partner: p.ID, Plan: plan.slug, Pending: pending, Since: s.cfg.Now(),
	})
	s.st.Made++
}

// nextURL has a query already: partners append &partner_redirect= to it.
func (s *Server) nextURL(x *exchange, key string) string {
	base := s.cfg.NextURL
	if base == "" {
		base = x.base + "/sandbox/approve"
	}
	sign := "?"
	if strings.Contains(base, "?") {
		sign = "&"
	}
	return base + sign + "site=" + url.QueryEscape(key)
}
