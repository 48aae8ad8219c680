package cli

import (
	"fmt"
	"slices"
	"strings"
)

// dropInArgs are the arguments of a drop-in, by the name of the field that they fill.
type dropInArgs map[string]string

// dropInArg describes an argument: the spellings of all published versions, and whether only
// partner-provision has it.
type dropInArg struct {
	field     string
	spellings []string
	provision bool
}

var dropInArgTable = []dropInArg{
	{"partner_id", []string{"--partner_id", "-c"}, false},
	{"partner_secret", []string{"--partner_secret", "-s"}, false},
	{"url", []string{"--url", "-u"}, false},
	{"partner-tracking-id", []string{"--partner-tracking-id"}, false},
	{"allow-root", []string{"--allow-root"}, false},
	{"user", []string{"--user", "--user_id", "-i"}, true},
	{"plan", []string{"--plan", "-p"}, true},
	{"wpcom_user_id", []string{"--wpcom_user_id", "-w"}, true},
	{"wpcom_user_email", []string{"--wpcom_user_email", "-e"}, true},
	{"onboarding", []string{"--onboarding", "-o"}, true},
	{"force_register", []string{"--force_register"}, true},
	{"force_connect", []string{"--force_connect"}, true},
	{"site_url", []string{"--site_url"}, true},
	{"home_url", []string{"--home_url"}, true},
	{"wp-cli-path", []string{"--wp-cli-path"}, true},
	{"ssh-host", []string{"--ssh-host"}, true},
	{"ssh-user", []string{"--ssh-user"}, true},
	{"ssh-pass", []string{"--ssh-pass"}, true},
	{"ssh-private-key", []string{"--ssh-private-key"}, true},
	{"ssh-port", []string{"--ssh-port"}, true},
	{"ftp-host", []string{"--ftp-host"}, true},
	{"ftp-user", []string{"--ftp-user"}, true},
	{"ftp-pass", []string{"--ftp-pass"}, true},
	{"ftp-port", []string{"--ftp-port"}, true},
}

// parseDropIn returns the arguments, which all have the form --name=value. problem is not empty if
// the old scripts answered with their usage.
func parseDropIn(kind string, args []string) (got dropInArgs, help bool, problem string) {
	got = dropInArgs{}
	for _, arg := range args {
		if arg == "-h" || arg == "--help" {
			return nil, true, ""
		}
		name, value, hasValue := strings.Cut(arg, "=")
		i := slices.IndexFunc(dropInArgTable, func(row dropInArg) bool {
			return (kind == partnerProvision || !row.provision) &&
				slices.Contains(row.spellings, name)
		})
		switch {
		case i < 0:
			// Without the value: a mistyped argument may be the secret.
			return nil, false, "unknown argument " + quoted(name)
		case dropInArgTable[i].field == "allow-root":
			got["allow-root"] = "1"
		case !hasValue:
			return nil, false, name + " needs a value: " + name + "=…"
		default:
			got[dropInArgTable[i].field] = value
		}
	}
	return got, false, ""
}

// completeFromEnv fills in the partner's ID and the secrets that HideSecrets moved to the
// environment. The partner's secret may also have been there before.
func (got dropInArgs) completeFromEnv(a *app) {
	for field, variable := range map[string]string{
		"ssh-pass": envSSHPass, "ftp-pass": envFTPPass,
	} {
		if got[field] == "" && a.moved(variable) {
			got[field] = a.getenv(variable)
		}
	}
	for field, variable := range map[string]string{
		"partner_id": envPartnerID, "partner_secret": envPartnerSecret,
	} {
		if got[field] == "" {
			got[field] = a.getenv(variable)
		}
	}
}

// problem returns what is wrong with the arguments, or "".
func (got dropInArgs) problem(kind string) string {
	required := []string{"partner_id", "partner_secret"}
	if kind == partnerProvision {
		required = append(required, "user")
	}
	for _, field := range required {
		if got[field] == "" {
			return "missing --" + field
		}
	}
	if url, given := got["url"]; kind == partnerCancel && given && url == "" {
		// An empty variable in a host's script must not cancel the plan of the working directory.
		return "--url is empty"
	}
	return ""
}

// dropInUsage returns the usage, in the form of the old scripts.
func dropInUsage(kind string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s.sh", kind)
	for _, row := range dropInArgTable {
		switch {
		case kind == partnerCancel && row.provision:
		case slices.Contains([]string{"partner_id", "partner_secret", "user"}, row.field):
			fmt.Fprintf(&b, " \\\n\t--%s=%s", row.field, row.field)
		case row.field == "allow-root":
			b.WriteString(" \\\n\t[--allow-root]")
		default:
			fmt.Fprintf(&b, " \\\n\t[--%s=%s]", row.field, strings.ReplaceAll(row.field, "-", "_"))
		}
	}
	b.WriteString("\n")
	return b.String()
}
