package sandbox

// token answers POST /oauth2/token (authentication.md). A partner has one
// token, the same each time: the page says to create it only once.
func (s *Server) token(x *exchange) (any, error) {
	f := x.fields
	if f["grant_type"] != "client_credentials" {
		return nil, documented("unsupported_grant_type")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.st.Partners[f["client_id"]]
	if p == nil || !sameSecret(p.Secret, f["client_secret"]) {
		return nil, documented("invalid_client")
	}
	if f["scope"] != "jetpack-partner" {
		no := documented("invalid_scope")
		no.status = 400 // an OAuth endpoint's own errors are 400
		no.message = "The scope must be jetpack-partner"
		return nil, no
	}
	return struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		BlogID      string `json:"blog_id"`
		BlogURL     string `json:"blog_url"`
		Scope       string `json:"scope"`
	}{p.Token, "bearer", "0", "0", "jetpack-partner"}, nil
}
