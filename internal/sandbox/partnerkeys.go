package sandbox

import "strconv"

// verifyKey handles POST …/partner-keys/verify. The token is checked before a handler is called.
func (s *Server) verifyKey(*exchange) (any, error) { return successResponse{true}, nil }

// newKeyResponse is the response of partner-keys/new. The limits are strings, as documented.
type newKeyResponse struct {
	ID           int     `json:"id"`
	Name         string  `json:"name"`
	Personal     string  `json:"allowed_personal_plans"`
	Premium      string  `json:"allowed_premium_plans"`
	Professional string  `json:"allowed_professional_plans"`
	Notes        *string `json:"notes"`
	ClientID     string  `json:"client_id"`
	ClientSecret string  `json:"client_secret"`
}

// newKey handles POST …/partner-keys/new: it creates a partner key that can be used at once. A
// limit that isn't sent is 0, as in the published example, and allows none of that plan.
func (s *Server) newKey(x *exchange) (any, error) {
	f := x.fields
	if f["name"] == "" {
		return nil, invalidInput(x.endpoint, `"name" is missing`)
	}
	limits := map[string]int{}
	for _, plan := range []string{"personal", "premium", "professional"} {
		limits[plan] = 0
		name := "allowed_" + plan + "_plans"
		v, sent := f[name]
		if !sent {
			continue
		}
		n, err := strconv.Atoi(v)
		if err != nil || !isDigits(v) {
			return nil, invalidInput(x.endpoint, "%q must be a number", name)
		}
		limits[plan] = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.addKey(x.partner, f["name"], f["notes"], limits)
	if err != nil {
		return nil, err
	}
	resp := newKeyResponse{
		ID:           p.Key,
		Name:         p.Name,
		Personal:     strconv.Itoa(limits["personal"]),
		Premium:      strconv.Itoa(limits["premium"]),
		Professional: strconv.Itoa(limits["professional"]),
		ClientID:     p.ID,
		ClientSecret: p.Secret,
	}
	if notes, sent := f["notes"]; sent {
		resp.Notes = &notes
	}
	return resp, s.commit(x)
}

// addKey adds a partner key, a test key if the key of parent is one. The caller must hold s.mu.
func (s *Server) addKey(
	parent *partner, name, notes string, limits map[string]int,
) (*partner, error) {
	const firstClientID = 90000
	secret, err := s.random(64)
	if err != nil {
		return nil, err
	}
	token, err := s.random(40)
	if err != nil {
		return nil, err
	}
	for s.state.Partners[strconv.Itoa(firstClientID+s.state.NextKey)] != nil {
		s.state.NextKey++
	}
	p := &partner{
		ID:     strconv.Itoa(firstClientID + s.state.NextKey),
		Key:    s.state.NextKey,
		Name:   name,
		Notes:  notes,
		Secret: secret,
		Token:  token,
		Test:   parent.Test,
		Limits: limits,
	}
	s.state.NextKey++
	s.state.Partners[p.ID] = p
	s.state.Order = append(s.state.Order, p.ID)
	return p, nil
}
