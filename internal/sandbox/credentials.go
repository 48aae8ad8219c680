package sandbox

// storeCredentials notes the SSH and FTP access sent with a provision call and
// says so in the answer. Secrets are not kept; the caller holds the lock.
func (s *Server) storeCredentials(at *site, f map[string]string, answer *provisioned) {
	if f["ftp_user"] != "" && at.Registered {
		at.FTP = true
	}
	if f["ssh_user"] == "" {
		return
	}
	set, trouble := at.Registered, ""
	if set {
		at.SSH = true
	} else {
		trouble = "The site has no blog ID yet"
	}
	answer.SSHSet, answer.SSHError = &set, &trouble
}

func (s *Server) sshCredentials(x *exchange) (any, error) {
	if err := checkSSH(x, true); err != nil {
		return nil, err
	}
	return s.setCredentials(x, func(at *site) { at.SSH = true })
}

func (s *Server) ftpCredentials(x *exchange) (any, error) {
	if err := checkFTP(x, true); err != nil {
		return nil, err
	}
	return s.setCredentials(x, func(at *site) { at.FTP = true })
}

// setCredentials takes blog IDs only, as the endpoints' pages say.
func (s *Server) setCredentials(x *exchange, set func(*site)) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !isDigits(x.vars["blog_id"]) {
		return nil, documented("invalid_blog", x.vars["blog_id"])
	}
	at, err := s.lookup(x.vars["blog_id"])
	if err != nil {
		return nil, err
	}
	set(at)
	return success{true}, s.changed(x)
}

type success struct {
	Success bool `json:"success"`
}
