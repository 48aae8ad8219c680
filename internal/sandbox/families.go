package sandbox

import "slices"

// licensedProduct is a product of the Licensing API. Names follow the
// description's examples; IDs and prices are made up.
type licensedProduct struct {
	family, familyName string
	id                 int
	slug, name         string
	amount             float64
}

func licensed() []licensedProduct {
	const (
		plans, plansName   = "jetpack-plans", "Jetpack Plans"
		packs, packsName   = "jetpack-packs", "Jetpack Packs"
		backup, backupName = "jetpack-backup", "Jetpack Backup"
	)
	return []licensedProduct{
		{packs, packsName, 9001, "jetpack-complete", "Jetpack Complete", 62.5},
		{packs, packsName, 9002, "jetpack-security-daily", "Jetpack Security Daily", 12.4},
		{packs, packsName, 9003, "jetpack-security-realtime", "Jetpack Security Real-time", 34.8},
		{backup, backupName, 9004, "jetpack-backup-daily", "Jetpack Backup (Daily)", 4.77},
		{backup, backupName, 9005, "jetpack-backup-realtime", "Jetpack Backup (Real-time)", 23.9},
		{"jetpack-scan", "Jetpack Scan", 9006, "jetpack-scan", "Jetpack Scan", 4.77},
		{
			"jetpack-anti-spam", "Jetpack Anti-spam", 9007, "jetpack-anti-spam",
			"Jetpack Anti-spam", 4.77,
		},
		{plans, plansName, 9008, "free", "Jetpack Free", 0},
		{plans, plansName, 9009, "personal", "Jetpack Personal", 1.75},
		{plans, plansName, 9010, "premium", "Jetpack Premium", 4.5},
		{plans, plansName, 9011, "professional", "Jetpack Professional", 14.5},
	}
}

type familyProduct struct {
	ID       int      `json:"product_id"`
	Name     string   `json:"name"`
	Slug     string   `json:"slug"`
	Currency string   `json:"currency,omitempty"`
	Amount   *float64 `json:"amount,omitempty"`
	Interval string   `json:"price_interval,omitempty"`
}

// family has a description beside the properties of the OpenAPI description: Jetpack's WHMCS
// module reads one.
type family struct {
	Name        string          `json:"name"`
	Slug        string          `json:"slug"`
	Description string          `json:"description"`
	Products    []familyProduct `json:"products"`
}

func families(prices bool) []family {
	var out []family
	for _, p := range licensed() {
		i := slices.IndexFunc(out, func(f family) bool { return f.Slug == p.family })
		if i < 0 {
			i = len(out)
			out = append(
				out,
				family{
					Name:        p.familyName,
					Slug:        p.family,
					Description: p.familyName + ", as the sandbox describes it.",
				},
			)
		}
		item := familyProduct{ID: p.id, Name: p.name, Slug: p.slug}
		if prices {
			item.Currency, item.Amount, item.Interval = "usd", &p.amount, "month"
		}
		out[i].Products = append(out[i].Products, item)
	}
	return out
}

func (s *Server) productFamilies(*exchange) (any, error) { return families(false), nil }

func (s *Server) partnerProductFamilies(*exchange) (any, error) { return families(true), nil }
