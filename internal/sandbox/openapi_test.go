package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"jetpack-start/internal/testenv"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// loadDescription returns the published OpenAPI description of the Licensing API, and a router for
// its operations, with the sandbox as the server.
func loadDescription(t *testing.T, base string) (*openapi3.T, routers.Router) {
	t.Helper()
	path := testenv.OpenAPI(t, "jetpack-licensing.yml")
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: base + licensing}}
	allowDeviations(doc)
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

// allowDeviations changes the description where the sandbox deviates from it on purpose:
//
//   - issued_at and revoked_at have the form of the integration guide's example, 2020-09-08
//     16:14:58, and not that of RFC 3339, which date-time means. The guide shows a response of the
//     real API; the description has no example.
//   - revoked_at is null in a license that isn't revoked, as in the guide. The description doesn't
//     allow null.
//   - /site-connection can return 400 and 403, like all other operations. The description only has
//     200, but says "if this endpoint returns 200 …", and the guide mentions errors.
//   - Product families have a description, because Jetpack's WHMCS module reads one.
func allowDeviations(doc *openapi3.T) {
	license := doc.Components.Schemas["License"].Value.Properties
	for _, name := range []string{"issued_at", "revoked_at"} {
		time := openapi3.NewStringSchema().WithPattern(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`)
		time.Nullable = name == "revoked_at"
		license[name] = time.NewRef()
	}
	for _, name := range []string{"ProductFamily", "ProductFamilyWithPrices"} {
		properties := doc.Components.Schemas[name].Value.Properties
		properties["description"] = openapi3.NewStringSchema().NewRef()
	}
	connect := doc.Paths.Value("/site-connection").Post.Responses
	connect.Set("400", &openapi3.ResponseRef{Value: doc.Components.Responses["BadRequest"].Value})
	connect.Set("403", &openapi3.ResponseRef{Value: doc.Components.Responses["Forbidden"].Value})
}

// requireProperties makes all properties required and forbids others. The description itself would
// allow the response {}.
func requireProperties(doc *openapi3.T) {
	no := false
	for name, required := range map[string][]string{
		"Message":                 {"code", "message"},
		"License":                 {"license_id", "license_key", "issued_at", "revoked_at"},
		"ProductFamily":           {"name", "slug", "products", "description"},
		"ProductFamilyProduct":    {"product_id", "name", "slug"},
		"ProductFamilyWithPrices": {"name", "slug", "products", "description"},
		"ProductFamilyWithPricesProduct": {
			"product_id", "name", "slug", "currency", "amount", "price_interval",
		},
	} {
		schema := doc.Components.Schemas[name].Value
		schema.Required = required
		if name != "Message" { // Message also has WordPress's data.status
			schema.AdditionalProperties = openapi3.AdditionalProperties{Has: &no}
		}
	}
	connected := doc.Paths.Value("/site-connection").Post.Responses.Value("200").Value
	connection := connected.Content["application/json"].Schema.Value
	connection.Required = []string{"code", "blog_id"}
	connection.AdditionalProperties = openapi3.AdditionalProperties{Has: &no}
}

// TestResponsesMatchDescription makes valid and invalid calls of every operation in the published
// description, and validates the status, headers and body of each response against it. It also
// validates the requests, so that an invalid request can't count as a valid call.
func TestResponsesMatchDescription(t *testing.T) {
	b := startLicensing(t)
	b.token = "LIC"
	doc, router := loadDescription(t, b.base)
	requireProperties(doc)

	key := b.json("POST", "/license", `{"product":"personal"}`).json(t)["license_key"].(string)
	revoked := b.json("POST", "/license", `{"product":"personal"}`).json(t)["license_key"].(string)
	b.json("DELETE", "/license?license_key="+revoked, "").want(t, 200)

	returned := map[string]map[int]bool{} // the statuses, by operation
	for _, call := range describedCalls(key, revoked) {
		t.Run(call.name, func(t *testing.T) {
			operation, status := call.check(t, b, router)
			if returned[operation] == nil {
				returned[operation] = map[int]bool{}
			}
			returned[operation][status] = true
		})
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				if !returned[op.OperationID][atoi(status)] {
					t.Errorf("%s %s never returned %s", method, path, status)
				}
			}
		}
	}
}

// describedCall is a call of an operation in the description.
type describedCall struct {
	name    string
	token   string // LIC if it is empty, none if it is -
	method  string
	path    string
	body    string
	status  int  // of the response
	invalid bool // whether the request is invalid according to the description
}

// describedCalls returns calls that can be made in this order, if there are a license with the
// given key and a revoked one.
func describedCalls(key, revoked string) []describedCall {
	return []describedCall{
		{
			name: "issue", method: "POST", path: "/license", body: `{"product":"jetpack-scan"}`,
			status: 200,
		},
		{
			name: "issue without a product", method: "POST", path: "/license", body: `{}`,
			status: 400,
		},
		{name: "issue without a body", method: "POST", path: "/license", status: 400},
		{
			name: "issue what isn't sold", method: "POST", path: "/license",
			body: `{"product":"gold"}`, status: 400, invalid: true,
		},
		{
			name: "issue a number", method: "POST", path: "/license", body: `{"product":7}`,
			status: 400, invalid: true,
		},
		{
			name: "issue with broken JSON", method: "POST", path: "/license", body: `{"product":`,
			status: 400, invalid: true,
		},
		{
			name: "issue with a wrong token", token: "x", method: "POST", path: "/license",
			body: `{"product":"personal"}`, status: 403,
		},
		{
			name: "issue without a token", token: "-", method: "POST", path: "/license",
			body: `{"product":"personal"}`, status: 403, invalid: true,
		},
		{
			name: "issue with a key that is disabled", token: "OFF", method: "POST",
			path: "/license", body: `{"product":"personal"}`, status: 403,
		},

		{name: "show", method: "GET", path: "/license?license_key=" + key, status: 200},
		{
			name: "show a revoked one", method: "GET", path: "/license?license_key=" + revoked,
			status: 200,
		},
		{name: "show without a key", method: "GET", path: "/license", status: 400, invalid: true},
		{
			name: "show an unknown one", method: "GET", path: "/license?license_key=personal_x",
			status: 403,
		},
		{
			name: "show another's", token: "U", method: "GET", path: "/license?license_key=" + key,
			status: 403,
		},
		{
			name: "show with a wrong token", token: "x", method: "GET",
			path: "/license?license_key=" + key, status: 403,
		},

		{
			name: "attach by URL", method: "POST", path: "/license/" + key + "/site",
			body: `{"site":"https://a.test/x/"}`, status: 200,
		},
		{
			name: "attach by blog ID", method: "POST", path: "/license/" + key + "/site",
			body: `{"site":11}`, status: 200,
		},
		{
			name: "attach by domain and path", method: "POST", path: "/license/" + key + "/site",
			body: `{"site":"a.test::x"}`, status: 200,
		},
		{
			name: "attach elsewhere", method: "POST", path: "/license/" + key + "/site",
			body: `{"site":12}`, status: 400,
		},
		{
			name: "attach to an unconnected site", method: "POST",
			path: "/license/" + key + "/site", body: `{"site":"new.test"}`, status: 400,
		},
		{
			name: "attach to nothing", method: "POST", path: "/license/" + key + "/site",
			body: `{}`, status: 400,
		},
		{
			name: "attach without a body", method: "POST", path: "/license/" + key + "/site",
			status: 400, invalid: true,
		},
		{
			name: "attach to a list", method: "POST", path: "/license/" + key + "/site",
			body: `{"site":[11]}`, status: 400, invalid: true,
		},
		{
			name: "attach an unknown one", method: "POST", path: "/license/x/site",
			body: `{"site":11}`, status: 403,
		},
		{
			name: "attach a revoked one", method: "POST", path: "/license/" + revoked + "/site",
			body: `{"site":11}`, status: 400,
		},
		{
			name: "attach with a wrong token", token: "x", method: "POST",
			path: "/license/" + key + "/site", body: `{"site":11}`, status: 403,
		},

		{
			name: "detach, and mail", method: "DELETE",
			path: "/license/" + key + "/site?cancellation_email=1", status: 200,
		},
		{
			name: "detach what isn't attached", method: "DELETE",
			path: "/license/" + key + "/site?cancellation_email=0", status: 400,
		},
		{
			name: "detach oddly", method: "DELETE",
			path: "/license/" + key + "/site?cancellation_email=no", status: 400, invalid: true,
		},
		{name: "detach an unknown one", method: "DELETE", path: "/license/x/site", status: 403},
		{
			name: "detach with a wrong token", token: "x", method: "DELETE",
			path: "/license/" + key + "/site", status: 403,
		},

		{name: "revoke", method: "DELETE", path: "/license?license_key=" + key, status: 200},
		{name: "revoke again", method: "DELETE", path: "/license?license_key=" + key, status: 400},
		{name: "revoke without a key", method: "DELETE", path: "/license", status: 400, invalid: true},
		{
			name: "revoke an unknown one", method: "DELETE", path: "/license?license_key=x",
			status: 403,
		},
		{
			name: "revoke with a wrong token", token: "x", method: "DELETE",
			path: "/license?license_key=" + key, status: 403,
		},

		{name: "families", token: "-", method: "GET", path: "/product-families", status: 200},
		{name: "families with a token", method: "GET", path: "/product-families", status: 200},
		{name: "prices", method: "GET", path: "/partner/product-families", status: 200},
		{
			name: "prices with a wrong token", token: "x", method: "GET",
			path: "/partner/product-families", status: 403,
		},
		{
			name: "prices without a token", token: "-", method: "GET",
			path: "/partner/product-families", status: 403, invalid: true,
		},

		{
			name: "connect", method: "POST", path: "/site-connection",
			body: `{"url":"https://new.test","local_user":"admin"}`, status: 200,
		},
		{
			name: "connect again", method: "POST", path: "/site-connection",
			body: `{"url":"https://new.test","local_user":1}`, status: 200,
		},
		{
			name: "connect one that was", method: "POST", path: "/site-connection",
			body: `{"url":"https://left.test","local_user":1}`, status: 200,
		},
		{
			name: "connect nothing", method: "POST", path: "/site-connection", body: `{}`,
			status: 400,
		},
		{
			name: "connect without a body", method: "POST", path: "/site-connection", status: 400,
			invalid: true,
		},
		{
			name: "connect a list", method: "POST", path: "/site-connection",
			body: `{"url":["https://new.test"],"local_user":1}`, status: 400, invalid: true,
		},
		{
			name: "connect what can't be reached", method: "POST", path: "/site-connection",
			body: `{"url":"https://gone.test","local_user":1}`, status: 403,
		},
		{
			name: "connect with a wrong token", token: "x", method: "POST",
			path: "/site-connection", body: `{"url":"https://new.test","local_user":1}`,
			status: 403,
		},
	}
}

// check makes a call and validates the request and the response. It returns the ID of the operation
// and the status of the response.
func (c describedCall) check(
	t *testing.T, b *testSandbox, router routers.Router,
) (operation string, status int) {
	t.Helper()
	request, err := http.NewRequest(c.method, b.base+licensing+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	if c.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "-" {
		request.Header.Set("Authorization", "Bearer "+cmp.Or(c.token, "LIC"))
	}
	route, params, err := router.FindRoute(request)
	if err != nil {
		t.Fatal(err)
	}
	input := &openapi3filter.RequestValidationInput{
		Request:    request,
		PathParams: params,
		Route:      route,
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true, MultiError: true, AuthenticationFunc: requireBearer,
		},
	}
	err = openapi3filter.ValidateRequest(t.Context(), input)
	if (err != nil) != c.invalid {
		t.Errorf("invalid request: %v, want %v: %v", err != nil, c.invalid, err)
	}
	request.Body = io.NopCloser(strings.NewReader(c.body))
	got := b.do(request)
	got.want(t, c.status)
	output := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got.status, Header: got.header,
		Options: input.Options,
	}
	output.SetBodyBytes([]byte(got.body))
	if err := openapi3filter.ValidateResponse(t.Context(), output); err != nil {
		t.Errorf("%v\n%s", err, got.body)
	}
	id, contentType := got.header.Get("X-Jetpack-Request-Id"), got.header.Get("Content-Type")
	if id == "" || contentType != "application/json" {
		t.Errorf("headers %v", got.header)
	}
	if got.status >= 400 {
		checkMessage(t, got)
	}
	return route.Operation.OperationID, got.status
}

// requireBearer returns an error if the request has no bearer token.
func requireBearer(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	authorization := in.RequestValidationInput.Request.Header.Get("Authorization")
	if !strings.HasPrefix(authorization, "Bearer ") {
		return in.NewError(nil)
	}
	return nil
}

// checkMessage checks the whole body of an error. The description leaves out data.status.
func checkMessage(t *testing.T, got testResponse) {
	t.Helper()
	var message struct {
		Code, Message string
		Data          struct{ Status int }
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(got.body)))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&message)
	if err != nil || message.Code == "" || message.Message == "" ||
		message.Data.Status != got.status {
		t.Errorf("%d %s: %v", got.status, got.body, err)
	}
}
