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
		400, "This key has reached its activation limit for product %s",
		"The key has as many activations of this plan as it may have.",
		"Ask the Jetpack Start team for a higher limit, or cancel plans that are not needed.",
	},
	"could_not_load_product_class": {
		400, "Could not load a product class", "No product belongs to this plan.",
		"Check the value of plan.",
	},
	"error_access_token": {
		400, "Failed to create access token", "No token could be created for the user.",
		"Try again, or let the user approve the connection.",
	},
	"failed_registration_unknown_blog": {
		400, "Remote site returned an invalid site ID",
		"The site answered the registration with an ID that is not its own.",
		"Disconnect the site, then provision with force_register=1.",
	},
	"incorrect_partner_key": {
		403, "Subscriptions can only be cancelled by the oAuth client that created them",
		"Another partner key provisioned the plan.", "Cancel with the key that provisioned it.",
	},
	"invalid_blog": {
		403, "The blog ID %s is invalid", "No site has this ID, or a test key asked.",
		"Check the ID; a test key can't ask for a site's status.",
	},
	"invalid_client": {
		400, "The client ID or secret is wrong",
		"The partner ID and secret don't belong together.", "Check both.",
	},
	"invalid_input": {
		400, "A parameter is wrong", "A parameter is missing, unknown or malformed.",
		"Check the parameters.",
	},
	"invalid_local_user": {
		400, `The required "local_user" argument is missing.`, "local_user was not sent.",
		"Send the login, e-mail address or ID of a user of the site.",
	},
	"invalid_plan": {
		400, "%s is not a valid plan", "No plan has this slug.", "Check the value of plan.",
	},
	"invalid_scope": {
		403, "This token is not authorized to provision partner sites",
		"The token lacks the scope jetpack-partner.", "Ask for a token with that scope.",
	},
	"invalid_siteurl": {
		400, `The required "siteurl" argument is missing.`,
		"siteurl was not sent, or is not a URL.",
		"Send the URL of the core files, with its scheme.",
	},
	"invalid_token": {
		403, "The token is missing or wrong",
		"No bearer token was sent, or an unknown one.", "Ask for a new token.",
	},
	"method_not_found": {
		400, "%s method not found on remote site.",
		"Jetpack is not active on the site, or the two sides' tokens don't match.",
		"Activate Jetpack and check the scheme of siteurl; or send force_register=1.",
	},
	"not_jps_plan": {
		400, "The plan for this site was not provisioned by Jetpack Start",
		"The plan was bought elsewhere.", "Let the owner of the plan cancel it.",
	},
	"partner_key_disabled": {
		403, "This key is disabled.", "The partner key was disabled.",
		"Contact the Jetpack Start team.",
	},
	"plan_downgrade_disallowed": {
		400, "Can not automatically downgrade plans. Contact support.",
		"The site has a plan that includes this one.", "Cancel the larger plan first.",
	},
	"site_inaccessible": {
		400, "We couldn't contact your site",
		"The site didn't answer, or not as a WordPress with Jetpack does.",
		"Check that the site answers requests to xmlrpc.php.",
	},
	"too_many_requests": {
		429, "Too many requests per time interval", "There were too many requests.", "Wait before you try again.",
	},
	"unknown_blog": {
		404, "Unknown blog", "The API does not know the site.", "Check the site's address.",
	},
	"unsupported_grant_type": {
		400, "The grant type must be client_credentials", "grant_type has another value.",
		"Send grant_type=client_credentials.",
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
