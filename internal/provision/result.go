package provision

import (
	"encoding/json"
	"net/url"
	"strings"

	"jetpack-start/internal/plainjson"
)

// The outcomes of commands. A pending plan isn't billed, and expires after 14 days
// (docs/contract.md, "Answers to a provision").
const (
	Provisioned     = "provisioned"
	Pending         = "pending" // until the user approves the connection
	Unchanged       = "unchanged"
	Cancelled       = "cancelled"
	NothingToCancel = "nothing_to_cancel"
	Failed          = "failed"
)

// Result is the outcome of a command on a site, printed as JSON. Fields of the API's answers have
// the API's names. Outcome is "" if the command failed before it had one.
type Result struct {
	Success bool   `json:"success"`
	Outcome string `json:"outcome"`
	// NextURL and AuthRequired are encoded by MarshalJSON.
	NextURL      string `json:"-"`
	AuthRequired bool   `json:"-"`

	Plan    string `json:"plan,omitempty"`
	SiteURL string `json:"siteurl,omitempty"`
	BlogID  int64  `json:"blog_id,omitempty"`

	SSHSet   *bool  `json:"ssh_set,omitempty"`
	SSHError string `json:"ssh_error,omitempty"`
	FTPSet   *bool  `json:"ftp_set,omitempty"`
	FTPError string `json:"ftp_error,omitempty"`

	Activations        json.RawMessage `json:"activations,omitempty"`
	PendingActivations json.RawMessage `json:"pending_activations,omitempty"`

	// UserToken is "stored" or "not_stored" if the answer had a user token for the site, otherwise
	// "".
	UserToken string `json:"user_token,omitempty"`
	// Plugins maps the plugins that the plan needs to "active", "pending_connection",
	// "skipped: REASON" or "failed: REASON".
	Plugins map[string]string `json:"plugins,omitempty"`
	// Warnings are the warnings that are also printed to standard error.
	Warnings []string `json:"warnings,omitempty"`
	// Done are the changes that were made, in order.
	Done []string `json:"done,omitempty"`

	ErrorCode    string `json:"error_code,omitempty"`
	ErrorMessage string `json:"error_message,omitempty"`
	Retryable    bool   `json:"retryable,omitempty"`
	RequestID    string `json:"request_id,omitempty"`

	// Raw is the API's answer as received, nil if there was none. It must not be printed as it is:
	// it can hold a user token.
	Raw []byte `json:"-"`
}

// MarshalJSON encodes next_url and auth_required, even if empty and false, if there is a plan, and
// omits them if not: a caller that reads only auth_required must not take a failure for a plan.
func (r *Result) MarshalJSON() ([]byte, error) {
	type plain Result
	out := struct {
		Success      bool    `json:"success"`
		Outcome      string  `json:"outcome"`
		NextURL      *string `json:"next_url,omitempty"`
		AuthRequired *bool   `json:"auth_required,omitempty"`
		*plain
	}{Success: r.Success, Outcome: r.Outcome, plain: (*plain)(r)}
	if r.NextURL != "" || r.Success && r.Outcome != Cancelled {
		out.NextURL, out.AuthRequired = &r.NextURL, &r.AuthRequired
	}
	return plainjson.Marshal(out) // people copy next_url, which holds &
}

// withRedirect adds partner_redirect to the query of a next_url, and changes nothing else in it.
func withRedirect(next, redirect string) string {
	if next == "" || redirect == "" {
		return next
	}
	base, fragment, hasFragment := strings.Cut(next, "#")
	separator := "?"
	if strings.Contains(base, "?") {
		separator = "&"
	}
	next = base + separator + "partner_redirect=" + url.QueryEscape(redirect)
	if hasFragment {
		next += "#" + fragment
	}
	return next
}
