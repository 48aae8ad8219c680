package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// pendingLifetime is how long a pending activation waits for the connection
// (plan-provisioning.md).
const pendingLifetime = 14 * 24 * time.Hour

// state is the state of the sandbox, in the format of the state file.
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

// activation is a plan or product that a site has, or will have once it is connected.
type activation struct {
	Site    string    `json:"site"`
	Partner string    `json:"partner"` // "" if no partner provisioned it
	Plan    string    `json:"plan"`
	Pending bool      `json:"pending"`
	Since   time.Time `json:"since"`
}

const stateVersion = 1

// loadState loads the state file and adds the configured partners and sites. A site in the file
// isn't changed, so that a restart with the same configuration continues the last run.
func (s *Server) loadState() error {
	s.state = &state{Version: stateVersion, NextBlogID: 100000001, NextLicense: 1, NextKey: 1}
	if s.cfg.State != "" {
		if err := s.state.read(s.cfg.State); err != nil {
			return err
		}
	}
	if s.state.Partners == nil {
		s.state.Partners = map[string]*partner{}
	}
	if s.state.Sites == nil {
		s.state.Sites = map[string]*site{}
	}
	if s.state.MagicLinks == nil {
		s.state.MagicLinks = map[string][]time.Time{}
	}
	if err := s.addPartners(); err != nil {
		return err
	}
	if err := s.addSites(); err != nil {
		return err
	}
	return s.save()
}

// read reads a state file into st. A file that doesn't exist is no error.
func (st *state) read(path string) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := json.Unmarshal(raw, st); err != nil {
		return fmt.Errorf("state %q: not a sandbox's state: %w", path, err)
	}
	if st.Version != stateVersion {
		return fmt.Errorf("state %q: version %d, want %d", path, st.Version, stateVersion)
	}
	return nil
}

// save writes the state file, if there is one. The caller must hold s.mu, or be New.
func (s *Server) save() error {
	if s.cfg.State == "" {
		return nil
	}
	raw, err := json.MarshalIndent(s.state, "", "  ")
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := replaceFile(s.cfg.State, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

// activationsOf returns the activations of a site, without expired ones. The caller must hold s.mu.
func (s *Server) activationsOf(key string) []*activation {
	s.deleteExpired()
	var found []*activation
	for _, a := range s.state.Activations {
		if a.Site == key {
			found = append(found, a)
		}
	}
	return found
}

// deleteExpired deletes the pending activations that have waited too long. The caller must hold
// s.mu.
func (s *Server) deleteExpired() {
	s.deleteActivations(func(a *activation) bool {
		return a.Pending && s.cfg.Now().Sub(a.Since) > pendingLifetime
	})
}

// deleteActivations deletes the activations for which del returns true. The caller must hold s.mu.
func (s *Server) deleteActivations(del func(*activation) bool) {
	s.state.Activations = slices.DeleteFunc(s.state.Activations, del)
}

func appendIfMissing(list []string, v string) []string {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// snapshot returns the state of a site as text, to find out whether a call changes it. The caller
// must hold s.mu.
func (s *Server) snapshot(key string) string {
	var current site
	if known := s.state.Sites[key]; known != nil {
		current = *known
	}
	raw, err := json.Marshal([]any{current, s.activationsOf(key)})
	if err != nil {
		return ""
	}
	return string(raw)
}
