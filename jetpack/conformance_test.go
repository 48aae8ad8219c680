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

// The conformance suite says what must hold for the sandbox and for the real API alike: a list of
// calls of the client, each with what has to come of it. It always runs against the sandbox. With
// a test key in the environment it also runs against the real API, at JETPACK_START_API_URL where
// that is set:
//
//	JETPACK_START_CONFORMANCE_ID, _SECRET  a partner's ID and secret, for Jetpack Start
//	JETPACK_START_CONFORMANCE_TOKEN        a token of the Licensing API
//	JETPACK_START_CONFORMANCE_SITE         the URL of a connected site
//	JETPACK_START_CONFORMANCE_WRITE=1      also make calls that make something, or would if the API took them: the plan
//	                                       personal for the site, which is cancelled again, and licenses, which are revoked
//
// Calls that want something that isn't set are skipped. Where the two differ, the sandbox is to be
// mended, and docs/sandbox.md with it.

// conformance is one of the two sides.
type conformance struct {
	start     *jetpack.Client
	licensing *jetpack.Licensing
	nobody    *jetpack.Client    // credentials that are none
	wrong     *jetpack.Licensing // a token that is none
	site      string
}

// What a case can't do without.
const (
	needsKey   = "ID,SECRET"
	needsToken = "TOKEN"
	needsSite  = "SITE"
	needsWrite = "WRITE"
)

