package sandbox

import (
	"bytes"
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

// loadDescription reads the published description of the Licensing API, with the sandbox as its server.
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

// differ changes the description where the sandbox goes another way on purpose; all else holds to
// the letter.
//
//   - issued_at and revoked_at look as in the integration guide's example, 2020-09-08 16:14:58, not as the RFC 3339 that
//     date-time means: the guide shows an answer of the real API, the description has no example.
//   - revoked_at is null in a license that isn't revoked, again as in the guide; the description has no null.
//   - /site-connection answers 400 and 403 like all the others; the description has only its 200, but says
//     "if this endpoint returns 200 …", and the guide tells of errors.
//   - Product families have a description: the published description has none, but Jetpack's WHMCS module reads one.
func allowDeviations(doc *openapi3.T) {
	license := doc.Components.Schemas["License"].Value.Properties
	for _, name := range []string{"issued_at", "revoked_at"} {
		time := openapi3.NewStringSchema().WithPattern(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`)
		time.Nullable = name == "revoked_at"
		license[name] = time.NewRef()
	}
	for _, name := range []string{"ProductFamily", "ProductFamilyWithPrices"} {
		doc.Components.Schemas[name].Value.Properties["description"] = openapi3.NewStringSchema().
			NewRef()
	}
	connect := doc.Paths.Value("/site-connection").Post.Responses
	connect.Set("400", &openapi3.ResponseRef{Value: doc.Components.Responses["BadRequest"].Value})
	connect.Set("403", &openapi3.ResponseRef{Value: doc.Components.Responses["Forbidden"].Value})
}

// strict makes the description say what its words mean: every property that it has is there, and
// no other. Without this an answer of {} would pass.
func requireProperties(doc *openapi3.T) {
	no := false
	for name, required := range map[string][]string{
		"Message":                        {"code", "message"},
		"License":                        {"license_id", "license_key", "issued_at", "revoked_at"},
		"ProductFamily":                  {"name", "slug", "products", "description"},
		"ProductFamilyProduct":           {"product_id", "name", "slug"},
		"ProductFamilyWithPrices":        {"name", "slug", "products", "description"},
		"ProductFamilyWithPricesProduct": {"product_id", "name", "slug", "currency", "amount", "price_interval"},
	} {
		schema := doc.Components.Schemas[name].Value
		schema.Required = required
		if name != "Message" { // which also has WordPress's data.status
			schema.AdditionalProperties = openapi3.AdditionalProperties{Has: &no}
		}
	}
	connection := doc.Paths.Value("/site-connection").Post.Responses.Value("200").Value.Content["application/json"].Schema.Value
	connection.Required = []string{"code", "blog_id"}
	connection.AdditionalProperties = openapi3.AdditionalProperties{Has: &no}
}

// TestAnswersAreAsDescribed calls every operation of the published description well and badly, and
// holds status, headers and body of each answer against it. Which requests are good the
// description says too, so that this test can't bend them.
func TestAnswersAreAsDescribed(t *testing.T) {
	b := startLicensing(t)
	b.token = "LIC"
	doc, router := loadDescription(t, b.base)
	requireProperties(doc)

	key := b.json("POST", "/license", `{"product":"personal"}`).json(t)["license_key"].(string)
	gone := b.json("POST", "/license", `{"product":"personal"}`).json(t)["license_key"].(string)
	b.json("DELETE", "/license?license_key="+gone, "").want(t, 200)

	type statusOf map[int]bool
	met := map[string]statusOf{}
	steps := []struct {
		name, token, method, path, body string
		status                          int
		bad                             bool // by the description, too
	}{
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
			body: `{"product":"gold"}`, status: 400, bad: true,
		},
		{
			name: "issue a number", method: "POST", path: "/license", body: `{"product":7}`,
			status: 400, bad: true,
		},
		{
			name: "issue with broken JSON", method: "POST", path: "/license", body: `{"product":`,
			status: 400, bad: true,
		},
		{
			name: "issue with a wrong token", token: "x", method: "POST", path: "/license",
			body: `{"product":"personal"}`, status: 403,
		},
		{
			name: "issue without a token", token: "-", method: "POST", path: "/license",
			body: `{"product":"personal"}`, status: 403, bad: true,
		},
		{
			name: "issue with a key that is disabled", token: "OFF", method: "POST",
			path: "/license", body: `{"product":"personal"}`, status: 403,
		},

		{name: "show", method: "GET", path: "/license?license_key=" + key, status: 200},
		{
			name: "show a revoked one", method: "GET", path: "/license?license_key=" + gone,
			status: 200,
		},
		{name: "show without a key", method: "GET", path: "/license", status: 400, bad: true},
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
			status: 400, bad: true,
		},
		{
			name: "attach to a list", method: "POST", path: "/license/" + key + "/site",
			body: `{"site":[11]}`, status: 400, bad: true,
		},
		{
			name: "attach an unknown one", method: "POST", path: "/license/x/site",
			body: `{"site":11}`, status: 403,
		},
		{
			name: "attach a revoked one", method: "POST", path: "/license/" + gone + "/site",
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
			path: "/license/" + key + "/site?cancellation_email=no", status: 400, bad: true,
		},
		{name: "detach an unknown one", method: "DELETE", path: "/license/x/site", status: 403},
		{
			name: "detach with a wrong token", token: "x", method: "DELETE",
			path: "/license/" + key + "/site", status: 403,
		},

		{name: "revoke", method: "DELETE", path: "/license?license_key=" + key, status: 200},
		{name: "revoke again", method: "DELETE", path: "/license?license_key=" + key, status: 400},
		{name: "revoke without a key", method: "DELETE", path: "/license", status: 400, bad: true},
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
			path: "/partner/product-families", status: 403, bad: true,
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
			bad: true,
		},
		{
			name: "connect a list", method: "POST", path: "/site-connection",
			body: `{"url":["https://new.test"],"local_user":1}`, status: 400, bad: true,
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
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			request, err := http.NewRequest(
				step.method, b.base+licensing+step.path, strings.NewReader(step.body),
			)
			if err != nil {
				t.Fatal(err)
			}
			if step.body != "" {
				request.Header.Set("Content-Type", "application/json")
			}
			switch step.token {
			case "":
				request.Header.Set("Authorization", "Bearer LIC")
			case "-":
			default:
				request.Header.Set("Authorization", "Bearer "+step.token)
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
					IncludeResponseStatus: true, MultiError: true,
					AuthenticationFunc: func(_ context.Context, in *openapi3filter.AuthenticationInput) error {
						if !strings.HasPrefix(request.Header.Get("Authorization"), "Bearer ") {
							return in.NewError(nil)
						}
						return nil
					},
				},
			}
			if err := openapi3filter.ValidateRequest(t.Context(), input); (err != nil) != step.bad {
				t.Errorf(
					"the description takes this request for bad: %v, want %v: %v", err != nil,
					step.bad, err,
				)
			}
			request.Body = io.NopCloser(strings.NewReader(step.body))
			got := b.do(request)
			got.want(t, step.status)
			output := &openapi3filter.ResponseValidationInput{
				RequestValidationInput: input, Status: got.status, Header: got.header,
				Options: input.Options,
			}
			output.SetBodyBytes([]byte(got.body))
			if err := openapi3filter.ValidateResponse(t.Context(), output); err != nil {
				t.Errorf("%v\n%s", err, got.body)
			}
			if got.header.Get("X-Jetpack-Request-Id") == "" ||
				got.header.Get("Content-Type") != "application/json" {
				t.Errorf("headers %v", got.header)
			}
			if got.status >= 400 {
				checkMessage(t, got)
			}
			if met[route.Operation.OperationID] == nil {
				met[route.Operation.OperationID] = statusOf{}
			}
			met[route.Operation.OperationID][got.status] = true
		})
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				if n := atoi(status); !met[op.OperationID][n] {
					t.Errorf("%s %s never answered %s", method, path, status)
				}
			}
		}
	}
}

// checkMessage looks at what the description leaves out: the status, in WordPress's place for it.
func checkMessage(t *testing.T, got testResponse) {
	t.Helper()
	var message struct {
		Code, Message string
		Data          struct{ Status int }
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(got.body)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&message); err != nil || message.Code == "" || message.Message == "" ||
		message.Data.Status != got.status {
		t.Errorf("%d %s: %v", got.status, got.body, err)
	}
}
