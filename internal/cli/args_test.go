package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

var argFlags = []cli.Flag{
	&cli.StringFlag{
		Name: "plan",
	}, &cli.StringFlag{Name: "partner-id", Aliases: []string{"partner_id"}},
	&cli.BoolFlag{Name: "check"}, &cli.StringFlag{Name: "wait"},
}

func TestArrange(t *testing.T) {
	for _, c := range []struct {
		in, want, alias string
	}{
		{"--plan premium", "--plan=premium", ""},
		{"--plan=premium --check", "--plan=premium --check", ""},
		{"stray --plan premium", "--plan=premium -- stray", ""},
		{"@prod --check", "--check", "@prod"},
		{"--check @prod", "--check", "@prod"},
		{"--plan @prod", "--plan=@prod", ""},
		{"--plan --check", "--plan=--check", ""},
		{"--wait --check", "--wait=5m --check", ""},
		{"--wait=90s", "--wait=90s", ""},
		{"--wait 90s", "--wait=5m -- 90s", ""}, // refused as a stray argument, not silently taken
		{"-partner_id 7", "-partner_id=7", ""},
		{"--unknown x", "--unknown -- x", ""},
		{"--check -- --plan", "--check -- --plan", ""},
		{"--plan", "--plan", ""},
		{"-", "-- -", ""},
		{"@a @b", "-- @b", "@a"},
	} {
		got, alias := arrange(strings.Fields(c.in), argFlags)
		if strings.Join(got, " ") != c.want || alias != c.alias {
			t.Errorf("arrange(%q) = %q, %q, want %q, %q", c.in, got, alias, c.want, c.alias)
		}
	}
}

// Whatever the arguments are, none is lost and none is made up.
func FuzzArrange(f *testing.F) {
	f.Add("--plan premium @a -- x")
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, " ")
		got, alias := arrange(args, argFlags)
		size := func(all []string) (n int) {
			for _, arg := range all {
				if arg != "--" && arg != "" {
					n += len(strings.ReplaceAll(arg, "=", ""))
				}
			}
			return n
		}
		before, after := size(args), size(append(slices.Clone(got), alias))
		if after < before {
			t.Errorf("arrange(%q) = %q, %q lost something", args, got, alias)
		}
	})
}

func TestMoveSecrets(t *testing.T) {
	for _, c := range []struct {
		in, kept string
		moved    map[string]string
	}{
		{"j provision --plan=premium", "j provision --plan=premium", nil},
		{"j provision --partner-secret=a=b --plan=x", "j provision --plan=x", map[string]string{envPartnerSecret: "a=b"}},
		{"j provision --partner-secret a --plan=x", "j provision --plan=x", map[string]string{envPartnerSecret: "a"}},
		{"j provision -partner-secret=a", "j provision", map[string]string{envPartnerSecret: "a"}},
		{"partner-provision.sh -s=a -c=1 --ssh-pass=b --ftp-pass=c", "partner-provision.sh -c=1", map[string]string{envPartnerSecret: "a", envSSHPass: "b", envFTPPass: "c"}},
		{"j provision --partner-secret=a --partner_secret=b", "j provision", map[string]string{envPartnerSecret: "b"}},
		{"partner-provision.sh --partner_secret --user=admin", "partner-provision.sh --partner_secret --user=admin", nil},
		{"j partner-provision --partner_secret --user=admin", "j partner-provision --partner_secret --user=admin", nil},
		{"j provision --ssh_pass=a --ftp_pass b", "j provision", map[string]string{envSSHPass: "a", envFTPPass: "b"}},
		{"j provision -- --partner-secret=a", "j provision -- --partner-secret=a", nil},
		{"j provision --partner-secret-file=a", "j provision --partner-secret-file=a", nil},
		{"j provision --partner-secret", "j provision --partner-secret", nil},
	} {
		kept, moved := moveSecrets(strings.Fields(c.in))
		if strings.Join(kept, " ") != c.kept || len(moved) != len(c.moved) {
			t.Errorf("moveSecrets(%q) = %q, %q", c.in, kept, moved)
		}
		for name, value := range c.moved {
			if moved[name] != value {
				t.Errorf("moveSecrets(%q): %s is %q, want %q", c.in, name, moved[name], value)
			}
		}
	}
}

// Every code that the API is known to give has a hint, and every hint is one line.
func TestHints(t *testing.T) {
	for _, code := range []string{
		"invalid_client", "invalid_scope", "partner_key_disabled", "invalid_siteurl", "invalid_local_user",
		"invalid_plan", "plan_downgrade_disallowed", "activation_limit_reached", "could_not_load_product_class", "error_access_token",
		"failed_registration_unknown_blog", "site_inaccessible", "invalid_input", "not_jps_plan", "invalid_blog", "incorrect_partner_key", "too_many_requests",
	} {
		if errorTable[code].solution == "" {
			t.Errorf("no hint for %s", code)
		}
	}
	for code, text := range errorTable {
		if text.description == "" || text.cause == "" || text.solution == "" {
			t.Errorf("%s is not explained: %+v", code, text)
		}
		if strings.ContainsAny(text.description+text.cause+text.solution, "\n\r") {
			t.Errorf("the text for %s has more than one line", code)
		}
	}
}
