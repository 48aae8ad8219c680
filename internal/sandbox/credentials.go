package sandbox

// storeCredentials records that a provision call sent SSH or FTP credentials, and sets ssh_set and
// ssh_error in the response. It doesn't keep the credentials themselves. The caller must hold s.mu.
func (s *Server) storeCredentials(target *site, f map[string]string, resp *provisionResponse) {
	if f["ftp_user"] != "" && target.Registered {
		target.FTP = true
	}
	if f["ssh_user"] == "" {
		return
	}
	set, message := target.Registered, ""
	if set {
		target.SSH = true
	} else {
		message = "The site has no blog ID yet"
	}
	resp.SSHSet, resp.SSHError = &set, &message
}

// sshCredentials handles POST …/ssh-credentials.
func (s *Server) sshCredentials(x *exchange) (any, error) {
	if err := checkSSH(x, true); err != nil {
		return nil, err
	}
	return s.setCredentials(x, func(target *site) { target.SSH = true })
}

// ftpCredentials handles POST …/ftp-credentials.
func (s *Server) ftpCredentials(x *exchange) (any, error) {
	if err := checkFTP(x, true); err != nil {
		return nil, err
	}
	return s.setCredentials(x, func(target *site) { target.FTP = true })
}

// setCredentials calls set for the site that the path names. It must be a blog ID: the pages of
// these endpoints document no other form.
func (s *Server) setCredentials(x *exchange, set func(*site)) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !isDigits(x.vars["blog_id"]) {
		return nil, documentedError("invalid_blog", x.vars["blog_id"])
	}
	target, err := s.lookUpSite(x.vars["blog_id"])
	if err != nil {
		return nil, err
	}
	set(target)
	return successResponse{true}, s.commit(x)
}

// successResponse is the response of the calls that return nothing else.
type successResponse struct {
	Success bool `json:"success"`
}
