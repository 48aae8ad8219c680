package sandbox

import (
	"context"
)

// registration is what a site is told when it is registered.
type registration struct {
	address    string
	localUser  string
	blogID     int64
	blogToken  string
	registered bool
	connected  bool
}

// registrationOf takes or makes a site's blog ID and token.
func (s *Server) registrationOf(key, address, localUser string) (registration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.siteAt(key)
	s.giveBlogID(at)
	if at.BlogToken == "" {
		token, err := s.random(32)
		if err != nil {
			return registration{}, err
		}
		at.BlogToken = token
	}
	return registration{
		address, localUser, at.BlogID, at.BlogToken, at.Registered, at.Connected,
	}, s.save()
}

// callSite asks the site itself, as WordPress.com does: it registers the site
// unless that was done before, and then asks for remoteProvision. The caller
// holds the site's lock.
func (s *Server) callSite(x *exchange, key string) (finding, error) {
	f := x.fields
	client, err := s.siteClient(f["siteurl"])
	if err != nil {
		return finding{}, err
	}
	if client == nil {
		return finding{unresolved: true}, nil
	}
	reg, err := s.registrationOf(key, f["siteurl"], f["local_user"])
	if err != nil {
		return finding{}, err
	}
	ctx := context.WithoutCancel(x.ctx) // the API goes on when its client leaves
	if !reg.registered || isTrue(f["force_register"]) {
		if err := s.registerSite(ctx, client, key, reg); err != nil {
			return foundNothing(err)
		}
	}
	answer, err := client.call(
		ctx, "jetpack.remoteProvision",
		map[string]any{"local_user": reg.localUser, "blog_id": reg.blogID},
	)
	if isFault(err) {
		return finding{}, remoteMethodMissing("remoteProvision")
	}
	if err != nil {
		return foundNothing(err)
	}
	connected, told := answer["connected"].(bool)
	if !told {
		connected = reg.connected // an older Jetpack doesn't say
	}
	return finding{connected: connected}, nil
}

// foundNothing tells a site that isn't there from one in trouble.
func foundNothing(err error) (finding, error) {
	if isUnreachable(err) {
		return finding{unresolved: true}, nil
	}
	return finding{}, asTrouble(err)
}

func asTrouble(err error) error {
	if no, ok := err.(*apiError); ok {
		return no
	}
	no := documented("site_inaccessible")
	no.message += ": " + err.Error()
	return no
}

func (s *Server) registerSite(
	ctx context.Context, client *siteCaller, key string, reg registration,
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
	s.siteAt(key).Registered = true
	return s.save()
}

// connectSite hands the site the user's token, which is what an approval does.
func (s *Server) connectSite(x *exchange, key string) error {
	s.mu.Lock()
	at := *s.siteAt(key)
	token, err := s.random(32)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	client, err := s.siteClient(at.URL)
	if err != nil {
		return err
	}
	if client == nil {
		return documented("site_inaccessible")
	}
	reg, err := s.registrationOf(key, at.URL, at.LocalUser)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(x.ctx) // the API goes on when its client leaves
	if !reg.registered {
		if err := s.registerSite(ctx, client, key, reg); err != nil {
			return asTrouble(err)
		}
	}
	_, err = client.call(ctx, "jetpack.remoteConnect", map[string]any{
		"local_user": reg.localUser, "blog_id": reg.blogID, "user_token": token,
	})
	if isMethodMissing(err) {
		return remoteMethodMissing("remoteConnect")
	}
	if err != nil {
		return asTrouble(err)
	}
	return nil
}
