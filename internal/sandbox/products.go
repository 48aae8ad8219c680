package sandbox

import "slices"

// product is one thing that can be provisioned.
type product struct {
	slug     string
	family   string
	rank     int      // within its family: a higher one replaces a lower one
	includes []string // products of other families that it makes pointless
}

// catalog is what can be provisioned. Which plan includes which product is the
// sandbox's decision: upgrade-paths.md gives one example only.
func catalog() []product {
	small := []string{"jetpack-backup-daily", "jetpack-anti-spam"}
	middle := append([]string{"jetpack-scan"}, small...)
	large := append([]string{"jetpack-backup-realtime"}, middle...)
	all := append([]string{"jetpack-videopress"}, large...)
	return []product{
		{slug: "free", family: planFamily},
		{slug: "personal", family: planFamily, rank: 1, includes: small},
		{slug: "premium", family: planFamily, rank: 2, includes: middle},
		{slug: "professional", family: planFamily, rank: 3, includes: large},
		{slug: "complete", family: planFamily, rank: 4, includes: all},
		{slug: "jetpack-backup-daily", family: "jetpack-backup", rank: 1},
		{slug: "jetpack-backup-realtime", family: "jetpack-backup", rank: 2},
		{slug: "jetpack-scan", family: "jetpack-scan"},
		{slug: "jetpack-anti-spam", family: "jetpack-anti-spam"},
		{slug: "jetpack-videopress", family: "jetpack-videopress"},
	}
}

const planFamily = "jetpack-plans"

func findProduct(slug string) (product, bool) {
	all := catalog()
	i := slices.IndexFunc(all, func(p product) bool { return p.slug == slug })
	if i < 0 {
		return product{}, false
	}
	return all[i], true
}

func isPlan(slug string) bool {
	_, ok := findProduct(slug)
	return ok
}

// covers is true where a site that has p gains nothing from q.
func (p product) covers(q product) bool {
	if p.family == q.family {
		return p.rank > q.rank
	}
	return slices.Contains(p.includes, q.slug)
}

// replaces is true where p takes the place of q.
func (p product) replaces(q product) bool {
	return p.family == q.family && p.rank > q.rank
}

// upgradePaths answers GET …/upgrade-paths (upgrade-paths.md): family → what
// may be provisioned now, one of them.
func (s *Server) upgradePaths(x *exchange) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	site, err := s.lookup(x.vars["site"])
	if err != nil {
		return nil, err
	}
	paths := map[string][]string{}
	for _, p := range catalog() {
		if p.slug == "free" {
			continue // what every site has already
		}
		if !s.pointless(site.Key, p) {
			paths[p.family] = append(paths[p.family], p.slug)
		}
	}
	return paths, nil
}

// pointless is true where the site has p, or something that covers it.
func (s *Server) pointless(key string, p product) bool {
	for _, a := range s.activationsOf(key) {
		have, _ := findProduct(a.Plan)
		if have.slug == p.slug || have.covers(p) {
			return true
		}
	}
	return false
}
