package provision

import (
	"slices"
	"testing"

	"jetpack-start/wpcli"
)

// A site has its blog ID only under its own URL.
func TestSiteID(t *testing.T) {
	site := readySite()
	for siteURL, want := range map[string]string{
		"http://Example.com/":      "42",
		"https://www.example.com":  "www.example.com",
		"https://example.com/shop": "example.com::shop",
	} {
		if got, err := siteID(&site, siteURL); got != want || err != nil {
			t.Errorf("%s: %q, %v", siteURL, got, err)
		}
	}
	if got, err := siteID(nil, "https://example.com"); got != "example.com" || err != nil {
		t.Errorf("without a site: %q, %v", got, err)
	}
	if got, err := siteID(nil, "ftp://example.com"); err == nil {
		t.Errorf("not a site's URL: %q", got)
	}
}

func TestIsURLOf(t *testing.T) {
	site := wpcli.Site{SiteURL: "https://example.com/core", Home: "https://www.example.com"}
	for siteURL, want := range map[string]bool{
		"http://example.com/core/":     true,
		"https://www.example.com/core": true,
		"https://example.com":          true,
		"https://WWW.example.com":      true,
		"https://example.com/other":    false,
		"https://shop.example.com":     false,
	} {
		if got := isURLOf(siteURL, &site); got != want {
			t.Errorf("%s: %v", siteURL, got)
		}
	}
}

// A run that was given a URL and one that was given a blog ID must take the same lock.
func TestSiteNames(t *testing.T) {
	ready := readySite()
	fresh := wpcli.Site{SiteURL: "https://example.com"}
	known := fakeLedger{sites: map[string]int64{"https://example.com": 42}}
	for name, c := range map[string]struct {
		r    run
		want []string
	}{
		"WordPress": {
			run{site: &ready, result: &Result{SiteURL: "https://example.com/", BlogID: 42}},
			[]string{"42", "example.com"},
		},
		"WordPress with another www.": {
			run{site: &ready, result: &Result{SiteURL: "https://www.example.com", BlogID: 42}},
			[]string{"42", "example.com", "www.example.com"},
		},
		"WordPress that isn't connected": {
			run{site: &fresh, result: &Result{SiteURL: "https://example.com"}},
			[]string{"example.com"},
		},
		"WordPress that isn't connected any more": {
			run{
				Driver: Driver{Ledger: known},
				site:   &fresh, result: &Result{SiteURL: "https://example.com"},
			},
			[]string{"42", "example.com"},
		},
		"URL": {
			run{Driver: Driver{Ledger: known}, result: &Result{SiteURL: "https://example.com"}},
			[]string{"42", "example.com"},
		},
		"URL that the ledger doesn't know": {
			run{Driver: Driver{Ledger: known}, result: &Result{SiteURL: "https://example.org"}},
			[]string{"example.org"},
		},
		"blog ID": {
			run{result: &Result{BlogID: 42}},
			[]string{"42"},
		},
	} {
		if got := c.r.siteNames(t.Context()); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if len(c.r.result.Warnings) > 0 {
			t.Errorf("%s: %q", name, c.r.result.Warnings)
		}
	}
}
