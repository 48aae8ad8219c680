package sandbox

import "strconv"

// verifyKey answers POST …/partner-keys/verify: the token was checked on the way here.
func (s *Server) verifyKey(*exchange) (any, error) { return success{true}, nil }

// newKey answers POST …/partner-keys/new: a partner key that works at once. A
// limit that isn't sent is 0, as in the published example: none of that plan.
func (s *Server) newKey(x *exchange) (any, error) {
	f := x.fields
	if f["name"] == "" {
		return nil, invalidInput(x.call, `"name" is missing`)
	}
	limits := map[string]int{}
	for _, plan := range []string{"personal", "premium", "professional"} {
		limits[plan] = 0
		name := "allowed_" + plan + "_plans"
		v, there := f[name]
		if !there {
			continue
		}
		n, err := strconv.Atoi(v)
		if err != nil || !isDigits(v) {
			return nil, invalidInput(x.call, "%q must be a number", name)
		}
		limits[plan] = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.makeKey(x.partner, f["name"], f["notes"], limits)
	if err != nil {
		return nil, err
	}
	var notes *string
	if v, there := f["notes"]; there {
		notes = &v
	}
	return struct {
		ID           int     `json:"id"`
		Name         string  `json:"name"`
		Personal     string  `json:"allowed_personal_plans"`
		Premium      string  `json:"allowed_premium_plans"`
		Professional string  `json:"allowed_professional_plans"`
		Notes        *string `json:"notes"`
		ClientID     string  `json:"client_id"`
		ClientSecret string  `json:"client_secret"`
	}{
		p.Key, p.Name,
		strconv.Itoa(
			limits["personal"],
		), strconv.Itoa(limits["premium"]), strconv.Itoa(limits["professional"]),
		notes, p.ID, p.Secret,
	}, s.changed(x)
}

// makeKey adds a partner; a test key's children are test keys. The caller holds the lock.
func (s *Server) makeKey(
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
	for s.st.Partners[strconv.Itoa(firstClientID+s.st.NextKey)] != nil {
		s.st.NextKey++
	}
	p := &partner{
		Key: s.st.NextKey, ID: strconv.Itoa(firstClientID + s.st.NextKey), Name: name, Notes: notes,
		Secret: secret, Token: token, Test: parent.Test, Limits: limits,
	}
	s.st.NextKey++
	s.st.Partners[p.ID] = p
	s.st.Order = append(s.st.Order, p.ID)
	return p, nil
}
