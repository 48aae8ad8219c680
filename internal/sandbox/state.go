package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// pendingLife is how long a pending activation waits for its connection (plan-provisioning.md).
const pendingLife = 14 * 24 * time.Hour

// state is all that the sandbox keeps, as its file holds it.
type state struct {
	Version     int                    `json:"version"`
	NextBlogID  int64                  `json:"next_blog_id"`
	NextLicense int64                  `json:"next_license_id"`
	NextKey     int                    `json:"next_partner_key"`
	Partners    map[string]*partner    `json:"partners"`
	Order       []string               `json:"partner_order"`
	Sites       map[string]*site       `json:"sites"`
	Activations []*activation          `json:"activations"`
	Licenses    []*license             `json:"licenses"`
	MagicLinks  map[string][]time.Time `json:"magic_links"`
	Made        int                    `json:"activations_made"`
	Cancelled   int                    `json:"activations_cancelled"`
}

// activation is a plan on a site.
type activation struct {
	Site    string    `json:"site"`
	Partner string    `json:"partner"` // "" where no partner provisioned it
	Plan    string    `json:"plan"`
	Pending bool      `json:"pending"`
	Since   time.Time `json:"since"`
}

const stateVersion = 1

// loadState reads the file, then adds what the configuration names. A site that
// the file knows stays as it is there: a restart goes on where the last run ended.
func (s *Server) loadState() error {
	s.st = &state{Version: stateVersion, NextBlogID: 100000001, NextLicense: 1, NextKey: 1}
	if s.cfg.State != "" {
		raw, err := os.ReadFile(s.cfg.State)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("state: %w", err)
		}
		if err == nil {
			if err := json.Unmarshal(raw, s.st); err != nil {
				return fmt.Errorf("state %q: not a sandbox's state: %w", s.cfg.State, err)
			}
			if s.st.Version != stateVersion {
				return fmt.Errorf(
					"state %q: version %d, want %d", s.cfg.State, s.st.Version, stateVersion,
				)
			}
		}
	}
	if s.st.Partners == nil {
		s.st.Partners = map[string]*partner{}
	}
	if s.st.Sites == nil {
		s.st.Sites = map[string]*site{}
	}
	if s.st.MagicLinks == nil {
		s.st.MagicLinks = map[string][]time.Time{}
	}
	if err := s.addPartners(); err != nil {
		return err
	}
	if err := s.addSites(); err != nil {
		return err
	}
	return s.save()
}

// save writes the file; the caller holds the lock.
func (s *Server) save() error {
	if s.cfg.State == "" {
		return nil
	}
	raw, err := json.MarshalIndent(s.st, "", "  ")
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := writeFile(s.cfg.State, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

// activationsOf lists what a site has, without pending activations that have
// outlived their time; the caller holds the lock.
func (s *Server) activationsOf(key string) []*activation {
	s.st.Activations = slices.DeleteFunc(s.st.Activations, func(a *activation) bool {
		return a.Pending && s.cfg.Now().Sub(a.Since) > pendingLife
	})
	var have []*activation
	for _, a := range s.st.Activations {
		if a.Site == key {
			have = append(have, a)
		}
	}
	return have
}

func (s *Server) drop(which func(*activation) bool) {
	s.st.Activations = slices.DeleteFunc(s.st.Activations, which)
}

func appendNew(list []string, v string) []string {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// snapshot is what is kept about one site, to tell whether a call changed it.
func (s *Server) snapshot(key string) string {
	var at site
	if known := s.st.Sites[key]; known != nil {
		at = *known
	}
	raw, err := json.Marshal([]any{at, s.activationsOf(key)})
	if err != nil {
		return ""
	}
	return string(raw)
}
