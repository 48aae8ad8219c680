package sandbox

// cancelledAll is the answer to a cancel call with cancel-all.
type cancelledAll struct {
	Success bool     `json:"success"`
	Active  []string `json:"activations"`
	Pending []string `json:"pending_activations"`
}

// cancel answers POST …/partner-cancel (plan-cancellation.md). That nothing
// was there to cancel is a success of false, not an error.
func (s *Server) cancel(x *exchange) (any, error) {
	plan, all := x.fields["plan"], x.fields["cancel-all"]
	if _, there := x.fields["cancel-all"]; there && !isBool(all) {
		return nil, invalidInput(x.call, `"cancel-all" must be 1, 0, true or false`)
	}
	if plan != "" && !isPlan(plan) {
		return nil, documented("invalid_plan", plan)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.lookup(x.vars["site"])
	if err != nil {
		return nil, err
	}
	if isTrue(all) {
		return s.cancelAll(x, at)
	}
	var mine, other *activation
	for _, a := range s.activationsOf(at.Key) {
		// Without a slug it is about plans; a standalone product must be named.
		p, _ := findProduct(a.Plan)
		if a.Plan != plan && (plan != "" || p.family != planFamily) {
			continue
		}
		if a.Partner == x.partner.ID {
			mine = a
		} else {
			other = a
		}
	}
	switch {
	case mine != nil:
		s.drop(func(a *activation) bool { return a == mine })
		s.st.Cancelled++
		return success{true}, s.changed(x)
	case other != nil && other.Partner == "":
		return nil, documented("not_jps_plan")
	case other != nil:
		return nil, documented("incorrect_partner_key")
	}
	return success{false}, nil
}

// cancelAll ends what the calling partner provisioned and leaves the rest alone.
func (s *Server) cancelAll(x *exchange, at *site) (any, error) {
	answer := cancelledAll{Active: []string{}, Pending: []string{}}
	for _, a := range s.activationsOf(at.Key) {
		switch {
		case a.Partner != x.partner.ID:
		case a.Pending:
			answer.Pending = append(answer.Pending, a.Plan)
		default:
			answer.Active = append(answer.Active, a.Plan)
		}
	}
	count := len(answer.Active) + len(answer.Pending)
	if count == 0 {
		return answer, nil
	}
	answer.Success = true
	s.st.Cancelled += count
	s.drop(func(a *activation) bool { return a.Site == at.Key && a.Partner == x.partner.ID })
	return answer, s.changed(x)
}
