package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
)

// The drop-ins: Jetpack's partner-provision.sh and partner-cancel.sh with every argument that a
// published version took, their streams and their exit codes (contract, section 2).
const (
	dropProvision = "partner-provision"
	dropCancel    = "partner-cancel"
)

// dropIn says whether this is a call of a drop-in: by the program's own name, through a symlink,
// or by the first argument, as scripts/partner-*.sh do. scriptDir is where the script stands.
func dropIn(
	args []string,
	getenv func(string) string,
) (kind string, rest []string, scriptDir string) {
	if len(args) == 0 {
		return "", nil, ""
	}
	switch name := strings.TrimSuffix(filepath.Base(args[0]), ".sh"); {
	case name == dropProvision || name == dropCancel:
		if strings.Contains(args[0], "/") {
			scriptDir = filepath.Dir(args[0])
		}
		return name, args[1:], scriptDir
	case len(args) > 1 && (args[1] == dropProvision || args[1] == dropCancel):
		return args[1], args[2:], getenv(envScriptDir)
	}
	return "", nil, ""
}

// dropArgs are the arguments of a drop-in, by the name of the field they fill.
type dropArgs map[string]string

// dropNames are the spellings, of all versions, of each argument; "provision" marks those that
// cancel never had.
var dropNames = []struct {
	field     string
	spellings []string
	provision bool
}{
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

// parseDrop reads the arguments, all of the form --name=value; a problem is one that the old
// scripts answered with their usage.
func parseDrop(kind string, args []string) (got dropArgs, help bool, problem string) {
	got = dropArgs{}
	for _, arg := range args {
		if arg == "-h" || arg == "--help" {
			return nil, true, ""
		}
		name, value, hasValue := strings.Cut(arg, "=")
		i := slices.IndexFunc(dropNames, func(row struct {
			field     string
			spellings []string
			provision bool
		},
		) bool {
			return slices.Contains(row.spellings, name) && (kind == dropProvision || !row.provision)
		})
		switch {
		case i < 0:
			// Not the value: what was mistyped may be the secret.
			return nil, false, "unknown argument " + quoted(name)
		case dropNames[i].field == "allow-root":
			got["allow-root"] = "1"
		case !hasValue:
			return nil, false, name + " needs a value: " + name + "=…"
		default:
			got[dropNames[i].field] = value
		}
	}
	return got, false, ""
}

func dropInRun(ctx context.Context, a *app, kind string, args []string, scriptDir string) int {
	got, help, problem := parseDrop(kind, args)
	if help {
		fmt.Fprint(a.stdout, dropUsage(kind))
		return exitOK
	}
	for name, variable := range map[string]string{"partner_secret": envPartnerSecret, "ssh-pass": envSSHPass, "ftp-pass": envFTPPass} {
		// Where HideSecrets moved them; an id or a secret from the environment is taken as well.
		if got[name] == "" && problem == "" && (variable == envPartnerSecret || a.moved(variable)) {
			got[name] = a.getenv(variable)
		}
	}
	if problem == "" && got["partner_id"] == "" {
		got["partner_id"] = a.getenv(envPartnerID)
	}
	required := []string{"partner_id", "partner_secret"}
	if kind == dropProvision {
		required = append(required, "user")
	}
	for _, name := range required {
		if problem == "" && got[name] == "" {
			problem = "missing --" + name
		}
	}
	if url, given := got["url"]; problem == "" && kind == dropCancel && given && url == "" {
		// An empty variable in a host's script must not cancel the site that happens to be here.
		problem = "--url is empty"
	}
	if problem != "" {
		fmt.Fprintf(a.stderr, "jetpack-start: %s\n%s", oneLine(problem), dropUsage(kind))
		return exitFailed
	}
	a.held = &[]string{}
	result, err := dropDo(ctx, a, kind, got, scriptDir)
	return a.dropReport(ctx, result, err)
}

func dropDo(
	ctx context.Context, a *app, kind string, got dropArgs, scriptDir string,
) (*provision.Result, error) {
	apiTimeout, err := dropTimeout(a.getenv, envAPITimeout, 60*time.Second)
	if err != nil {
		return &provision.Result{}, err
	}
	wpTimeout, err := dropTimeout(a.getenv, envWPTimeout, 5*time.Minute)
	if err != nil {
		return &provision.Result{}, err
	}
	base, hostHeader := apiFromEnv(a.getenv)
	client, err := a.api(apiOptions{
		url: base, hostHeader: hostHeader, timeout: apiTimeout, retryFor: 30 * time.Second,
		creds: credentials{id: got["partner_id"], secret: jetpack.Secret(got["partner_secret"])},
	})
	if err != nil {
		return &provision.Result{}, err
	}
	site := siteOptions{wpCLI: got["wp-cli-path"], timeout: wpTimeout}
	if site.wpCLI == "" {
		site.wpCLI = a.getenv(envWPCLI)
	}
	if path := dropPath(kind, scriptDir); path != "" {
		site.global = append(site.global, "--path="+path)
	}
	// The old partner-cancel.sh always ran wp so.
	if got["allow-root"] != "" || kind == dropCancel && os.Getuid() == 0 {
		site.global = append(site.global, "--allow-root")
	}
	if kind == dropProvision && got["url"] != "" {
		site.global = append(site.global, "--url="+got["url"])
	}
	driver := a.driver(client, site, 0)
	if kind == dropProvision || got["url"] == "" {
		defer a.withLedger(ctx, driver, defaultLedger(a.getenv))()
	}
	if kind == dropCancel {
		return driver.Cancel(ctx, provision.CancelOptions{
			SiteURL: got["url"], Request: jetpack.CancelRequest{TrackingID: got["partner-tracking-id"]},
		})
	}
	request := jetpack.ProvisionRequest{
		SiteURL: got["site_url"], LocalUser: got["user"], Plan: got["plan"], HomeURL: got["home_url"],
		ForceRegister: got["force_register"], ForceConnect: got["force_connect"], Onboarding: got["onboarding"],
		WPComUserID: got["wpcom_user_id"], WPComUserEmail: got["wpcom_user_email"], TrackingID: got["partner-tracking-id"],
		SSHHost: got["ssh-host"], SSHUser: got["ssh-user"], SSHPort: got["ssh-port"], SSHPass: jetpack.Secret(got["ssh-pass"]),
		FTPHost: got["ftp-host"], FTPUser: got["ftp-user"], FTPPort: got["ftp-port"], FTPPass: jetpack.Secret(got["ftp-pass"]),
	}
	if request.SiteURL == "" {
		request.SiteURL = got["url"]
	}
	if path := got["ssh-private-key"]; path != "" {
		key, err := readKey(path)
		if err != nil {
			return &provision.Result{}, err
		}
		request.SSHPrivateKey = jetpack.Secret(key)
	}
	return driver.Provision(
		ctx, provision.Options{Request: request, ExpectWordPress: site.expectWordPress()},
	)
}

// dropPath is the docroot where the scripts would have found one. They lived in the Jetpack
// plugin: cancel went to its own folder first, the last provision stayed where it was called. ""
// leaves it to wp.
func dropPath(kind, scriptDir string) string {
	here, err := os.Getwd()
	if err != nil {
		here = ""
	}
	ours := ""
	if scriptDir != "" {
		if dir, err := filepath.Abs(scriptDir); err == nil {
			ours = wordPressAbove(dir)
		}
	}
	if kind == dropCancel || wordPressAbove(here) == "" {
		return ours
	}
	return ""
}

// wordPressAbove is the nearest folder, from dir upwards, that holds a WordPress.
func wordPressAbove(dir string) string {
	for dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "wp-load.php")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return ""
}

