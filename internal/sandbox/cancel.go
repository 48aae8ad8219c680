package sandbox

// cancelAllResponse is the response to a cancel call with cancel-all. Its lists hold the slugs of
// what was cancelled.
type cancelAllResponse struct {
	Success bool     `json:"success"`
	Active  []string `json:"activations"`
	Pending []string `json:"pending_activations"`
}

// cancel handles POST …/partner-cancel (plan-cancellation.md). If there is nothing to cancel, the
// call succeeds with success=false.
func (s *Server) cancel(x *exchange) (any, error) {
	plan, all := x.fields["plan"], x.fields["cancel-all"]
	if _, sent := x.fields["cancel-all"]; sent && !isBool(all) {
		return nil, invalidInput(x.endpoint, `"cancel-all" must be 1, 0, true or false`)
	}
	if plan != "" && !isProduct(plan) {
		return nil, documentedError("invalid_plan", plan)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	target, err := s.lookUpSite(x.vars["site"])
	if err != nil {
		return nil, err
	}
	if isTrue(all) {
		return s.cancelAll(x, target)
	}
	var own, other *activation
	for _, a := range s.activationsOf(target.Key) {
		// Without a slug, the call cancels a plan; a standalone product must be named.
		p, _ := findProduct(a.Plan)
		if a.Plan != plan && (plan != "" || p.family != planFamily) {
			continue
		}
		if a.Partner == x.partner.ID {
			own = a
		} else {
			other = a
		}
	}
	switch {
	case own != nil:
		s.deleteActivations(func(a *activation) bool { return a == own })
		s.state.Cancelled++
		return successResponse{true}, s.commit(x)
	case other != nil && other.Partner == "":
		return nil, documentedError("not_jps_plan")
	case other != nil:
		return nil, documentedError("incorrect_partner_key")
	}
	return successResponse{false}, nil
}

// cancelAll cancels all that the calling partner provisioned for a site, and nothing else. The
// caller must hold s.mu.
func (s *Server) cancelAll(x *exchange, target *site) (any, error) {
	resp := cancelAllResponse{Active: []string{}, Pending: []string{}}
	for _, a := range s.activationsOf(target.Key) {
		switch {
		case a.Partner != x.partner.ID:
		case a.Pending:
			resp.Pending = append(resp.Pending, a.Plan)
		default:
			resp.Active = append(resp.Active, a.Plan)
		}
	}
	count := len(resp.Active) + len(resp.Pending)
	if count == 0 {
		return resp, nil
	}
	resp.Success = true
	s.state.Cancelled += count
	s.deleteActivations(func(a *activation) bool {
		return a.Site == target.Key && a.Partner == x.partner.ID
	})
	return resp, s.commit(x)
}
