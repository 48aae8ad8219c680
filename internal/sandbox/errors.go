package sandbox

import (
	"net/http"
	"strings"
)

// errorDoc describes an error that the published pages name.
type errorDoc struct {
	status   int // the HTTP status
	message  string
	cause    string
	solution string
}

// errorDocs holds the errors of errors.md and of the tables on the endpoints' pages, by code. The
// causes and solutions are the sandbox's own words.
var errorDocs = map[string]errorDoc{
	"activation_limit_reached": {
		status:   400,
		message:  "This key has reached its activation limit for product %s",
		cause:    "The key has as many activations of this plan as it may have.",
		solution: "Ask the Jetpack Start team for a higher limit, or cancel plans.",
	},
	"could_not_load_product_class": {
		status:   400,
		message:  "Could not load a product class",
		cause:    "No product belongs to this plan.",
		solution: "Check the value of plan.",
	},
	"error_access_token": {
		status:   400,
		message:  "Failed to create access token",
		cause:    "No token could be created for the user.",
		solution: "Try again, or let the user approve the connection.",
	},
	"failed_registration_unknown_blog": {
		status:   400,
		message:  "Remote site returned an invalid site ID",
		cause:    "The site answered the registration with an ID that is not its own.",
		solution: "Disconnect the site, then provision with force_register=1.",
	},
	"incorrect_partner_key": {
		status:   403,
		message:  "Subscriptions can only be cancelled by the oAuth client that created them",
		cause:    "Another partner key provisioned the plan.",
		solution: "Cancel with the key that provisioned it.",
	},
	"invalid_blog": {
		status:   403,
		message:  "The blog ID %s is invalid",
		cause:    "No site has this ID, or a test key asked.",
		solution: "Check the ID; a test key can't ask for a site's status.",
	},
	"invalid_client": {
		status:   400,
		message:  "The client ID or secret is wrong",
		cause:    "The partner ID and secret don't belong together.",
		solution: "Check both.",
	},
	"invalid_input": {
		status:   400,
		message:  "A parameter is wrong",
		cause:    "A parameter is missing, unknown or malformed.",
		solution: "Check the parameters.",
	},
	"invalid_local_user": {
		status:   400,
		message:  `The required "local_user" argument is missing.`,
		cause:    "local_user was not sent.",
		solution: "Send the login, e-mail address or ID of a user of the site.",
	},
	"invalid_plan": {
		status:   400,
		message:  "%s is not a valid plan",
		cause:    "No plan has this slug.",
		solution: "Check the value of plan.",
	},
	"invalid_scope": {
		status:   403,
		message:  "This token is not authorized to provision partner sites",
		cause:    "The token lacks the scope jetpack-partner.",
		solution: "Ask for a token with that scope.",
	},
	"invalid_siteurl": {
		status:   400,
		message:  `The required "siteurl" argument is missing.`,
		cause:    "siteurl was not sent, or is not a URL.",
		solution: "Send the URL of the core files, with its scheme.",
	},
	"invalid_token": {
		status:   403,
		message:  "The token is missing or wrong",
		cause:    "No bearer token was sent, or an unknown one.",
		solution: "Ask for a new token.",
	},
	"method_not_found": {
		status:   400,
		message:  "%s method not found on remote site.",
		cause:    "Jetpack is not active on the site, or the two sides' tokens don't match.",
		solution: "Activate Jetpack and check the scheme of siteurl; or send force_register=1.",
	},
	"not_jps_plan": {
		status:   400,
		message:  "The plan for this site was not provisioned by Jetpack Start",
		cause:    "The plan was bought elsewhere.",
		solution: "Let the owner of the plan cancel it.",
	},
	"partner_key_disabled": {
		status:   403,
		message:  "This key is disabled.",
		cause:    "The partner key was disabled.",
		solution: "Contact the Jetpack Start team.",
	},
	"plan_downgrade_disallowed": {
		status:   400,
		message:  "Can not automatically downgrade plans. Contact support.",
		cause:    "The site has a plan that includes this one.",
		solution: "Cancel the larger plan first.",
	},
	"site_inaccessible": {
		status:   400,
		message:  "We couldn't contact your site",
		cause:    "The site didn't answer, or not as a WordPress with Jetpack does.",
		solution: "Check that the site answers requests to xmlrpc.php.",
	},
	"too_many_requests": {
		status:   429,
		message:  "Too many requests per time interval",
		cause:    "There were too many requests.",
		solution: "Wait before you try again.",
	},
	"unknown_blog": {
		status:   404,
		message:  "Unknown blog",
		cause:    "The API does not know the site.",
		solution: "Check the site's address.",
	},
	"unsupported_grant_type": {
		status:   400,
		message:  "The grant type must be client_credentials",
		cause:    "grant_type has another value.",
		solution: "Send grant_type=client_credentials.",
	},
}

// documentedError returns the error with the given code. It replaces %s in the documented message
// by arg, if there is one. A code without documentation has the status 400.
func documentedError(code string, arg ...string) *apiError {
	doc, ok := errorDocs[code]
	if !ok {
		return &apiError{
			status:  http.StatusBadRequest,
			code:    code,
			message: "The sandbox was told to answer " + code,
		}
	}
	message := doc.message
	if strings.Contains(message, "%s") {
		message = strings.TrimSpace(strings.Replace(message, "%s", strings.Join(arg, ""), 1))
	}
	return &apiError{status: doc.status, code: code, message: message}
}

// remoteMethodMissing returns the method_not_found for a method that WordPress.com calls on the
// site: remoteRegister, remoteProvision or remoteConnect.
func remoteMethodMissing(method string) *apiError {
	err := documentedError("method_not_found", method)
	if method == "remoteProvision" {
		err.message += " Try calling again with --force_register=true."
	}
	return err
}

// errorList handles GET …/errors.
func (s *Server) errorList(x *exchange) (any, error) {
	type verbose struct {
		Description string `json:"description"`
		Cause       string `json:"cause"`
		Solution    string `json:"solution"`
	}
	list := map[string]any{}
	_, wantsMore := x.query["verbose"]
	for code, doc := range errorDocs {
		if wantsMore {
			list[code] = verbose{doc.message, doc.cause, doc.solution}
		} else {
			list[code] = doc.message
		}
	}
	return map[string]any{"errors": list}, nil
}
