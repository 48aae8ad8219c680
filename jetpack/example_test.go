package jetpack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"jetpack-start/jetpack"
)

// serve starts a server in place of the API, which answers each path with this JSON.
func serve(answers map[string]string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Jetpack-Request-Id", "8f2a")
		fmt.Fprint(w, answers[r.Method+" "+r.URL.Path])
	}))
}

func Example() {
	api := serve(map[string]string{
		"POST /oauth2/token":              `{"access_token":"T","token_type":"bearer"}`,
		"POST /rest/v1.3/jpphp/provision": `{"success":true,"auth_required":false}`,
	})
	defer api.Close()

	client, err := jetpack.NewClient(jetpack.Config{
		BaseURL:       api.URL, // leave it out for the real API
		PartnerID:     "12345",
		PartnerSecret: "secret",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := client.Provision(context.Background(), jetpack.ProvisionRequest{
		SiteURL: "https://example.com", LocalUser: "admin", Plan: "premium",
	})
	var apiErr *jetpack.Error
	switch {
	case errors.As(err, &apiErr) && apiErr.Lost():
		fmt.Println("the plan may be provisioned: look with Status before asking again")
	case errors.As(err, &apiErr) && apiErr.Retryable():
		fmt.Println("not provisioned; try again later:", err)
	case err != nil:
		fmt.Println("refused:", err)
	case !answer.AuthRequired:
		fmt.Println("the plan is provisioned")
	case answer.NextURL != "":
		fmt.Println("the user must approve the connection at", answer.NextURL)
	default:
		fmt.Println("the domain doesn't resolve yet; ask again when it does")
	}
	// Output: the plan is provisioned
}

func ExampleError() {
	api := serve(map[string]string{
		"POST /oauth2/token": `{"access_token":"T","token_type":"bearer"}`,
		"POST /rest/v1.3/jpphp/provision": `{"error":"invalid_plan",` +
			`"message":"gold is not a valid plan"}`,
	})
	defer api.Close()
	client, err := jetpack.NewClient(jetpack.Config{
		BaseURL: api.URL, PartnerID: "12345", PartnerSecret: "secret",
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	_, err = client.Provision(context.Background(), jetpack.ProvisionRequest{
		SiteURL: "https://example.com", LocalUser: "admin", Plan: "gold",
	})
	fmt.Println(err)
	var apiErr *jetpack.Error
	if errors.As(err, &apiErr) {
		fmt.Println(apiErr.Code, apiErr.RequestID, apiErr.Retryable(), apiErr.Lost())
	}
	// Output:
	// provision: invalid_plan: gold is not a valid plan (HTTP 200, request ID 8f2a)
	// invalid_plan 8f2a false false
}

func ExampleStatus_Find() {
	status := jetpack.Status{Products: []jetpack.ProductStatus{
		{Slug: "jetpack_premium", ByPartner: true, ByCallingPartner: true, Pending: true},
		{Slug: "jetpack-scan"},
	}}
	product, found := status.Find("premium")
	fmt.Println(found, product.Slug, product.ByCallingPartner, product.Pending)
	// Output: true jetpack_premium true true
}

func ExampleClient_Cancel() {
	api := serve(map[string]string{
		"POST /oauth2/token": `{"access_token":"T","token_type":"bearer"}`,
		"POST /rest/v1.3/jpphp/example.com::blog/partner-cancel": `{"success":true}`,
	})
	defer api.Close()
	client, err := jetpack.NewClient(jetpack.Config{
		BaseURL: api.URL, PartnerID: "12345", PartnerSecret: "secret",
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	answer, err := client.Cancel(
		context.Background(), "https://example.com/blog/", jetpack.CancelRequest{Plan: "premium"},
	)
	switch {
	case err != nil:
		fmt.Println(err)
	case answer.Success:
		fmt.Println("cancelled")
	case answer.Repeated:
		fmt.Println("nothing to cancel now; a try whose answer was lost may have cancelled it")
	default:
		fmt.Println("nothing to cancel")
	}
	// Output: cancelled
}

func ExampleLicensing_Issue() {
	api := serve(map[string]string{
		"POST /wpcom/v2/jetpack-licensing/license": `{"license_id":1,` +
			`"license_key":"jetpack-scan_xZjtE12WIVwBus4n2wbIrYcIM",` +
			`"issued_at":"2020-09-08 16:14:58"}`,
	})
	defer api.Close()
	licensing, err := jetpack.NewLicensing(jetpack.Config{
		BaseURL: api.URL, LicensingToken: "token",
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	license, err := licensing.Issue(context.Background(), "jetpack-scan")
	var apiErr *jetpack.Error
	switch {
	case errors.As(err, &apiErr) && apiErr.Lost():
		// There is no call that lists licenses, and asking again could cost twice.
		fmt.Println("a license may have been issued:", err)
	case err != nil:
		fmt.Println("no license was issued:", err)
	default:
		fmt.Println(license) // without the key, which is a secret: license.Key
	}
	// Output: jetpack.License(1 jetpack-scan)
}

func ExampleSiteIdentifier() {
	fmt.Println(jetpack.SiteIdentifier("https://Example.com:443/blog/"))
	fmt.Println(jetpack.SiteIdentifier("123456"))
	fmt.Println(jetpack.SiteIdentifier("https://example.com/?p=1"))
	// Output:
	// example.com::blog <nil>
	// 123456 <nil>
	//  a site URL has no query and no fragment
}

func ExampleSiteKey() {
	fmt.Println(jetpack.SiteKey("http://Example.com:80/Blog/"))
	fmt.Println(jetpack.SiteKey("https://xn--bcher-kva.example"))
	// Output:
	// example.com/Blog
	// bücher.example
}

func ExampleProductOf() {
	fmt.Println(jetpack.ProductOf("jetpack-scan_xZjtE12WIVwBus4n2wbIrYcIM"))
	// Output: jetpack-scan true
}

func ExampleSecret() {
	secret := jetpack.Secret("hunter2")
	fmt.Printf("%s %q %x\n", secret, secret, secret)
	fmt.Println(secret.Reveal())
	// Output:
	// [redacted] [redacted] [redacted]
	// hunter2
}
