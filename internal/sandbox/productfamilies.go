package sandbox

import "slices"

// licensedProduct is a product of the Licensing API.
type licensedProduct struct {
	family     string // its slug
	familyName string
	id         int
	slug       string
	name       string
	amount     float64 // US dollars a month
}

const (
	plansSlug, plansName   = "jetpack-plans", "Jetpack Plans"
	packsSlug, packsName   = "jetpack-packs", "Jetpack Packs"
	backupSlug, backupName = "jetpack-backup", "Jetpack Backup"
	scanSlug, scanName     = "jetpack-scan", "Jetpack Scan"
	spamSlug, spamName     = "jetpack-anti-spam", "Jetpack Anti-spam"
)

// licensedProducts holds all products of the Licensing API. The names follow the examples of the
// OpenAPI description; the IDs and prices are made up.
var licensedProducts = []licensedProduct{
	{packsSlug, packsName, 9001, "jetpack-complete", "Jetpack Complete", 62.5},
	{packsSlug, packsName, 9002, "jetpack-security-daily", "Jetpack Security Daily", 12.4},
	{packsSlug, packsName, 9003, "jetpack-security-realtime", "Jetpack Security Real-time", 34.8},
	{backupSlug, backupName, 9004, "jetpack-backup-daily", "Jetpack Backup (Daily)", 4.77},
	{backupSlug, backupName, 9005, "jetpack-backup-realtime", "Jetpack Backup (Real-time)", 23.9},
	{scanSlug, scanName, 9006, "jetpack-scan", "Jetpack Scan", 4.77},
	{spamSlug, spamName, 9007, "jetpack-anti-spam", "Jetpack Anti-spam", 4.77},
	{plansSlug, plansName, 9008, "free", "Jetpack Free", 0},
	{plansSlug, plansName, 9009, "personal", "Jetpack Personal", 1.75},
	{plansSlug, plansName, 9010, "premium", "Jetpack Premium", 4.5},
	{plansSlug, plansName, 9011, "professional", "Jetpack Professional", 14.5},
}

// familyProduct is a product in a response. The last three fields are left out without prices.
type familyProduct struct {
	ID       int      `json:"product_id"`
	Name     string   `json:"name"`
	Slug     string   `json:"slug"`
	Currency string   `json:"currency,omitempty"`
	Amount   *float64 `json:"amount,omitempty"`
	Interval string   `json:"price_interval,omitempty"`
}

// family is a product family in a response. The description isn't in the OpenAPI description, but
// Jetpack's WHMCS module reads one.
type family struct {
	Name        string          `json:"name"`
	Slug        string          `json:"slug"`
	Description string          `json:"description"`
	Products    []familyProduct `json:"products"`
}

// listFamilies returns all product families, with prices if asked to.
func listFamilies(prices bool) []family {
	var families []family
	for _, p := range licensedProducts {
		i := slices.IndexFunc(families, func(f family) bool { return f.Slug == p.family })
		if i < 0 {
			i = len(families)
			families = append(families, family{
				Name:        p.familyName,
				Slug:        p.family,
				Description: p.familyName + ", as the sandbox describes it.",
			})
		}
		item := familyProduct{ID: p.id, Name: p.name, Slug: p.slug}
		if prices {
			item.Currency, item.Amount, item.Interval = "usd", &p.amount, "month"
		}
		families[i].Products = append(families[i].Products, item)
	}
	return families
}

// productFamilies handles GET /product-families.
func (s *Server) productFamilies(*exchange) (any, error) { return listFamilies(false), nil }

// partnerProductFamilies handles GET /partner/product-families.
func (s *Server) partnerProductFamilies(*exchange) (any, error) { return listFamilies(true), nil }
