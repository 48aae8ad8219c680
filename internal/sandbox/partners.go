package sandbox

import (
	"crypto/subtle"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// partner is a partner key and what it may do.
type partner struct {
	ID       string         `json:"id"`
	Name     string         `json:"name,omitempty"`
	Secret   string         `json:"secret"`
	Token    string         `json:"token"`
	Test     bool           `json:"test,omitempty"`
	Disabled bool           `json:"disabled,omitempty"`
	NoScope  bool           `json:"no_scope,omitempty"`
	Limits   map[string]int `json:"limits,omitempty"` // activations by plan; a plan that isn't there has no limit
	Notes    string         `json:"notes,omitempty"`
	Key      int            `json:"key,omitempty"` // the id that partner-keys/new answered
}

// parsePartner reads ID:SECRET[,OPTION…]. Its errors never hold the secret.
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
		case hasValue && isPlan(name):
			limit, err := strconv.Atoi(value)
			if err != nil || limit < 0 {
				return nil, fmt.Errorf(
					"partner %q: %s=%s: want a number of activations", id, name, value,
				)
			}
			p.Limits[name] = limit
		default:
			return nil, fmt.Errorf(
				"partner %q: unknown option %q: want test, disabled, no-scope, token=TOKEN or PLAN=LIMIT, such as premium=2",
				id, name,
			)
		}
	}
	return p, nil
}

// addPartners puts the configured partners into the state. A random token of
// an earlier run is kept, so that a client's cached one goes on working.
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
		if old := s.st.Partners[p.ID]; old != nil && p.Token == "" {
			p.Token = old.Token
		}
		if p.Token == "" {
			if p.Token, err = s.random(40); err != nil {
				return err
			}
		}
		s.st.Partners[p.ID] = p
		s.st.Order = appendNew(s.st.Order, p.ID)
	}
	owners := map[string]string{}
	for _, id := range s.st.Order {
		token := s.st.Partners[id].Token
		if other, taken := owners[token]; taken {
			return fmt.Errorf("partners %q and %q have the same token", other, id)
		}
		owners[token] = id
	}
	return nil
}

// random makes n letters and digits. The caller holds the lock, or is alone.
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

func sameSecret(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// licensingOwner is whose licenses a licensing token manages: the first
// partner's, so that both kinds of token of one host see the same ones.
func (s *Server) licensingOwner() string {
	if len(s.st.Order) == 0 {
		return "licensing"
	}
	return s.st.Order[0]
}

// authorize finds whose token was sent, and whether it may do this.
func (s *Server) authorize(x *exchange) error {
	if x.call.auth == authNone {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.st.Order {
		if x.bearer != "" && sameSecret(x.bearer, s.st.Partners[id].Token) {
			x.partner, x.owner = s.st.Partners[id], id
		}
	}
	if x.call.auth == authLicensing {
		for _, token := range s.cfg.Licensing {
			if x.bearer != "" && sameSecret(x.bearer, token) {
				x.owner = s.licensingOwner()
			}
		}
	}
	switch p := x.partner; {
	case x.owner == "" && x.call.auth == authLicensing:
		return &apiError{
			status:  403,
			code:    "rest_forbidden",
			message: "The token is missing or wrong",
		}
	case x.owner == "":
		return documented("invalid_token")
	case p != nil && p.Disabled && x.call.name == "status":
		no := documented("partner_key_disabled")
		no.status = 400 // as this endpoint's page says, and no other does
		return no
	case p != nil && p.Disabled:
		return documented("partner_key_disabled")
	case p != nil && p.NoScope:
		return documented("invalid_scope")
	}
	return nil
}
