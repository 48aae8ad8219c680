package provision

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
)

// What a command came to, the "outcome" of a result.
const (
	Provisioned     = "provisioned"
	Pending         = "pending" // the user has to approve the connection; not billed before (contract: 14 days)
	Unchanged       = "unchanged"
	Cancelled       = "cancelled"
	NothingToCancel = "nothing_to_cancel"
	Failed          = "failed"
)

// Result is what a command prints: the API's own field names, and more. Outcome "" means that the
// command didn't get as far as an outcome.
type Result struct {
	Success bool   `json:"success"`
	Outcome string `json:"outcome"`
	// NextURL and AuthRequired are printed where there is a plan that they speak of; see
	// MarshalJSON.
	NextURL      string `json:"-"`
	AuthRequired bool   `json:"-"`

	Plan    string `json:"plan,omitempty"`
	SiteURL string `json:"siteurl,omitempty"`
	BlogID  int64  `json:"blog_id,omitempty"`

	SSHSet   *bool  `json:"ssh_set,omitempty"`
	SSHError string `json:"ssh_error,omitempty"`

	Activations        json.RawMessage `json:"activations,omitempty"`
	PendingActivations json.RawMessage `json:"pending_activations,omitempty"`

	// UserToken is "stored" where a user token came and was stored on the site, else "not_stored";
	// "" = none came.
	UserToken string `json:"user_token,omitempty"`
	// Plugins says for each plugin that the plan calls for: active, pending_connection, skipped: …,
	// failed: ….
	Plugins map[string]string `json:"plugins,omitempty"`
	// Warnings are the lines that also went to standard error.
	Warnings []string `json:"warnings,omitempty"`
	// Done are the changes made on the site, in order.
	Done []string `json:"done,omitempty"`

	ErrorCode    string `json:"error_code,omitempty"`
	ErrorMessage string `json:"error_message,omitempty"`
	Retryable    bool   `json:"retryable,omitempty"`
	RequestID    string `json:"request_id,omitempty"`

	// Raw is the API's answer as it came, nil where none did; never printed as it is, it can hold a
	// user token.
	Raw []byte `json:"-"`

	token jetpack.Secret
}

// MarshalJSON writes next_url and auth_required, empty and false too, where there is a plan, and
// leaves them out where there is none: a reader who looks at auth_required alone must not take a
// failure for a plan.
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
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // next_url holds &, and is copied by hand
	err := encoder.Encode(out)
	return b.Bytes(), err
}

// PluginFailed says whether a plugin that the plan calls for failed.
func (r *Result) PluginFailed() bool {
	for _, state := range r.Plugins {
		if strings.HasPrefix(state, "failed") {
			return true
		}
	}
	return false
}

// Codes of failures that are ours, beside the API's own and jetpack's.
const (
	CodeNoWordPress   = "no_wordpress"
	CodeSafeMode      = "safe_mode"
	CodeUnknownUser   = "unknown_user"
	CodeAuthorization = "authorization_failure" // the old script's code for a user token that could not be stored
	CodeWaitRanOut    = "wait_ran_out"
	CodePlanMissing   = "plan_missing" // connected, and the plan isn't there
)

// ErrWaitRanOut is returned beside a good result that is still pending.
var ErrWaitRanOut = &failure.Error{
	Code:      CodeWaitRanOut,
	Message:   "the connection was not approved in the time given with --wait",
	Retryable: true,
}

// withRedirect adds partner_redirect to a next_url, which is otherwise left as it came.
func withRedirect(next, redirect string) string {
	if next == "" || redirect == "" {
		return next
	}
	base, fragment, hasFragment := strings.Cut(next, "#")
	separator := "?"
	if strings.Contains(base, "?") {
		separator = "&"
	}
	next = fmt.Sprintf("%s%spartner_redirect=%s", base, separator, url.QueryEscape(redirect))
	if hasFragment {
		next += "#" + fragment
	}
	return next
}
