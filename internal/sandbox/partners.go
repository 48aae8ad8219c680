package sandbox

import (
	"crypto/subtle"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// partner is a partner key.
type partner struct {
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	Secret   string `json:"secret"`
	Token    string `json:"token"`
	Test     bool   `json:"test,omitempty"`
	Disabled bool   `json:"disabled,omitempty"`
	NoScope  bool   `json:"no_scope,omitempty"`

	// Limits holds the highest number of activations by plan. Other plans have no limit.
	Limits map[string]int `json:"limits,omitempty"`

	Notes string `json:"notes,omitempty"`
	Key   int    `json:"key,omitempty"` // the id in the response of partner-keys/new
}

// parsePartner parses ID:SECRET[,OPTION…]. Its errors don't contain the secret.
func parsePartner(spec string) (*partner, error) {
	first, rest, hasOptions := strings.Cut(spec, ",")
	id, secret, ok := strings.Cut(first, ":")
	if !ok || id == "" || secret == "" {
		return nil, fmt.Errorf("partner %q: want ID:SECRET[,OPTION…]", id)
	}
	p := &partner{ID: id, Secret: secret, Limits: map[string]int{}}
	if !hasOptions {
		return p, nil
	}
	for option := range strings.SplitSeq(rest, ",") {
		name, value, hasValue := strings.Cut(option, "=")
		switch {
		case option == "test":
			p.Test = true
		case option == "disabled":
			p.Disabled = true
		case option == "no-scope":
			p.NoScope = true
		case name == "token" && value != "":
			p.Token = value
		case hasValue && isProduct(name):
			limit, err := strconv.Atoi(value)
			if err != nil || limit < 0 {
				return nil, fmt.Errorf(
					"partner %q: %s=%s: want a number of activations", id, name, value,
				)
			}
			p.Limits[name] = limit
		default:
			const want = "test, disabled, no-scope, token=TOKEN or PLAN=LIMIT, such as premium=2"
			return nil, fmt.Errorf("partner %q: unknown option %q: want %s", id, name, want)
		}
	}
	return p, nil
}

// addPartners adds the configured partners to the state. A partner without a configured token
// keeps the one of an earlier run, so that a token in a client's cache stays valid.
func (s *Server) addPartners() error {
	seen := map[string]bool{}
	for _, spec := range s.cfg.Partners {
		p, err := parsePartner(spec)
		if err != nil {
			return err
		}
		if seen[p.ID] {
			return fmt.Errorf("partner %q is given twice", p.ID)
		}
		seen[p.ID] = true
		if old := s.state.Partners[p.ID]; old != nil && p.Token == "" {
			p.Token = old.Token
		}
		if p.Token == "" {
			if p.Token, err = s.random(40); err != nil {
				return err
			}
		}
		s.state.Partners[p.ID] = p
		s.state.Order = appendIfMissing(s.state.Order, p.ID)
	}
	owners := map[string]string{}
	for _, id := range s.state.Order {
		token := s.state.Partners[id].Token
		if other, taken := owners[token]; taken {
			return fmt.Errorf("partners %q and %q have the same token", other, id)
		}
		owners[token] = id
	}
	return nil
}

// random returns n random letters and digits. The caller must hold s.mu, or be New.
func (s *Server) random(n int) (string, error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	raw := make([]byte, n)
	if _, err := io.ReadFull(s.cfg.Rand, raw); err != nil {
		return "", fmt.Errorf("randomness: %w", err)
	}
	for i, b := range raw {
		raw[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(raw), nil
}

// jetpackToken returns a new token for a site or one of its users: KEY.SECRET. Jetpack takes no
// other form (docs/contract.md, "User tokens"). The caller must hold s.mu.
func (s *Server) jetpackToken() (string, error) {
	key, err := s.random(32)
	if err != nil {
		return "", err
	}
	secret, err := s.random(32)
	return key + "." + secret, err
}

func sameSecret(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// licensingOwner returns the ID of the partner whose licenses the licensing tokens manage: the
// first one, so that the licensing tokens and its OAuth token manage the same licenses.
func (s *Server) licensingOwner() string {
	if len(s.state.Order) == 0 {
		return "licensing"
	}
	return s.state.Order[0]
}

// authorize sets x.partner and x.owner by the token that was sent. It returns an error if the
// token doesn't allow the call.
func (s *Server) authorize(x *exchange) error {
	if x.endpoint.auth == authNone {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.state.Order {
		if x.bearer != "" && sameSecret(x.bearer, s.state.Partners[id].Token) {
			x.partner, x.owner = s.state.Partners[id], id
		}
	}
	if x.endpoint.auth == authLicensing {
		for _, token := range s.cfg.Licensing {
			if x.bearer != "" && sameSecret(x.bearer, token) {
				x.owner = s.licensingOwner()
			}
		}
	}
	switch p := x.partner; {
	case x.owner == "" && x.endpoint.auth == authLicensing:
		return &apiError{
			status:  403,
			code:    "rest_forbidden",
			message: "The token is missing or wrong",
		}
	case x.owner == "":
		return documentedError("invalid_token")
	case p != nil && p.Disabled:
		err := documentedError("partner_key_disabled")
		if x.endpoint.name == "status" {
			err.status = 400 // only this endpoint's page documents a status
		}
		return err
	case p != nil && p.NoScope:
		return documentedError("invalid_scope")
	}
	return nil
}
