package cli

import (
	"testing"
	"time"
)

func TestIsID(t *testing.T) {
	for text, want := range map[string]bool{
		"1": true, "9223372036854775807": true, "9223372036854775808": false,
		"0": false, "-1": false, "": false, "1a": false, "1.5": false,
	} {
		if got := isID(text); got != want {
			t.Errorf("isID(%q) = %v", text, got)
		}
	}
}

func TestIsPort(t *testing.T) {
	for text, want := range map[string]bool{
		"1": true, "22": true, "65535": true, "65536": false, "0": false, "-22": false,
		"022": false, "+22": false, "22 ": false, "": false, "ssh": false,
	} {
		if got := isPort(text); got != want {
			t.Errorf("isPort(%q) = %v", text, got)
		}
	}
}

func TestIsURL(t *testing.T) {
	for text, want := range map[string]bool{
		"https://example.com": true, "http://localhost:8080/a?b=c": true,
		"example.com": false, "ftp://example.com": false, "https://": false, "https:/example.com": false,
		"": false, "https://exa mple.com": false,
	} {
		if got := isURL(text); got != want {
			t.Errorf("isURL(%q) = %v", text, got)
		}
	}
}

func TestTimestamp(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678, time.FixedZone("", 3600))
	if got := timestamp(at); got != "2026-01-02T02:04:05Z" {
		t.Error(got)
	}
	if got := timestamp(time.Time{}); got != "" {
		t.Error(got)
	}
}

func TestCheckSite(t *testing.T) {
	for _, c := range []struct {
		site, alias string
		ok          bool
	}{
		{"https://example.com", "", true},
		{"example.com::blog", "", true},
		{"42", "", true},
		{"https://example.com", "@prod", false},
		{"", "", false},
		{"not a site", "", false},
	} {
		if err := checkSite(c.site, c.alias); (err == nil) != c.ok {
			t.Errorf("checkSite(%q, %q): %v", c.site, c.alias, err)
		}
	}
}