// conformanceCases run in this order.
var conformanceCases = []struct {
	name  string
	needs []string
	run   func(ctx context.Context, t *testing.T, c *conformance)
}{
	{"the API tells the time", nil, func(ctx context.Context, t *testing.T, c *conformance) {
		date, err := c.start.Ping(ctx)
		if off := time.Since(date); err != nil || !date.IsZero() && off.Abs() > 5*time.Minute {
			t.Errorf("%v, off by %s", err, off)
		}
	}},
	{
		"the list of errors needs no token and has the published codes",
		nil,
		func(ctx context.Context, t *testing.T, c *conformance) {
			list, err := c.nobody.Errors(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, code := range []string{"invalid_client", "invalid_siteurl", "invalid_plan", "plan_downgrade_disallowed", "site_inaccessible"} {
				if list[code].Description == "" {
					t.Errorf("no text for %s", code)
				}
			}
		},
	},
	{
		"wrong credentials get no token",
		nil,
		func(ctx context.Context, t *testing.T, c *conformance) {
			wantRefusal(t, c.nobody.Token(ctx), "token", "invalid_client")
		},
	},
	{
		"good credentials get one that verifies",
		[]string{needsKey},
		func(ctx context.Context, t *testing.T, c *conformance) {
			if err := errors.Join(c.start.Token(ctx), c.start.Verify(ctx)); err != nil {
				t.Error(err)
			}
		},
	},
	{
		"an unknown site has no status",
		[]string{needsKey},
		func(ctx context.Context, t *testing.T, c *conformance) {
			_, err := c.start.Status(ctx, "https://never-seen.example/jetpack-start")
			wantRefusal(t, err, "status", "unknown_blog", "invalid_blog")
		},
	},
	{
		"the status of a site, which a test key doesn't see",
		[]string{needsKey, needsSite},
		func(ctx context.Context, t *testing.T, c *conformance) {
			status, err := c.start.Status(ctx, c.site)
			var refused *jetpack.Error
			if errors.As(err, &refused) && refused.Code == "invalid_blog" {
				return
			}
			if err != nil || !status.Connected || status.RequestID == "" {
				t.Errorf("%+v, %v", status, err)
			}
		},
	},
	{
		"upgrade paths are families of slugs",
		[]string{needsKey, needsSite},
		func(ctx context.Context, t *testing.T, c *conformance) {
			paths, err := c.start.UpgradePaths(ctx, c.site)
			var refused *jetpack.Error
			if errors.As(err, &refused) && refused.Code == "invalid_blog" {
				return
			}
			for _, family := range paths.Families {
				if family.Name == "" || len(family.Slugs) == 0 ||
					slices.Contains(family.Slugs, "") {
					t.Errorf("%+v", family)
				}
			}
			if err != nil {
				t.Error(err)
			}
		},
	},
	{
		"provisioning wants a URL",
		[]string{needsKey, needsWrite},
		func(ctx context.Context, t *testing.T, c *conformance) {
			_, err := c.start.Provision(
				ctx,
				jetpack.ProvisionRequest{SiteURL: "not a URL", LocalUser: "admin", Plan: "free"},
			)
			wantRefusal(t, err, "provision")
		},
	},
	{
		"product families need no token",
		nil,
		func(ctx context.Context, t *testing.T, c *conformance) {
			families, err := c.wrong.ProductFamilies(ctx)
			wantProducts(t, families, err, false)
		},
	},
	{
		"a partner's product families have prices",
		[]string{needsToken},
		func(ctx context.Context, t *testing.T, c *conformance) {
			families, err := c.licensing.PartnerProductFamilies(ctx)
			wantProducts(t, families, err, true)
		},
	},
	{
		"a wrong licensing token is refused",
		nil,
		func(ctx context.Context, t *testing.T, c *conformance) {
			_, err := c.wrong.PartnerProductFamilies(ctx)
			wantRefusal(t, err, "partner-product-families")
		},
	},
	{
		"an unknown license is refused",
		[]string{needsToken},
		func(ctx context.Context, t *testing.T, c *conformance) {
			_, err := c.licensing.License(ctx, "jetpack-scan_AAAAAAAAAAAAAAAAAAAAAAAAA")
			wantRefusal(t, err, "license-show")
		},
	},
	{
		"a product that isn't sold is refused",
		[]string{needsToken, needsWrite},
		func(ctx context.Context, t *testing.T, c *conformance) {
			_, err := c.licensing.Issue(ctx, "no-such-product-of-jetpack-start")
			wantRefusal(t, err, "license-issue")
		},
	},
	{"a plan lives and is cancelled", []string{needsKey, needsSite, needsWrite}, planLives},
	{"a license lives and is revoked", []string{needsToken, needsWrite}, licenseLives},
	{
		"a license is attached and detached",
		[]string{needsToken, needsSite, needsWrite},
		licenseMoves,
	},
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
		have := map[string]string{
			"ID":     id,
			"SECRET": secret,
			"TOKEN":  token,
			"SITE":   site,
			"WRITE":  "1",
		}
		conform(t, api.URL, have)
	})
	t.Run("api", func(t *testing.T) {
		have := map[string]string{}
		for _, name := range []string{"ID", "SECRET", "TOKEN", "SITE", "WRITE"} {
			if value := os.Getenv("JETPACK_START_CONFORMANCE_" + name); value != "" &&
				(name != "WRITE" || value == "1") {
				have[name] = value
			}
		}
		if len(have) == 0 {
			testenv.Skip(t, "conformance", "the real API is asked only with a test key in "+
				"JETPACK_START_CONFORMANCE_ID and _SECRET, _TOKEN, _SITE")
		}
		conform(t, os.Getenv("JETPACK_START_API_URL"), have)
	})
}

