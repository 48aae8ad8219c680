package provision

import (
	"slices"
	"testing"
)

func TestWithRedirect(t *testing.T) {
	const base, host = "https://w.com/start", "https://h.com"
	for _, c := range []struct{ next, redirect, want string }{
		{
			base + "?x=1", host + "/a?b=c&d",
			base + "?x=1&partner_redirect=https%3A%2F%2Fh.com%2Fa%3Fb%3Dc%26d",
		},
		{base, host, base + "?partner_redirect=https%3A%2F%2Fh.com"},
		{base + "?x=1#top", host, base + "?x=1&partner_redirect=https%3A%2F%2Fh.com#top"},
		{"", host, ""},
		{base + "?x=%2F", "", base + "?x=%2F"},
	} {
		if got := withRedirect(c.next, c.redirect); got != c.want {
			t.Errorf("withRedirect(%q, %q) = %q, want %q", c.next, c.redirect, got, c.want)
		}
	}
}

func TestPluginsOf(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range planPlugins {
		for _, plan := range row.plans {
			if seen[plan] {
				t.Errorf("%s is in two rows", plan)
			}
			seen[plan] = true
		}
		for _, plugin := range row.plugins {
			if !slices.Contains(KnownPlugins, plugin) {
				t.Errorf("%s isn't known", plugin)
			}
		}
	}
	if PluginsOf("a-product-of-tomorrow") != nil {
		t.Error("an unknown plan needs plugins")
	}
}

func TestResultJSON(t *testing.T) {
	for _, c := range []struct {
		r    Result
		want string
	}{
		{
			Result{Success: true, Outcome: Provisioned, NextURL: "https://a/?b&c"},
			`{"success":true,"outcome":"provisioned","next_url":"https://a/?b&c",` +
				`"auth_required":false}`,
		},
		{
			Result{Outcome: Failed, ErrorCode: "x"},
			`{"success":false,"outcome":"failed","error_code":"x"}`,
		},
		{
			Result{Success: true, Outcome: Cancelled},
			`{"success":true,"outcome":"cancelled"}`,
		},
	} {
		got, err := c.r.MarshalJSON()
		if err != nil || string(got) != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	}
}
