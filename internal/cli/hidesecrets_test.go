package cli

import (
	"strings"
	"testing"
)

func TestMoveSecrets(t *testing.T) {
	type secrets map[string]string
	for _, c := range []struct {
		in, kept string
		moved    secrets
	}{
		{"j provision --plan=premium", "j provision --plan=premium", nil},
		{
			"j provision --partner-secret=a=b --plan=x", "j provision --plan=x",
			secrets{envPartnerSecret: "a=b"},
		},
		{
			"j provision --partner-secret a --plan=x", "j provision --plan=x",
			secrets{envPartnerSecret: "a"},
		},
		{"j provision -partner-secret=a", "j provision", secrets{envPartnerSecret: "a"}},
		{
			"partner-provision.sh -s=a -c=1 --ssh-pass=b --ftp-pass=c", "partner-provision.sh -c=1",
			secrets{envPartnerSecret: "a", envSSHPass: "b", envFTPPass: "c"},
		},
		{
			"j provision --partner-secret=a --partner_secret=b", "j provision",
			secrets{envPartnerSecret: "b"},
		},
		{
			"partner-provision.sh --partner_secret --user=admin",
			"partner-provision.sh --partner_secret --user=admin", nil,
		},
		{
			"j partner-provision --partner_secret --user=admin",
			"j partner-provision --partner_secret --user=admin", nil,
		},
		{
			"j provision --ssh_pass=a --ftp_pass b", "j provision",
			secrets{envSSHPass: "a", envFTPPass: "b"},
		},
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
