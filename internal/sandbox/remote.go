package sandbox

import "context"

// registration holds what jetpack.remoteRegister tells a site, and what the sandbox knows about
// the site.
type registration struct {
	localUser  string
	blogID     int64
	blogToken  string
	registered bool
	connected  bool
}

// prepareRegistration returns the registration of a site. It creates the blog ID and the blog
// token of a site that has none.
func (s *Server) prepareRegistration(key, localUser string) (registration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	target := s.findOrAddSite(key)
	s.assignBlogID(target)
	if target.BlogToken == "" {
		token, err := s.jetpackToken()
		if err != nil {
			return registration{}, err
		}
		target.BlogToken = token
	}
	reg := registration{
		localUser:  localUser,
		blogID:     target.BlogID,
		blogToken:  target.BlogToken,
		registered: target.Registered,
		connected:  target.Connected,
	}
	return reg, s.save()
}

// provisionRemotely calls a site as WordPress.com does during a provision call: it registers the
// site if that wasn't done before, or if the call has force_register, and calls
// jetpack.remoteProvision. The caller must hold the site's lock, but not s.mu.
func (s *Server) provisionRemotely(x *exchange, key string) (siteResult, error) {
	f := x.fields
	client, err := s.newRPCClient(f["siteurl"])
	if err != nil {
		return siteResult{}, err
	}
	if client == nil {
		return siteResult{unresolved: true}, nil
	}
	reg, err := s.prepareRegistration(key, f["local_user"])
	if err != nil {
		return siteResult{}, err
	}
	ctx := context.WithoutCancel(x.ctx) // the API finishes a call even if its client disconnects
	if !reg.registered || isTrue(f["force_register"]) {
		if err := s.registerRemotely(ctx, client, key, reg); err != nil {
			return resultOfFailure(err)
		}
	}
	answer, err := client.call(ctx, "jetpack.remoteProvision", map[string]any{
		"local_user": reg.localUser, "blog_id": reg.blogID,
	})
	if isFault(err) {
		return siteResult{}, remoteMethodMissing("remoteProvision")
	}
	if err != nil {
		return resultOfFailure(err)
	}
	connected, ok := answer["connected"].(bool)
	if !ok {
		connected = reg.connected // older versions of Jetpack don't return it
	}
	return siteResult{connected: connected}, nil
}

// resultOfFailure returns the result of a provision call for which a call to the site failed. A
// site that can't be reached is unresolved; any other failure is an error.
func resultOfFailure(err error) (siteResult, error) {
	if isUnreachable(err) {
		return siteResult{unresolved: true}, nil
	}
	return siteResult{}, asAPIError(err)
}

// asAPIError returns err if it is an *apiError, and site_inaccessible otherwise.
func asAPIError(err error) error {
	if apiErr, ok := err.(*apiError); ok {
		return apiErr
	}
	apiErr := documentedError("site_inaccessible")
	apiErr.message += ": " + err.Error()
	return apiErr
}

// registerRemotely calls jetpack.remoteRegister and records that the site is registered.
func (s *Server) registerRemotely(
	ctx context.Context, client *rpcClient, key string, reg registration,
) error {
	_, err := client.call(ctx, "jetpack.remoteRegister", map[string]any{
		"local_user": reg.localUser, "blog_id": reg.blogID, "blog_token": reg.blogToken,
	})
	if isMethodMissing(err) || isRedirected(err) {
		return remoteMethodMissing("remoteRegister")
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.findOrAddSite(key).Registered = true
	return s.save()
}

// connectRemotely calls a site as WordPress.com does when its user approves the connection: it
// registers the site if that wasn't done before, and calls jetpack.remoteConnect with a new user
// token. The caller must hold the site's lock, but not s.mu.
func (s *Server) connectRemotely(x *exchange, key string) error {
	s.mu.Lock()
	target := *s.findOrAddSite(key)
	token, err := s.jetpackToken()
	s.mu.Unlock()
	if err != nil {
		return err
	}
	client, err := s.newRPCClient(target.URL)
	if err != nil {
		return err
	}
	if client == nil {
		return documentedError("site_inaccessible")
	}
	reg, err := s.prepareRegistration(key, target.LocalUser)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(x.ctx) // the API finishes a call even if its client disconnects
	if !reg.registered {
		if err := s.registerRemotely(ctx, client, key, reg); err != nil {
			return asAPIError(err)
		}
	}
	_, err = client.call(ctx, "jetpack.remoteConnect", map[string]any{
		"local_user": reg.localUser, "blog_id": reg.blogID, "user_token": token,
	})
	if isMethodMissing(err) {
		return remoteMethodMissing("remoteConnect")
	}
	if err != nil {
		return asAPIError(err)
	}
	return nil
}
