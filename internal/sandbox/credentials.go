package sandbox

// storeCredentials records that a provision call sent SSH or FTP credentials, and sets ssh_set,
// ssh_error, ftp_set and ftp_error in the response. It doesn't keep the credentials themselves. The
// caller must hold s.mu.
func (s *Server) storeCredentials(target *site, f map[string]string, resp *provisionResponse) {
	set, message := target.Registered, ""
	if !set {
		message = "The site has no blog ID yet"
	}
	if f["ssh_user"] != "" {
		target.SSH = target.SSH || set
		resp.SSHSet, resp.SSHError = &set, &message
	}
	if f["ftp_user"] != "" {
		target.FTP = target.FTP || set
		resp.FTPSet, resp.FTPError = &set, &message
	}
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
