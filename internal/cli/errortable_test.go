package cli

import (
	"strings"
	"testing"
)

// Every known code of the API has a hint, and every text is complete and one line.
func TestHints(t *testing.T) {
	for _, code := range []string{
		"invalid_client", "invalid_scope", "partner_key_disabled", "invalid_siteurl",
		"invalid_local_user", "invalid_plan", "plan_downgrade_disallowed",
		"activation_limit_reached", "could_not_load_product_class", "error_access_token",
		"failed_registration_unknown_blog", "site_inaccessible", "invalid_input", "not_jps_plan",
		"invalid_blog", "incorrect_partner_key", "too_many_requests",
	} {
		if errorTable[code].solution == "" {
			t.Errorf("no hint for %s", code)
		}
	}
	for code, text := range errorTable {
		if text.description == "" || text.cause == "" || text.solution == "" {
			t.Errorf("%s is not explained: %+v", code, text)
		}
		if strings.ContainsAny(text.description+text.cause+text.solution, "\n\r") {
			t.Errorf("the text for %s has more than one line", code)
		}
	}
}
