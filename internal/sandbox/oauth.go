package sandbox

// token handles POST /oauth2/token (authentication.md). It returns the same token each time: the
// page tells partners to request it only once.
func (s *Server) token(x *exchange) (any, error) {
	f := x.fields
	if f["grant_type"] != "client_credentials" {
		return nil, documentedError("unsupported_grant_type")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.state.Partners[f["client_id"]]
	if p == nil || !sameSecret(p.Secret, f["client_secret"]) {
		return nil, documentedError("invalid_client")
	}
	if f["scope"] != "jetpack-partner" {
		err := documentedError("invalid_scope")
		err.status = 400 // as all errors of this endpoint
		err.message = "The scope must be jetpack-partner"
		return nil, err
	}
	return struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		BlogID      string `json:"blog_id"`
		BlogURL     string `json:"blog_url"`
		Scope       string `json:"scope"`
	}{p.Token, "bearer", "0", "0", "jetpack-partner"}, nil
}
