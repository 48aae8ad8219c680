package sandbox

import (
	"slices"
	"strings"
	"time"
)

const (
	magicLinks  = 5
	magicPeriod = time.Hour
)

// magicLink answers POST …/mobile-magic-link (mobile-magic-link.md): five an
// address and hour. No mail is sent.
func (s *Server) magicLink(x *exchange) (any, error) {
	email := strings.ToLower(x.fields["email"])
	name, host, ok := strings.Cut(email, "@")
	if !ok || name == "" || host == "" {
		return nil, invalidInput(x.call, `"email" must be an e-mail address`)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	recent := slices.DeleteFunc(
		s.st.MagicLinks[email], func(at time.Time) bool { return now.Sub(at) >= magicPeriod },
	)
	if len(recent) >= magicLinks {
		return nil, documented("too_many_requests")
	}
	s.st.MagicLinks[email] = append(recent, now)
	return success{true}, s.changed(x)
}
