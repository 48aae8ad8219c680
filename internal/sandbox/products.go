package sandbox

import "slices"

// product is a plan or a standalone product that can be provisioned.
type product struct {
	slug     string
	family   string
	rank     int      // within the family; a product replaces those of a lower rank
	includes []string // slugs of the products of other families that the product includes
}

const planFamily = "jetpack-plans"

var (
	personalIncludes     = []string{"jetpack-backup-daily", "jetpack-anti-spam"}
	premiumIncludes      = append([]string{"jetpack-scan"}, personalIncludes...)
	professionalIncludes = append([]string{"jetpack-backup-realtime"}, premiumIncludes...)
	completeIncludes     = append([]string{"jetpack-videopress"}, professionalIncludes...)
)

// products holds what can be provisioned. Which plan includes which product is the sandbox's
// decision: upgrade-paths.md has only one example.
var products = []product{
	{slug: "free", family: planFamily},
	{slug: "personal", family: planFamily, rank: 1, includes: personalIncludes},
	{slug: "premium", family: planFamily, rank: 2, includes: premiumIncludes},
	{slug: "professional", family: planFamily, rank: 3, includes: professionalIncludes},
	{slug: "complete", family: planFamily, rank: 4, includes: completeIncludes},
	{slug: "jetpack-backup-daily", family: "jetpack-backup", rank: 1},
	{slug: "jetpack-backup-realtime", family: "jetpack-backup", rank: 2},
	{slug: "jetpack-scan", family: "jetpack-scan"},
	{slug: "jetpack-anti-spam", family: "jetpack-anti-spam"},
	{slug: "jetpack-videopress", family: "jetpack-videopress"},
}

func findProduct(slug string) (product, bool) {
	i := slices.IndexFunc(products, func(p product) bool { return p.slug == slug })
	if i < 0 {
		return product{}, false
	}
	return products[i], true
}

// isProduct reports whether slug is that of a plan or a product.
func isProduct(slug string) bool {
	_, ok := findProduct(slug)
	return ok
}

// productSlugs returns the slugs of all plans and products.
func productSlugs() []string {
	var slugs []string
	for _, p := range products {
		slugs = append(slugs, p.slug)
	}
	return slugs
}

// covers reports whether a site that has p doesn't need q.
func (p product) covers(q product) bool {
	return p.replaces(q) || slices.Contains(p.includes, q.slug)
}

// replaces reports whether p replaces q on a site that has q.
func (p product) replaces(q product) bool {
	return p.family == q.family && p.rank > q.rank
}

// upgradePaths handles GET …/upgrade-paths (upgrade-paths.md). The response holds, by family, the
// slugs that can be provisioned now.
func (s *Server) upgradePaths(x *exchange) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	target, err := s.lookUpSite(x.vars["site"])
	if err != nil {
		return nil, err
	}
	paths := map[string][]string{}
	for _, p := range products {
		// Every site has free.
		if p.slug != "free" && !s.hasOrCovers(target.Key, p) {
			paths[p.family] = append(paths[p.family], p.slug)
		}
	}
	return paths, nil
}

// hasOrCovers reports whether the site has p or a product that covers it. The caller must hold
// s.mu.
func (s *Server) hasOrCovers(key string, p product) bool {
	return slices.ContainsFunc(s.activationsOf(key), func(a *activation) bool {
		active, _ := findProduct(a.Plan)
		return active.slug == p.slug || active.covers(p)
	})
}
