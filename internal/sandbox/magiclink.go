package sandbox

import (
	"slices"
	"strings"
	"time"
)

const (
	maxMagicLinks   = 5 // for an address in magicLinkPeriod
	magicLinkPeriod = time.Hour
)

// magicLink handles POST …/mobile-magic-link (mobile-magic-link.md), but sends no mail.
func (s *Server) magicLink(x *exchange) (any, error) {
	email := strings.ToLower(x.fields["email"])
	name, host, ok := strings.Cut(email, "@")
	if !ok || name == "" || host == "" {
		return nil, invalidInput(x.endpoint, `"email" must be an e-mail address`)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	recent := slices.DeleteFunc(s.state.MagicLinks[email], func(sent time.Time) bool {
		return now.Sub(sent) >= magicLinkPeriod
	})
	if len(recent) >= maxMagicLinks {
		return nil, documentedError("too_many_requests")
	}
	s.state.MagicLinks[email] = append(recent, now)
	return successResponse{true}, s.commit(x)
}
