package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// site is one site as the API knows it.
type site struct {
	Key        string `json:"site"`
	URL        string `json:"siteurl,omitempty"` // as last sent
	State      string `json:"state"`             // what the API finds there
	BlogID     int64  `json:"blog_id,omitempty"`
	Known      bool   `json:"known"` // by ID, or by an earlier call
	Registered bool   `json:"registered"`
	Connected  bool   `json:"is_connected"`
	SSH        bool   `json:"ssh_credentials"`
	FTP        bool   `json:"ftp_credentials"`
	LocalUser  string `json:"local_user,omitempty"`
	BlogToken  string `json:"blog_token,omitempty"`
}

// siteStates says what a site starts with; what it does to a provision call
// is in siteTrouble.
func siteStates() map[string]site {
	return map[string]site{
		"new":                  {},
		"connected":            {Known: true, Registered: true, Connected: true},
		"unresolved":           {},
		"no-jetpack":           {},
		"token-mismatch":       {Known: true, Registered: true},
		"inaccessible":         {},
		"registration-failed":  {},
		"no-product-class":     {},
		"no-user-token":        {},
		"foreign-plan":         {Known: true, Registered: true, Connected: true},
		"previously-connected": {Known: true, Registered: true},
	}
}

// foreignPlan is what the owner of a foreign-plan site bought without a partner.
const foreignPlan = "premium"

// siteSpec is a parsed URL=STATE[,plan=SLUG…].
type siteSpec struct {
	site  site
	plans []string
}

func parseSite(spec string) (siteSpec, error) {
	var out siteSpec
	wrong := func(format string, args ...any) (siteSpec, error) {
		return siteSpec{}, fmt.Errorf("site %q: %s", spec, fmt.Sprintf(format, args...))
	}
	address, words, ok := strings.Cut(spec, "=")
	key := siteKey(address)
	if !ok || key == "" {
		return wrong("want URL=STATE[,plan=SLUG…]")
	}
	named := ""
	for word := range strings.SplitSeq(words, ",") {
		if slug, isPlanWord := strings.CutPrefix(word, "plan="); isPlanWord {
			if !isPlan(slug) {
				return wrong(
					"unknown plan %q: want one of %s", slug, strings.Join(planSlugs(), ", "),
				)
			}
			out.plans = append(out.plans, slug)
			continue
		}
		name, id, hasID := strings.Cut(word, ":")
		start, known := siteStates()[name]
		if !known {
			return wrong(
				"unknown state %q: want one of %s, or plan=SLUG", name,
				strings.Join(slices.Sorted(maps.Keys(siteStates())), ", "),
			)
		}
		if named != "" {
			return wrong("%s and %s exclude each other", named, name)
		}
		named, out.site = name, start
		if hasID {
			blogID, err := strconv.ParseInt(id, 10, 64)
			if name != "connected" || err != nil || blogID < 1 {
				return wrong("want connected:BLOGID, not %q", word)
			}
			out.site.BlogID = blogID
		}
	}
	if named == "" {
		named, out.site = "connected", siteStates()["connected"] // plan=SLUG alone
	}
	out.site.Key, out.site.State = key, named
	return out, nil
}

func planSlugs() []string {
	var slugs []string
	for _, p := range catalog() {
		slugs = append(slugs, p.slug)
	}
	return slugs
}

// addSites puts the configured sites into the state.
func (s *Server) addSites() error {
	seen := map[string]bool{}
	var fresh []siteSpec
	for _, text := range s.cfg.Sites {
		spec, err := parseSite(text)
		if err != nil {
			return err
		}
		if seen[spec.site.Key] {
			return fmt.Errorf("site %q is given twice", spec.site.Key)
		}
		seen[spec.site.Key] = true
		if len(spec.plans) > 0 && len(s.st.Order) == 0 {
			return fmt.Errorf("site %q: plan= needs a partner", text)
		}
		if s.st.Sites[spec.site.Key] == nil {
			fresh = append(fresh, spec)
		}
	}
	// Given IDs first, so that the made ones keep clear of them.
	for _, spec := range fresh {
		if other := s.byBlogID(spec.site.BlogID); other != nil {
			return fmt.Errorf(
				"sites %q and %q have the same blog ID %d", other.Key, spec.site.Key,
				spec.site.BlogID,
			)
		}
		s.st.Sites[spec.site.Key] = &spec.site
	}
	for _, spec := range fresh {
		added := s.st.Sites[spec.site.Key]
		if added.Registered {
			s.giveBlogID(added)
		}
		if added.State == "foreign-plan" {
			s.st.Activations = append(
				s.st.Activations,
				&activation{Site: added.Key, Plan: foreignPlan, Since: s.cfg.Now()},
			)
		}
		for _, plan := range spec.plans {
			s.st.Activations = append(
				s.st.Activations,
				&activation{
					Site:    added.Key,
					Plan:    plan,
					Partner: s.st.Order[0],
					Pending: !added.Connected,
					Since:   s.cfg.Now(),
				},
			)
			added.Known = true
		}
	}
	return nil
}

// giveBlogID makes sure that a site has a blog ID; the caller holds the lock.
func (s *Server) giveBlogID(to *site) {
	if to.BlogID != 0 {
		return
	}
	for s.byBlogID(s.st.NextBlogID) != nil {
		s.st.NextBlogID++
	}
	to.BlogID = s.st.NextBlogID
	s.st.NextBlogID++
}

func (s *Server) byBlogID(id int64) *site {
	if id == 0 {
		return nil
	}
	for _, known := range s.st.Sites {
		if known.BlogID == id {
			return known
		}
	}
	return nil
}

// siteAt is the site with that key; a new one where there is none yet. The
// caller holds the lock.
func (s *Server) siteAt(key string) *site {
	found := s.st.Sites[key]
	if found == nil {
		found = &site{Key: key, State: "new"}
		s.st.Sites[key] = found
	}
	return found
}

// lookup finds the site that {site} names: a blog ID, or domain::path. The
// caller holds the lock.
func (s *Server) lookup(named string) (*site, error) {
	if isDigits(named) {
		id, err := strconv.ParseInt(named, 10, 64)
		if found := s.byBlogID(id); err == nil && found != nil && found.Known {
			return found, nil
		}
		return nil, documented("invalid_blog", named)
	}
	if found := s.st.Sites[siteFromPath(named)]; found != nil && found.Known {
		return found, nil
	}
	return nil, documented("unknown_blog")
}
