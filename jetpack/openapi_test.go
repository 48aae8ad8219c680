package jetpack

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"jetpack-start/internal/testenv"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// described returns the published description of the Licensing API, with the test's server as its
// server, and a router for it.
func described(t *testing.T, server string) (*openapi3.T, routers.Router) {
	t.Helper()
	path := testenv.OpenAPI(t, "jetpack-licensing.yml")
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: server + licensingPath}}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

// Every request is valid by the published description, and the requests cover all of it.
func TestRequestsAreAsDescribed(t *testing.T) {
	var router routers.Router
	var mu sync.Mutex
	seen := map[string]bool{}
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		r.URL.Scheme, r.URL.Host = "http", r.Host
		route, params, err := router.FindRoute(r)
		if err != nil {
			t.Errorf("%s %s: %v", r.Method, r.RequestURI, err)
			return
		}
		secured := false
		input := &openapi3filter.RequestValidationInput{
			Request:    r,
			PathParams: params,
			Route:      route,
			Options: &openapi3filter.Options{
				MultiError: true,
				AuthenticationFunc: func(
					_ context.Context, in *openapi3filter.AuthenticationInput,
				) error {
					secured = true
					if in.SecurityScheme.Scheme != "bearer" ||
						r.Header.Get("Authorization") != "Bearer "+testBearer.Reveal() {
						return errors.New("no bearer token")
					}
					return nil
				},
			},
		}
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.RequestURI, err)
		}
		if !secured && r.Header.Get("Authorization") != "" {
			t.Errorf("%s: a token that isn't asked for", r.RequestURI)
		}
		for name := range r.URL.Query() {
			if route.Operation.Parameters.GetByInAndName("query", name) == nil {
				t.Errorf("%s %s: %s isn't described", r.Method, r.RequestURI, name)
			}
		}
		mu.Lock()
		seen[route.Operation.OperationID] = true
		mu.Unlock()
		switch {
		case strings.HasSuffix(route.Path, "families"):
			respond(200, "[]")(w, r, n)
		case strings.HasSuffix(route.Path, "connection"):
			respond(200, `{"code":"success","blog_id":1}`)(w, r, n)
		default:
			respond(200, issuedJSON)(w, r, n)
		}
	})
	doc, found := described(t, a.URL)
	router = found
	l, _ := a.licensing(t, nil)
	ctx := t.Context()
	var err error
	note := func(_ any, e error) { err = errors.Join(err, e) }
	for _, product := range []string{"free", "jetpack-scan", "jetpack-complete"} {
		note(l.Issue(ctx, product))
	}
	for _, key := range []string{testKey, "a b&c=d?"} {
		note(l.License(ctx, key))
		note(l.Revoke(ctx, key))
		note(l.Detach(ctx, key, true))
		note(l.Detach(ctx, key, false))
		for _, site := range []string{
			"https://example.com/subdir/", "1234", "example.com::subdir", "example.com/a",
		} {
			note(l.Attach(ctx, key, site))
		}
	}
	note(l.ProductFamilies(ctx))
	note(l.PartnerProductFamilies(ctx))
	for _, user := range []string{"1", "admin", "007", "a@example.com", "99999999999999999999"} {
		note(l.ConnectSite(ctx, "https://example.com/site", user))
	}
	if err != nil {
		t.Error(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if !seen[op.OperationID] {
				t.Errorf("%s %s was never asked", method, path)
			}
		}
	}
}