func conform(t *testing.T, base string, have map[string]string) {
	client := func(id, secret string) *jetpack.Client {
		c, err := jetpack.NewClient(
			jetpack.Config{BaseURL: base, PartnerID: id, PartnerSecret: jetpack.Secret(secret)},
		)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	licensing := func(token string) *jetpack.Licensing {
		l, err := jetpack.NewLicensing(
			jetpack.Config{BaseURL: base, LicensingToken: jetpack.Secret(token)},
		)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	c := &conformance{
		start: client(have["ID"], have["SECRET"]), licensing: licensing(have["TOKEN"]),
		nobody: client("1", "wrong"), wrong: licensing("wrong"), site: have["SITE"],
	}
	for _, tt := range conformanceCases {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range strings.Split(strings.Join(tt.needs, ","), ",") {
				if name != "" && have[name] == "" {
					testenv.Skip(t, "conformance", "JETPACK_START_CONFORMANCE_%s isn't set", name)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			tt.run(ctx, t, c)
		})
	}
}

// wantRefusal wants the API's own no: a code and a status, nothing that could have had an effect.
// Without codes, any will do.
func wantRefusal(t *testing.T, err error, call string, codes ...string) {
	t.Helper()
	var refused *jetpack.Error
	if !errors.As(err, &refused) {
		t.Fatalf("%v, want a refusal", err)
	}
	if refused.Call != call || refused.Lost() || refused.Status < 400 || refused.Status >= 500 ||
		refused.Code == jetpack.CodeHTTPError ||
		len(codes) > 0 && !slices.Contains(codes, refused.Code) {
		t.Errorf("%v, want %s to be refused with a code %v", err, call, codes)
	}
}

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

// planLives asks for a plan twice, which makes one, and cancels it twice, of which the second
// finds nothing.
func planLives(ctx context.Context, t *testing.T, c *conformance) {
	t.Cleanup(func() {
		if t.Failed() { // ctx has ended by now
			_, _ = c.start.Cancel(
				context.Background(), c.site, jetpack.CancelRequest{Plan: "personal"},
			)
		}
	})
	for range 2 {
		answer, err := c.start.Provision(
			ctx, jetpack.ProvisionRequest{SiteURL: c.site, LocalUser: "1", Plan: "personal"},
		)
		if err != nil || !answer.Success {
			t.Fatalf("%v", err)
		}
		if _, err := url.Parse(answer.NextURL); err != nil || answer.RequestID == "" {
			t.Errorf("%q, %q, %v", answer.NextURL, answer.RequestID, err)
		}
	}
	for _, want := range []bool{true, false} {
		answer, err := c.start.Cancel(ctx, c.site, jetpack.CancelRequest{Plan: "personal"})
		if err != nil || answer.Success != want {
			t.Errorf("%v, %v, want %v", answer.Success, err, want)
		}
	}
}

// issued is a license for the length of a test.
func issued(ctx context.Context, t *testing.T, c *conformance) jetpack.License {
	t.Helper()
	license, err := c.licensing.Issue(ctx, "jetpack-scan")
	if err != nil {
		t.Fatal(err)
	}
	if slug, ok := jetpack.ProductOf(license.Key); !ok || slug != "jetpack-scan" || license.ID == 0 || license.RequestID == "" ||
		license.IssuedAt.IsZero() ||
		license.Revoked() ||
		time.Since(license.IssuedAt).Abs() > time.Hour {
		t.Errorf("%v: issued %q, revoked %q", license, license.IssuedAtText, license.RevokedAtText)
	}
	return license
}

func licenseLives(ctx context.Context, t *testing.T, c *conformance) {
	license := issued(ctx, t, c)
	seen, err := c.licensing.License(ctx, license.Key)
	if err != nil || seen.ID != license.ID || seen.Key != license.Key || seen.Revoked() {
		t.Errorf("%v, %v", seen, err)
	}
	revoked, err := c.licensing.Revoke(ctx, license.Key)
	if err != nil || revoked.Key != license.Key || !revoked.Revoked() {
		t.Errorf("%v, %v", revoked, err)
	}
	seen, err = c.licensing.License(ctx, license.Key)
	if err != nil || !seen.Revoked() || seen.RevokedAt.IsZero() {
		t.Errorf("%v: revoked %q, %v", seen, seen.RevokedAtText, err)
	}
}

func licenseMoves(ctx context.Context, t *testing.T, c *conformance) {
	license := issued(ctx, t, c)
	defer func() {
		if _, err := c.licensing.Revoke(ctx, license.Key); err != nil {
			t.Errorf("the license for the test stays: %v", err)
		}
	}()
	for _, step := range []func() (jetpack.License, error){
		func() (jetpack.License, error) { return c.licensing.Attach(ctx, license.Key, c.site) },
		func() (jetpack.License, error) { return c.licensing.Detach(ctx, license.Key, false) },
	} {
		if got, err := step(); err != nil || got.Key != license.Key || got.Revoked() {
			t.Errorf("%v, %v", got, err)
		}
	}
}