// dropReport prints as the scripts did: the API's JSON as it came, or one line of JSON on standard
// error.
func (a *app) dropReport(ctx context.Context, r *provision.Result, err error) int {
	held := *a.held
	a.held = nil
	if err != nil {
		return a.dropFail(ctx, r, err, held)
	}
	for _, warning := range held {
		a.warn(warning, "")
	}
	raw := r.Raw
	if r.UserToken == "stored" {
		raw = jetpack.WithoutAccessToken(raw)
	}
	if r.Outcome == provision.Unchanged || len(raw) == 0 {
		// The API's answer was lost and made good for, or says in other words that all is well.
		_ = a.printJSON(r)
		return exitOK
	}
	if _, err := a.stdout.Write(append(bytes.TrimRight(raw, "\r\n"), '\n')); err != nil {
		return exitFailed
	}
	return exitOK
}

func (a *app) dropFail(ctx context.Context, r *provision.Result, err error, held []string) int {
	f := explain(ctx, err)
	var usage *usageError
	if errors.As(err, &usage) {
		f = problem{code: "invalid_argument", message: usage.text, hint: usage.hint}
	}
	out := map[string]any{}
	var api map[string]any
	if json.Unmarshal(f.raw, &api) == nil {
		maps.Copy(out, api)
	}
	maps.Copy(
		out,
		map[string]any{
			"success":       false,
			"error_code":    f.code,
			"error_message": f.message,
			"error":         f.code,
			"message":       f.message,
		},
	)
	if f.retryable {
		out["retryable"] = true
	}
	if f.requestID != "" {
		out["request_id"] = f.requestID
	}
	if f.hint != "" {
		out["hint"] = f.hint
	}
	if len(held) > 0 {
		out["warnings"] = held
	}
	if len(r.Done) > 0 {
		out["done"] = r.Done
	}
	if r.NextURL != "" {
		out["next_url"] = r.NextURL
	}
	_ = writeJSON(a.stderr, out, "")
	return exitFailed
}

// dropUsage lists the arguments as the old scripts did.
func dropUsage(kind string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s.sh", kind)
	for _, row := range dropNames {
		switch {
		case kind == dropCancel && row.provision:
		case row.field == "partner_id" || row.field == "partner_secret" || row.field == "user":
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
