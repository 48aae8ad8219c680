package jetpack_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"jetpack-start/internal/sandbox"
	"jetpack-start/internal/testenv"
	"jetpack-start/jetpack"
)

// The conformance suite is a list of calls of the client whose outcome must be the same with the
// sandbox and with the real API. It always runs against the sandbox. With one of these variables,
// it also runs against the real API, or the one at JETPACK_START_API_URL:
//
//	JETPACK_START_CONFORMANCE_ID, _SECRET  ID and secret of a test key for Jetpack Start
//	JETPACK_START_CONFORMANCE_TOKEN        token of the Licensing API
//	JETPACK_START_CONFORMANCE_SITE         URL of a connected site
//	JETPACK_START_CONFORMANCE_WRITE=1      allow calls that change something, if they succeed
//
// Cases are skipped if a variable that they need isn't set. With WRITE, the suite activates the
// plan personal for the site and cancels it, and issues licenses and revokes them.
//
// If the real API and the sandbox differ, correct the sandbox and docs/sandbox.md.

// conformance holds the clients of one of the two APIs.
type conformance struct {
	start          *jetpack.Client
	licensing      *jetpack.Licensing
	wrongStart     *jetpack.Client    // has wrong credentials
	wrongLicensing *jetpack.Licensing // has a wrong token
	site           string             // the URL of a connected site
}

// conformanceCases run in this order. Needs holds the ends of the names of variables.
var conformanceCases = []struct {
	name  string
	needs string
	run   func(ctx context.Context, t *testing.T, c *conformance)
}{
	{"ping", "", pings},
	{"list of errors without a token", "", listsErrors},
	{"wrong credentials", "", rejectsCredentials},
	{"right credentials", "ID SECRET", verifiesToken},
	{"status of an unknown site", "ID SECRET", rejectsUnknownSite},
	{"status of a site", "ID SECRET SITE", returnsStatus},
	{"upgrade paths of a site", "ID SECRET SITE", returnsUpgradePaths},
	{"provision without a URL", "ID SECRET WRITE", rejectsProvision},
	{"product families without a token", "", listsProducts},
	{"product families with prices", "TOKEN", listsPrices},
	{"wrong licensing token", "", rejectsLicensingToken},
	{"unknown license", "TOKEN", rejectsUnknownLicense},
	{"license for an unknown product", "TOKEN WRITE", rejectsUnknownProduct},
	{"plan: activate and cancel", "ID SECRET SITE WRITE", activatesAndCancels},
	{"license: issue and revoke", "TOKEN WRITE", issuesAndRevokes},
	{"license: attach and detach", "TOKEN SITE WRITE", attachesAndDetaches},
}

func TestConformance(t *testing.T) {
	t.Run("sandbox", func(t *testing.T) {
		const id, secret, token, site = "51", "secret", "licensing", "https://example.com/shop"
		server, err := sandbox.New(sandbox.Config{
			HTTP:      true,
			Partners:  []string{id + ":" + secret},
			Licensing: []string{token},
			Sites:     []string{site + "=connected:11"},
		})
		if err != nil {
			t.Fatal(err)
		}
		api := httptest.NewServer(server.Handler())
		t.Cleanup(api.Close)
		runConformance(t, api.URL, map[string]string{
			"ID": id, "SECRET": secret, "TOKEN": token, "SITE": site, "WRITE": "1",
		})
	})
	t.Run("api", func(t *testing.T) {
		vars := map[string]string{}
		for _, name := range []string{"ID", "SECRET", "TOKEN", "SITE", "WRITE"} {
			value := os.Getenv("JETPACK_START_CONFORMANCE_" + name)
			if value != "" && (name != "WRITE" || value == "1") {
				vars[name] = value
			}
		}
		if len(vars) == 0 {
			testenv.Skip(t, "conformance", "the real API is asked only with a test key in "+
				"JETPACK_START_CONFORMANCE_ID and _SECRET, _TOKEN, _SITE")
		}
		runConformance(t, os.Getenv("JETPACK_START_API_URL"), vars)
	})
}

// runConformance runs the cases against the API at a base URL, the real one if it is empty. Vars
// holds the values of the variables by the ends of their names.
func runConformance(t *testing.T, base string, vars map[string]string) {
	c := &conformance{
		start:          newStart(t, base, vars["ID"], vars["SECRET"]),
		licensing:      newLicensing(t, base, vars["TOKEN"]),
		wrongStart:     newStart(t, base, "1", "wrong"),
		wrongLicensing: newLicensing(t, base, "wrong"),
		site:           vars["SITE"],
	}
	for _, tt := range conformanceCases {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range strings.Fields(tt.needs) {
				if vars[name] == "" {
					testenv.Skip(t, "conformance", "JETPACK_START_CONFORMANCE_%s isn't set", name)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			tt.run(ctx, t, c)
		})
	}
}

