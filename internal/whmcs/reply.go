package whmcs

// Reply is the result of a command. Result is what WHMCS expects from a module: "success", or a
// sentence for the staff.
type Reply struct {
	Success   bool   `json:"success"`
	Outcome   string `json:"outcome,omitempty"`
	Result    string `json:"result"`
	ErrorCode string `json:"error_code,omitempty"`
	Retryable bool   `json:"retryable,omitempty"` // the same command may succeed later
	RequestID string `json:"request_id,omitempty"`
	// Warnings are sentences for WHMCS's activity log.
	Warnings []string `json:"warnings,omitempty"`
	// Properties are service properties to save; "" clears one.
	Properties map[string]string `json:"properties,omitempty"`

	LicenseKey  string `json:"license_key,omitempty"`
	Product     string `json:"product,omitempty"`
	ProductName string `json:"product_name,omitempty"`
	State       State  `json:"state,omitempty"`
	Site        string `json:"site,omitempty"`      // where this module attached the license
	Domain      string `json:"domain,omitempty"`    // for people
	AdminURL    string `json:"admin_url,omitempty"` // where the customer enters the key
	IssuedAt    string `json:"issued_at,omitempty"` // RFC 3339
	Note        string `json:"note,omitempty"`      // for the staff: what is open, and what to do

	Products []Product `json:"products,omitempty"`
	Cached   bool      `json:"cached,omitempty"` // the list of products comes from the cache
	Stale    bool      `json:"stale,omitempty"`  // it is too old, but the API didn't answer

	Open []Open `json:"open,omitempty"`
}

// Outcomes of commands.
const (
	Issued          = "issued"
	Unchanged       = "unchanged"
	Revoked         = "revoked"
	NothingToRevoke = "nothing_to_revoke"
	Changed         = "changed"
	Attached        = "attached"
	Suspended       = "suspended"
	Unsuspended     = "unsuspended"
	Active          = "active"
	Reconciled      = "reconciled"
	Tested          = "tested"
	Listed          = "listed"
	Failed          = "failed"
)

// licenseKeyProperty is the service property that holds the license key. WHMCS treats some
// properties of this name specially.
const licenseKeyProperty = "License Key"