func newStart(t *testing.T, base, id, secret string) *jetpack.Client {
	t.Helper()
	c, err := jetpack.NewClient(jetpack.Config{
		BaseURL: base, PartnerID: id, PartnerSecret: jetpack.Secret(secret),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newLicensing(t *testing.T, base, token string) *jetpack.Licensing {
	t.Helper()
	l, err := jetpack.NewLicensing(jetpack.Config{
		BaseURL: base, LicensingToken: jetpack.Secret(token),
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func pings(ctx context.Context, t *testing.T, c *conformance) {
	date, err := c.start.Ping(ctx)
	if off := time.Since(date); err != nil || !date.IsZero() && off.Abs() > 5*time.Minute {
		t.Errorf("%v, off by %s", err, off)
	}
}

func listsErrors(ctx context.Context, t *testing.T, c *conformance) {
	list, err := c.wrongStart.Errors(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{
		"invalid_client", "invalid_siteurl", "invalid_plan", "plan_downgrade_disallowed",
		"site_inaccessible",
	} {
		if list[code].Description == "" {
			t.Errorf("no description of %s", code)
		}
	}
}

func rejectsCredentials(ctx context.Context, t *testing.T, c *conformance) {
	wantRefusal(t, c.wrongStart.Token(ctx), "token", "invalid_client")
}

func verifiesToken(ctx context.Context, t *testing.T, c *conformance) {
	if err := errors.Join(c.start.Token(ctx), c.start.Verify(ctx)); err != nil {
		t.Error(err)
	}
}

func rejectsUnknownSite(ctx context.Context, t *testing.T, c *conformance) {
	_, err := c.start.Status(ctx, "https://never-seen.example/jetpack-start")
	wantRefusal(t, err, "status", "unknown_blog", "invalid_blog")
}

func returnsStatus(ctx context.Context, t *testing.T, c *conformance) {
	status, err := c.start.Status(ctx, c.site)
	if isInvalidBlog(err) {
		return
	}
	if err != nil || !status.Connected || status.RequestID == "" {
		t.Errorf("%+v, %v", status, err)
	}
}

func returnsUpgradePaths(ctx context.Context, t *testing.T, c *conformance) {
	paths, err := c.start.UpgradePaths(ctx, c.site)
	if isInvalidBlog(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range paths.Families {
		if family.Name == "" || len(family.Slugs) == 0 || slices.Contains(family.Slugs, "") {
			t.Errorf("%+v", family)
		}
	}
}

// isInvalidBlog reports whether err is what the API returns to a test key that asks for a site.
func isInvalidBlog(err error) bool {
	var refused *jetpack.Error
	return errors.As(err, &refused) && refused.Code == "invalid_blog"
}

func rejectsProvision(ctx context.Context, t *testing.T, c *conformance) {
	_, err := c.start.Provision(ctx, jetpack.ProvisionRequest{
		SiteURL: "not a URL", LocalUser: "admin", Plan: "free",
	})
	wantRefusal(t, err, "provision")
}

func listsProducts(ctx context.Context, t *testing.T, c *conformance) {
	families, err := c.wrongLicensing.ProductFamilies(ctx)
	wantProducts(t, families, err, false)
}

func listsPrices(ctx context.Context, t *testing.T, c *conformance) {
	families, err := c.licensing.PartnerProductFamilies(ctx)
	wantProducts(t, families, err, true)
}

func rejectsLicensingToken(ctx context.Context, t *testing.T, c *conformance) {
	_, err := c.wrongLicensing.PartnerProductFamilies(ctx)
	wantRefusal(t, err, "partner-product-families")
}

func rejectsUnknownLicense(ctx context.Context, t *testing.T, c *conformance) {
	_, err := c.licensing.License(ctx, "jetpack-scan_AAAAAAAAAAAAAAAAAAAAAAAAA")
	wantRefusal(t, err, "license-show")
}

func rejectsUnknownProduct(ctx context.Context, t *testing.T, c *conformance) {
	_, err := c.licensing.Issue(ctx, "no-such-product-of-jetpack-start")
	wantRefusal(t, err, "license-issue")
}

// activatesAndCancels requests a plan twice, which activates it once, and cancels it twice, of
// which the second call finds nothing to cancel.
func activatesAndCancels(ctx context.Context, t *testing.T, c *conformance) {
	t.Cleanup(func() {
		if t.Failed() { // ctx is cancelled by now
			_, _ = c.start.Cancel(
				context.Background(), c.site, jetpack.CancelRequest{Plan: "personal"},
			)
		}
	})
	for range 2 {
		result, err := c.start.Provision(ctx, jetpack.ProvisionRequest{
			SiteURL: c.site, LocalUser: "1", Plan: "personal",
		})
		if err != nil || !result.Success {
			t.Fatalf("%v", err)
		}
		if _, err := url.Parse(result.NextURL); err != nil || result.RequestID == "" {
			t.Errorf("%q, %q, %v", result.NextURL, result.RequestID, err)
		}
	}
	for _, want := range []bool{true, false} {
		result, err := c.start.Cancel(ctx, c.site, jetpack.CancelRequest{Plan: "personal"})
		if err != nil || result.Success != want {
			t.Errorf("%v, %v, want %v", result.Success, err, want)
		}
	}
}

func issuesAndRevokes(ctx context.Context, t *testing.T, c *conformance) {
	license := issueLicense(ctx, t, c)
	shown, err := c.licensing.License(ctx, license.Key)
	if err != nil || shown.ID != license.ID || shown.Key != license.Key || shown.Revoked() {
		t.Errorf("%v, %v", shown, err)
	}
	revoked, err := c.licensing.Revoke(ctx, license.Key)
	if err != nil || revoked.Key != license.Key || !revoked.Revoked() {
		t.Errorf("%v, %v", revoked, err)
	}
	shown, err = c.licensing.License(ctx, license.Key)
	if err != nil || !shown.Revoked() || shown.RevokedAt.IsZero() {
		t.Errorf("%v: revoked %q, %v", shown, shown.RevokedAtText, err)
	}
}

func attachesAndDetaches(ctx context.Context, t *testing.T, c *conformance) {
	license := issueLicense(ctx, t, c)
	defer func() {
		if _, err := c.licensing.Revoke(ctx, license.Key); err != nil {
			t.Errorf("the license of this test was not revoked: %v", err)
		}
	}()
	attached, err := c.licensing.Attach(ctx, license.Key, c.site)
	if err != nil || attached.Key != license.Key || attached.Revoked() {
		t.Errorf("%v, %v", attached, err)
	}
	detached, err := c.licensing.Detach(ctx, license.Key, false)
	if err != nil || detached.Key != license.Key || detached.Revoked() {
		t.Errorf("%v, %v", detached, err)
	}
}

// issueLicense issues a license, which the caller must revoke.
func issueLicense(ctx context.Context, t *testing.T, c *conformance) jetpack.License {
	t.Helper()
	license, err := c.licensing.Issue(ctx, "jetpack-scan")
	if err != nil {
		t.Fatal(err)
	}
	slug, ok := jetpack.ProductOf(license.Key)
	if !ok || slug != "jetpack-scan" || license.ID == 0 || license.RequestID == "" ||
		license.IssuedAt.IsZero() || time.Since(license.IssuedAt).Abs() > time.Hour ||
		license.Revoked() {
		t.Errorf("%v: issued %q, revoked %q", license, license.IssuedAtText, license.RevokedAtText)
	}
	return license
}

// wantRefusal checks that err is an error response of the API itself for a call: it has a code and
// a 4xx status, and the call had no effect. If codes are given, the code must be one of them.
func wantRefusal(t *testing.T, err error, call string, codes ...string) {
	t.Helper()
	var refused *jetpack.Error
	if !errors.As(err, &refused) {
		t.Fatalf("%v, want a refusal", err)
	}
	if refused.Call != call || refused.Lost() || refused.Status < 400 || refused.Status >= 500 ||
		refused.Code == jetpack.CodeHTTPError ||
		len(codes) > 0 && !slices.Contains(codes, refused.Code) {
		t.Errorf("%v, want %s to be refused with a code of %v", err, call, codes)
	}
}

// wantProducts checks the result of a call that lists product families.
func wantProducts(t *testing.T, families []jetpack.ProductFamily, err error, prices bool) {
	t.Helper()
	if err != nil || len(families) == 0 {
		t.Fatalf("%d families, %v", len(families), err)
	}
	for _, family := range families {
		for _, p := range family.Products {
			priced := p.Currency != "" && p.Amount != "" &&
				(p.PriceInterval == "month" || p.PriceInterval == "day")
			if family.Slug == "" || p.Slug == "" || p.Name == "" || p.ID == 0 || prices && !priced {
				t.Errorf("%s: %+v", family.Slug, p)
			}
		}
	}
}
